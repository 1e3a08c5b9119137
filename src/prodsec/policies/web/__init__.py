"""Doors of `policies`: pages."""
