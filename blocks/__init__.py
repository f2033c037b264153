"""The outside world: settings, databases, files, logs, and Prefect blocks."""
