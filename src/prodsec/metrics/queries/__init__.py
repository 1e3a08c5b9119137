"""Reads of `metrics`. Every one that a person can reach starts at the assets the viewer sees."""

from prodsec.metrics.queries.counted import counted, counted_number
from prodsec.metrics.queries.coverage import RECENT_DAYS, Coverage, LastScan, coverage, last_scans, unscanned
from prodsec.metrics.queries.dashboards import dashboard, freshness, history
from prodsec.metrics.queries.standing import Standing, standings

__all__ = [
    "RECENT_DAYS",
    "Coverage",
    "LastScan",
    "Standing",
    "counted",
    "counted_number",
    "coverage",
    "dashboard",
    "freshness",
    "history",
    "last_scans",
    "standings",
    "unscanned",
]
