"""Doors of `metrics`."""
