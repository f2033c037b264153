"""What needs neither a model nor a network. Pure functions and small classes; no Prefect."""
