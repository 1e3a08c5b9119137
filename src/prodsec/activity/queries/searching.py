"""Searching the record: one statement, read from the index of what was asked for, in pages."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity.models import Activity
from prodsec.activity.types import Search
from prodsec.kit.errors import InvalidError
from prodsec.kit.paging import Page, decode_cursor, encode_cursor, page_size
from prodsec.kit.sql import Parameter

# Of this many values each is looked up in the index by itself and the newest are merged; of more, rows are filtered.
MOST_LOOKED_UP = 200
# So many of the newest rows are looked at for words before the index of words is asked.
PROBED = 5_000
PIECE = 1_000
_ORDER = "ORDER BY at DESC, id DESC"
_LAST = 2**63 - 1
# A loose walk of the index: one step an action, not one a row.
_KNOWN_ACTIONS = """
WITH RECURSIVE known(action) AS (
    (SELECT action FROM activity_activity ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT a.action FROM activity_activity a WHERE a.action > known.action ORDER BY a.action LIMIT 1)
    FROM known WHERE known.action IS NOT NULL
) SELECT action FROM known WHERE action IS NOT NULL
"""

_After = tuple[datetime.datetime, int]


def found(viewer: Viewer, search: Search, *, cursor: str = "", size: int | None = None) -> Page[Activity]:
    """A page of the deeds that fit, newest first.

    Cost: 2 queries, 1 more for the first part of an action, 1 more for words or many assets. Raises: NotPermittedError; InvalidError for a cursor that is not ours.
    """
    accounts.require(viewer, Permission.ACTIVITY_READ)
    size = page_size(size)
    rows = _rows(search, _decoded(cursor) if cursor else None, size + 1)
    following = encode_cursor([rows[size - 1].at.isoformat(), rows[size - 1].pk]) if len(rows) > size else None
    return Page(rows[:size], following)


def in_pieces(viewer: Viewer, search: Search) -> Iterator[list[Activity]]:
    """All deeds that fit, newest first, some at a time; asked for while they are taken.

    Cost: 2 queries a thousand rows. Raises: NotPermittedError, before anything is taken.
    """
    accounts.require(viewer, Permission.ACTIVITY_READ)
    return _pieces(search)


def _pieces(search: Search) -> Iterator[list[Activity]]:
    after: _After | None = None
    while rows := _rows(search, after, PIECE):
        yield rows
        after = (rows[-1].at, rows[-1].pk)


def known_actions(viewer: Viewer) -> list[str]:
    """Every action that was ever written down, in the order of the alphabet. Cost: 1 query. Raises: NotPermittedError."""
    accounts.require(viewer, Permission.ACTIVITY_READ)
    return _known_actions()


def newest_id() -> int:
    """The id of the last row of the record, 0 for none. Cost: 1 query."""
    return Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _known_actions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_ACTIONS)
        return [action for (action,) in cursor.fetchall()]


def _decoded(cursor: str) -> _After:
    moment, row = decode_cursor(cursor, length=2)
    try:
        at = datetime.datetime.fromisoformat(str(moment))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or type(row) is not int or not 0 < row <= _LAST:
        raise InvalidError("this cursor belongs to another order; start again without it", place="cursor")
    return at, row


def _rows(search: Search, after: _After | None, most: int) -> list[Activity]:
    ids = _ids(search, after, most)
    rows = Activity.objects.in_bulk(ids)
    return [rows[key] for key in ids]


def _ids(search: Search, after: _After | None, most: int) -> list[int]:
    asked, late = _asked(search, after), _Late.of(search)
    if late is None:
        return _fetched(f"SELECT id FROM ({asked.newest('a.at, a.id', most)}) x {_ORDER}", asked.values)
    if late.is_never:
        return []
    probed, ids = _probed(asked, late, most)
    if len(ids) == most or probed < PROBED:
        return ids
    if late.query:
        return _fetched(
            f"""WITH fits AS MATERIALIZED (SELECT a.at, a.id FROM activity_activity a
                  WHERE {late.condition} AND {asked.condition})
                SELECT id FROM fits {_ORDER} LIMIT {most}""",
            [*late.values, *asked.values],
        )
    each = _Asked([asked.condition], asked.values, ("asset_id", "bigint"), late.assets or [])
    return _fetched(f"SELECT id FROM ({each.newest('a.at, a.id', most)}) x {_ORDER}", each.values)


def _probed(asked: "_Asked", late: "_Late", most: int) -> tuple[int, list[int]]:
    """Of the newest rows that fit otherwise: how many were looked at, and which fit what is late.

    What is common is found here at once; for what is rare, its index is the faster way. The database cannot tell which it
    is, and would read the whole table in the order of time for the wrong one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH a AS MATERIALIZED ({asked.newest("a.at, a.id, a.asset_id, a.words", PROBED)})
                SELECT (SELECT count(*) FROM a),
                  ARRAY(SELECT id FROM a WHERE {late.condition} {_ORDER} LIMIT {most})""",
            [*asked.values, *late.values],
        )
        probed, ids = cursor.fetchone()
    return probed, ids


@dataclass(frozen=True)
class _Late:
    """What is looked at row by row first: words (as a query of the text search), and assets when they are many."""

    query: str
    assets: list[int] | None
    is_never: bool = False

    @classmethod
    def of(cls, search: Search) -> "_Late | None":
        """What of a search is late; None for nothing."""
        has_words = bool(search.words.strip())
        is_many = search.asset_ids is not None and (has_words or len(search.asset_ids) > MOST_LOOKED_UP)
        if not has_words and not is_many:
            return None
        words = re.findall(r"[^\W_]+", search.words.lower())
        assets = list(search.asset_ids) if is_many and search.asset_ids is not None else None
        # What is looked for are words; signs alone begin none.
        return cls(" & ".join(f"{word}:*" for word in words), assets, is_never=has_words and not words)

    @property
    def condition(self) -> str:
        """All of it as one condition on a row `a`."""
        words = ["a.words @@ to_tsquery('simple', %s)"] if self.query else []
        return " AND ".join([*words, *(["a.asset_id = ANY(%s)"] if self.assets is not None else [])])

    @property
    def values(self) -> list[Parameter]:
        """The parameters of the condition."""
        return [*([self.query] if self.query else []), *([self.assets] if self.assets is not None else [])]


def _fetched(statement: str, values: list[Parameter]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


@dataclass(frozen=True)
class _Asked:
    """What is asked for but for words. each: a column and its type, of whose `wanted` values each is looked up by itself."""

    where: list[str]
    given: list[Parameter]
    each: tuple[str, str] | None
    wanted: list[int] | list[str]

    @property
    def condition(self) -> str:
        """All of it as one condition on a row `a`."""
        first = [f"a.{self.each[0]} = ANY(%s::{self.each[1]}[])"] if self.each else []
        return " AND ".join([*first, *self.where]) or "true"

    @property
    def values(self) -> list[Parameter]:
        """The parameters, of the condition and of `newest`."""
        return [self.wanted, *self.given] if self.each else self.given

    def newest(self, columns: str, most: int) -> str:
        """A statement for the newest rows."""
        if self.each is None:
            return f"SELECT {columns} FROM activity_activity a WHERE {self.condition} {_ORDER} LIMIT {most}"
        column, kind = self.each
        condition = " AND ".join([f"a.{column} = each.value", *self.where])
        return f"""
            SELECT x.* FROM unnest(%s::{kind}[]) AS each(value) CROSS JOIN LATERAL (
              SELECT {columns} FROM activity_activity a WHERE {condition} {_ORDER} LIMIT {most}) x
            {_ORDER} LIMIT {most}"""


def _asked(search: Search, after: _After | None) -> _Asked:
    where, values = _conditions(search)
    if after is not None:
        where.append("(a.at, a.id) < (%s, %s)")
        values += after
    actions = _actions(search.action)
    if search.asset_ids is not None and _Late.of(search) is None:
        if actions is not None:
            where.append("a.action = ANY(%s)")
            values.append(actions)
        return _Asked(where, values, ("asset_id", "bigint"), list(search.asset_ids))
    if actions is not None:
        return _Asked(where, values, ("action", "text"), actions)
    return _Asked(where, values, None, [])


def _conditions(search: Search) -> tuple[list[str], list[Parameter]]:
    where: list[str] = []
    values: list[Parameter] = []
    for condition, value in (
        ("a.actor_id = %s", search.actor_id),
        ("a.token_id = %s", search.token_id),
        ("a.object_type = %s", search.object_type or None),
        ("a.object_id = %s", search.object_id or None),
        ("a.at >= %s", search.since),
        ("a.at < %s", search.until),
        ("a.id <= %s", search.newest_id),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    if search.by_system:
        where.append("a.actor_id IS NULL")
    return where, values


def _actions(asked: str) -> list[str] | None:
    """The actions that are wanted; None for all."""
    if not asked or "." in asked:
        return [asked] if asked else None
    return [action for action in _known_actions() if action.startswith(f"{asked}.")]
