"""Reads of `metrics`. Every one that a person can reach starts at the assets the viewer sees."""

from prodsec.metrics.queries.counted import counted, counted_number
from prodsec.metrics.queries.dashboards import dashboard, freshness

__all__ = ["counted", "counted_number", "dashboard", "freshness"]
