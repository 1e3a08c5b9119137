"""The HTTP doors of `scans`."""
