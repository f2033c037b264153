"""What a model reads. Empty until the model layer comes."""
