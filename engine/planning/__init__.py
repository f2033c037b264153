"""Tasks in plain words: from an instruction to a checked plan."""
