"""Answers read out of the documents that a search found; `reader.read` is the way in."""
