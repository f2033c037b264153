"""The staff assistant: its tools, its memory, and the way from a question to an answer."""
