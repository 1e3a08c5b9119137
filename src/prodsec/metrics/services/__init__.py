"""Writes of `metrics`: spans and roll-ups, kept in step with findings' events."""

from prodsec.metrics.services.counting import catch_up, count_anew, mark_stale, start_over

__all__ = ["catch_up", "count_anew", "mark_stale", "start_over"]
