"""The engine as an assistant: it understands a question, chooses tools, and words an answer from what they gave."""
