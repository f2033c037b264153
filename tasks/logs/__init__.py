"""Steps of log sweeps and alerts."""
