"""Doors of this context: API, pages."""
