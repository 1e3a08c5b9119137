"""Roll-ups changed by spans that come and go: each span's parts, at each node of its asset, added or taken away."""

import datetime
from collections.abc import Sequence

import msgspec
from django.db import connection

from prodsec.metrics.queries import parts
from prodsec.metrics.types import COLUMNS
from prodsec.metrics.types import Span as SpanValue

_COLUMNS = "finding_id, asset, team, from_on, until_on, seen_on, due_on, severity, kind, entry, ending"
_TYPES = (
    "finding_id bigint, asset bigint, team bigint, from_on date, until_on date, seen_on date, due_on date, severity smallint,"
    " kind smallint, entry smallint, ending smallint"
)
_KEYS = "node, day, team, severity, kind"
# Small assets are summed from their spans when somebody asks; one with more findings is kept as a node.
MOST_UNROLLED = 2_000

_TABLE = f"""
CREATE TEMP TABLE IF NOT EXISTS metrics_change (sign smallint, nodes bigint[], {_TYPES}) ON COMMIT DELETE ROWS
"""
_COME = f"""
INSERT INTO metrics_change (sign, nodes, {_COLUMNS}) SELECT 1, p.nodes, s.*
FROM json_to_recordset(%s::json) AS s ({_TYPES}) JOIN metrics_placement p ON p.asset = s.asset
"""
_STORE = f"INSERT INTO metrics_span ({_COLUMNS}) SELECT {_COLUMNS} FROM metrics_change WHERE sign = 1"
_GO = f"""
WITH gone AS (DELETE FROM metrics_span WHERE id = ANY(%s) RETURNING {_COLUMNS})
INSERT INTO metrics_change (sign, nodes, {_COLUMNS})
SELECT -1, p.nodes, s.* FROM gone s JOIN metrics_placement p ON p.asset = s.asset
"""
_MOVE = f"""
INSERT INTO metrics_change (sign, nodes, {_COLUMNS})
SELECT w.sign, w.nodes, {", ".join(f"s.{name.strip()}" for name in _COLUMNS.split(","))}
FROM metrics_span s JOIN unnest(%s::bigint[]) AS m (asset) ON m.asset = s.asset
JOIN metrics_placement p ON p.asset = s.asset
CROSS JOIN LATERAL (VALUES (%s::smallint, p.nodes)) AS w (sign, nodes)
"""


def _upsert(table: str, day: str, source: str, factor: str) -> str:
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in COLUMNS)
    keys = f"n.node, {day}, s.team, s.severity, s.kind"
    query = parts.summed(f"{source} CROSS JOIN unnest(s.nodes) AS n (node)", keys=keys, factor=factor)
    return f"""
        INSERT INTO {table} ({_KEYS}, {", ".join(COLUMNS)}) {query} ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ({_KEYS}) DO UPDATE SET {sums}"""


_MONTH = "date_trunc('month', p.day)::date"
_CHANGED = [
    _upsert(*how, "metrics_change s", " * s.sign") for how in (("metrics_day", "p.day"), ("metrics_month", _MONTH))
]
_ALL_SPANS = f"(SELECT {_COLUMNS}, p.nodes FROM metrics_span JOIN metrics_placement p USING (asset)) AS s"
_SUMS = ", ".join(f"sum({name})" for name in COLUMNS)
# Assets side by side have the same nodes above them, so their parts are summed before they are told to each node.
_WHOLE = (
    f"""INSERT INTO metrics_day ({_KEYS}, {", ".join(COLUMNS)})
        SELECT n.node, c.day, c.team, c.severity, c.kind, {_SUMS}
        FROM ({parts.summed(_ALL_SPANS, keys="s.nodes, p.day, s.team, s.severity, s.kind")}) c
        CROSS JOIN unnest(c.nodes) AS n (node) GROUP BY 1, 2, 3, 4, 5""",
    f"""INSERT INTO metrics_month ({_KEYS}, {", ".join(COLUMNS)})
        SELECT node, date_trunc('month', day)::date, team, severity, kind, {_SUMS} FROM metrics_day GROUP BY 1, 2, 3, 4, 5""",
)
_ZERO = " AND ".join(f"{name} = 0" for name in COLUMNS)

