"""The time, asked for in one place, so that a test or a replay can set it."""

import contextlib
import contextvars
import datetime
from collections.abc import Iterator

_NO_SHIFT = datetime.timedelta()
_shift: contextvars.ContextVar[datetime.timedelta] = contextvars.ContextVar("clock_shift", default=_NO_SHIFT)


def now() -> datetime.datetime:
    """The present instant, aware, UTC."""
    return datetime.datetime.now(datetime.UTC) + _shift.get()


@contextlib.contextmanager
def set_to(instant: datetime.datetime) -> Iterator[None]:
    """Have it be `instant` when the block begins; time runs on from there, for this thread or task only."""
    token = _shift.set(instant - datetime.datetime.now(datetime.UTC))
    try:
        yield
    finally:
        _shift.reset(token)
