"""Guest messages to departments."""
