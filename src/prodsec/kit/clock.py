"""The time, asked for in one place, so that a test can set it."""

import datetime


def now() -> datetime.datetime:
    """The present instant, aware, UTC."""
    return datetime.datetime.now(datetime.UTC)
