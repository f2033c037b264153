"""Tasks in plain words: planned, stored, carried out step by step, undone where a later step fails for good."""
