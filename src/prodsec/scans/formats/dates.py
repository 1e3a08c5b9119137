"""Dates in all the ways that specs meet them; what cannot be read is None, never a rejected row."""

import datetime
import functools
from email.utils import parsedate_to_datetime
from typing import Any

from prodsec.scans.formats.custom.instants import instant

_FIRST, _LAST = 0.0, 4_102_444_800.0  # 1970 to 2100
_MILLISECONDS = 100_000_000_000
_PATTERNS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S %z", "%d %b %Y %H:%M:%S", "%d %B %Y", "%d %b %Y", "%b %d, %Y",
    "%B %d, %Y", "%b %d, %Y %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d",
    "%b %d, %Y %H:%M:%S %Z", "%a %d %b %Y %H:%M:%S", "%d-%b-%Y", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M",
    "%d %b %Y %I:%M%p GMT%z", "%d %b %Y %I:%M%p GMT", "%b %d, %Y %I:%M %p", "%m/%d/%y", "%Y-%m-%d %I:%M %p", "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%d/%m/%y", "%B %d, %Y %I:%M:%S %p", "%d %b %Y %I:%M%p UTC", "%Y-%m-%d %H:%M:%S.%f %z UTC",
)  # fmt: skip


def date(value: Any) -> datetime.datetime | None:
    """An aware UTC instant out of a text or epoch number (seconds or milliseconds)."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _epoch(float(value)) if _FIRST < value < _LAST * 1000 else None
    return _text(value.strip()) if isinstance(value, str) else None


def _epoch(number: float) -> datetime.datetime | None:
    if number > _MILLISECONDS:
        number /= 1000
    return datetime.datetime.fromtimestamp(number, datetime.UTC) if _FIRST < number < _LAST else None


@functools.lru_cache(maxsize=4096)
def _text(text: str) -> datetime.datetime | None:
    if text.replace(".", "", 1).isdecimal() and len(text) >= 9:
        return _epoch(float(text))
    found = instant(text)
    if found is not None or len(text) > 60:
        return found
    for pattern in _PATTERNS:
        try:
            parsed = datetime.datetime.strptime(text, pattern)  # noqa: DTZ007 - given a zone below
        except ValueError:
            continue
        return _aware(parsed)
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _aware(parsed: datetime.datetime) -> datetime.datetime | None:
    if not 1970 <= parsed.year < 9000:
        return None
    return parsed.replace(tzinfo=datetime.UTC) if parsed.tzinfo is None else parsed.astimezone(datetime.UTC)