# Where the findings of each asset are counted by now; the ancestors' last is the asset itself.
_PLACES = f"""
SELECT a.id, ARRAY[0::bigint] || a.ancestors[:cardinality(a.ancestors) - 1] || CASE
    WHEN EXISTS (SELECT FROM inventory_asset c WHERE c.parent_id = a.id) OR a.id = ANY(p.nodes)
        OR (a.id = ANY(%(grown)s::bigint[])
            AND (SELECT count(*) FROM (SELECT FROM metrics_span s WHERE s.asset = a.id LIMIT {MOST_UNROLLED + 1}) s) > {MOST_UNROLLED})
    THEN ARRAY[a.id] ELSE '{{}}'::bigint[] END AS nodes
FROM inventory_asset a LEFT JOIN metrics_placement p ON p.asset = a.id
"""
_MOVED = f"""
SELECT w.id, w.nodes, p.asset IS NULL FROM ({_PLACES}) w LEFT JOIN metrics_placement p ON p.asset = w.id
WHERE p.nodes IS DISTINCT FROM w.nodes
"""


def begin() -> None:
    """Make ready, once in a transaction."""
    _run(_TABLE)


def replace(gone: Sequence[int], come: Sequence[SpanValue], *, rolled: bool) -> None:
    """Take spans (by their ids) away and add others. rolled: roll-ups follow. Cost: 5 statements."""
    if gone:
        _run(_GO, list(gone))
    if come:
        _run(_COME, msgspec.json.encode(come).decode())
        _run(_STORE)
    _settle(rolled=rolled)


def place(grown: Sequence[int], *, rolled: bool) -> set[int]:
    """Follow the tree: assets that are new, moved, or became nodes are counted where they are now. Returns which.

    grown: assets that may have got many findings. Cost: 1 query over all assets, 5 statements where some moved.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"grown": list(grown)})
        rows = cursor.fetchall()
    if not rows:
        return set()
    known = [asset for asset, _, is_new in rows if not is_new]
    if known and rolled:
        _run(_MOVE, known, -1)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO metrics_placement (asset, nodes) VALUES (%s, %s) ON CONFLICT (asset) DO UPDATE SET nodes = excluded.nodes",
            [(asset, nodes) for asset, nodes, _ in rows],
        )
    if known and rolled:
        _run(_MOVE, known, 1)
        _settle(rolled=True)
    return {asset for asset, _, _ in rows}


def gone_assets() -> list[int]:
    """Assets that are counted and no longer exist. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asset FROM metrics_placement p WHERE NOT EXISTS (SELECT FROM inventory_asset a WHERE a.id = p.asset)"
        )
        return [row[0] for row in cursor.fetchall()]


def forget(assets: Sequence[int]) -> None:
    """Take what is left of assets that no longer exist."""
    for table, column in (("metrics_placement", "asset"), ("metrics_day", "node"), ("metrics_month", "node")):
        _run(f"DELETE FROM {table} WHERE {column} = ANY(%s)", list(assets))


def roll_all() -> None:
    """Make all roll-ups out of all spans. Cost: 4 statements, some 40 s a million findings."""
    for table in ("metrics_day", "metrics_month"):
        _run(f"TRUNCATE {table}")
    for statement in _WHOLE:
        _run(statement)


def drop_zeros() -> None:
    """Remove roll-ups that no longer say anything."""
    for table in ("metrics_day", "metrics_month"):
        _run(f"DELETE FROM {table} WHERE {_ZERO}")


def empty() -> None:
    """Forget all spans and roll-ups."""
    _run("TRUNCATE metrics_span, metrics_day, metrics_month, metrics_placement, metrics_stale, metrics_scanned")


def _settle(*, rolled: bool) -> None:
    if rolled:
        for statement in _CHANGED:
            _run(statement)
    _run("DELETE FROM metrics_change")


def _run(statement: str, *values: str | int | list[int] | datetime.date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
