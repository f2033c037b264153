"""What the assistant is measured with."""
