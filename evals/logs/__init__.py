"""What the log sweeps are measured with."""
