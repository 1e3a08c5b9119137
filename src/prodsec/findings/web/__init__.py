"""Doors of `findings`: pages and API."""
