"""Readers of scanner reports: bytes in, observations out. No Django, no database."""
