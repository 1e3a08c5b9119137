"""Tests of `scans`, at its doors."""
