"""Spans cut into parts, as SQL: what each adds to which number on which day. The one place that says what is counted.

Source: domain/vulnerability-management.md §3 and §12; docs/guide/metrics.md says it to people.
"""

from prodsec.metrics.types import AGE_MEASURES, AGES, COLUMNS, Ending, Entry

_FIXED, _DISMISSED = f"s.ending = {Ending.FIXED.value}", f"s.ending = {Ending.DISMISSED.value}"
# A span that began and ended on one day is part of what happened, but of no day's end.
_LIVES = "s.from_on < coalesce(s.until_on, 'infinity')"


def _level(name: str, begins: str, ends: str = "coalesce(s.until_on, 'infinity')", only: str = "true") -> list[str]:
    """A level that a span is part of from a day until another."""
    there = f"({only} AND {begins} < {ends})::int"
    return [f"('{name}', {begins}, {there})", f"('{name}', nullif({ends}, 'infinity'), -{there})"]


def _values() -> str:
    rows = [
        f"('opened', s.from_on, (s.entry = {Entry.OPENED.value})::int)",
        f"('reopened', s.from_on, (s.entry = {Entry.REOPENED.value})::int)",
        f"('fixed', s.until_on, ({_FIXED})::int)",
        f"('dismissed', s.until_on, ({_DISMISSED})::int)",
        f"('in_time', s.until_on, ({_FIXED} AND s.until_on <= s.due_on)::int)",
        f"('late', s.until_on, ({_FIXED} AND s.until_on > s.due_on)::int)",
        f"('fixed_days', s.until_on, CASE WHEN {_FIXED} THEN s.until_on - s.seen_on END)",
        *_level("open", "s.from_on", only=_LIVES),
        *_level("undated", "s.from_on", only="s.due_on IS NULL"),
        *_level("overdue", "greatest(s.from_on, s.due_on + 1)", only="s.due_on IS NOT NULL"),
    ]
    for measure, (youngest, limit) in zip(AGE_MEASURES, AGES, strict=True):
        older = "'infinity'" if limit is None else f"s.seen_on + {limit}"
        rows += _level(
            measure.value,
            f"greatest(s.from_on, s.seen_on + {youngest})",
            f"least(coalesce(s.until_on, 'infinity'), {older})",
        )
    return ", ".join(rows)


def _pivoted(factor: str) -> str:
    return ", ".join(
        f"coalesce(sum(p.amount{factor}) FILTER (WHERE p.name = '{name}'), 0) AS {name}" for name in COLUMNS
    )


CUT = f"CROSS JOIN LATERAL (VALUES {_values()}) AS p (name, day, amount)"
COUNTS = "p.amount <> 0 AND p.day IS NOT NULL"


def summed(source: str, *, keys: str, factor: str = "", where: str = "true") -> str:
    """A query that sums the parts of spans `s` out of a source, one column a measure, by some keys."""
    return f"SELECT {keys}, {_pivoted(factor)} FROM {source} {CUT} WHERE {COUNTS} AND {where} GROUP BY {keys}"
