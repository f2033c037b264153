"""Instructions in plain words: whether the right steps are planned and carried out, and nothing else."""
