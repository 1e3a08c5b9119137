"""Tests of `notifications`, at its doors."""
