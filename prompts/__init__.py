"""What a model reads: one `.md.j2` file and one typed class for each prompt."""
