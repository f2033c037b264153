"""The HTTP API: a small ASGI app in front of the flows."""
