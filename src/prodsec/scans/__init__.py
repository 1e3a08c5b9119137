"""Scans: reports received, told apart, read into observations."""
