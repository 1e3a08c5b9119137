"""Tests of `accounts`, at its doors."""
