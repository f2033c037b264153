"""How well the model layer copes with what models do."""
