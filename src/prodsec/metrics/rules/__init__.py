"""Pure rules of `metrics`: spans out of events."""
