"""Shapes that cross a boundary: pydantic models and errors. No I/O."""
