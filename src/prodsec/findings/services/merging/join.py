"""Staged rows meet known findings. Cost: at most 6 queries, whatever the number of rows."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable

from django.db import connection

from prodsec.findings.details import unpack
from prodsec.findings.models import DetailBlock
from prodsec.findings.rules import identity, matching
from prodsec.findings.rules.matching import Join, Known, Seen, Shifts
from prodsec.findings.services.merging.stage import Stage

_STAGED = """
SELECT number, scope_id, identity, rule, file, line, snippet_hash, code, digest, kind FROM findings_staged ORDER BY number
"""
_LEFT_OPEN = """
SELECT f.id, a.scope_id, f.identity, d.rule, f.file, f.line, f.snippet_hash, f.block_id, f.block_index, f.ordinal, f.kind
FROM findings_attribution a JOIN findings_finding f ON f.id = a.finding_id JOIN findings_definition d ON d.id = f.definition_id
WHERE a.scope_id = ANY(%(scopes)s) AND a.closed_by_id IS NULL AND a.finding_id = ANY(%(left)s)
"""
_SAME_IDENTITY = """
SELECT f.id, f.identity, d.rule, f.file, f.line, f.ordinal
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.asset_id = %(asset)s AND f.identity = ANY(%(identities)s) AND f.id <> ALL(%(taken)s)
ORDER BY f.detected DESC, f.id
"""
_ANCHORS = """
SELECT f.file, f.line FROM findings_finding f
WHERE f.id = ANY(%(unchanged)s) AND f.file = ANY(%(files)s) AND f.line IS NOT NULL
"""


def join(stage: Stage, left_open: dict[int, int]) -> list[Join]:
    """Pair the staged rows with the asset's findings and note it in the staging table.

    left_open: finding id → scope id of what the scopes showed before and no row repeats unchanged.
    Returns the joins; a row without one is a new finding.
    """
    if not _has_findings(stage.asset_id):
        return []
    scopes, seen = _staged()
    known = _left_open(list(stage.scopes), list(left_open))
    unchanged = [
        scope.known[digest] for scope in stage.scopes.values() for digest in scope.seen if digest in scope.known
    ]
    shifts = _anchors(unchanged, {one.file for one, *_ in known if one.file})
    joins = _within_scopes(scopes, seen, known, shifts, match=matching.match_same)
    taken = [*unchanged, *left_open]
    rest = _unjoined(seen, joins)
    joins += matching.match_same(_same_identity(stage.asset_id, rest, taken), rest, shifts)
    done = {one.id for one in joins}
    still_open = [row for row in known if row[0].id not in done]
    rest = _unjoined(seen, joins)
    if still_open and rest:
        joins += _within_scopes(scopes, rest, _with_texts(still_open), shifts, match=matching.match_moved)
    _note(joins)
    return joins


_OpenRow = tuple[Known, int, int | None, int | None]
Match = Callable[[list[Known], list[Seen], Shifts], list[Join]]


def _has_findings(asset_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM findings_finding WHERE asset_id = %s)", [asset_id])
        return bool(cursor.fetchone()[0])


def _staged() -> tuple[dict[int, int], list[Seen]]:
    """Scope id by row number, and the rows."""
    scopes: dict[int, int] = {}
    seen = []
    with connection.cursor() as cursor:
        cursor.execute(_STAGED)
        for number, scope_id, key, rule, file, line, code, text, digest, kind in cursor.fetchall():
            scopes[number] = scope_id
            seen.append(Seen(number, bytes(key), rule, file, line or 0, bytes(code or b""), text or "", digest, kind))
    return scopes, seen


def _left_open(scope_ids: list[int], left: list[int]) -> list[_OpenRow]:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OPEN, {"scopes": scope_ids, "left": left})
        return [
            (
                Known(found, bytes(key), rule, file, line or 0, bytes(code or b""), order=order, kind=kind),
                scope_id,
                block,
                index,
            )
            for found, scope_id, key, rule, file, line, code, block, index, order, kind in cursor.fetchall()
        ]


def _same_identity(asset_id: int, rest: list[Seen], taken: list[int]) -> list[Known]:
    identities = list({row.identity for row in rest})
    with connection.cursor() as cursor:
        cursor.execute(_SAME_IDENTITY, {"asset": asset_id, "identities": identities, "taken": taken})
        return [
            Known(found, bytes(key), rule, file, line or 0, order=order)
            for found, key, rule, file, line, order in cursor.fetchall()
        ]


def _anchors(unchanged: list[int], files: set[str]) -> Shifts:
    """Rows that did not change at all say that their lines did not move."""
    shifts = Shifts()
    if files and unchanged:
        with connection.cursor() as cursor:
            cursor.execute(_ANCHORS, {"unchanged": unchanged, "files": list(files)})
            for file, line in cursor.fetchall():
                shifts.add(file, line, line)
    return shifts


def _within_scopes(
    scopes: dict[int, int], seen: list[Seen], known: list[_OpenRow], shifts: Shifts, *, match: Match
) -> list[Join]:
    """Match a scope at a time, so that nothing outside of a row's own scope is touched."""
    olds: dict[int, list[Known]] = defaultdict(list)
    for one, scope_id, *_ in known:
        olds[scope_id].append(one)
    news: dict[int, list[Seen]] = defaultdict(list)
    for row in seen:
        news[scopes[row.number]].append(row)
    return [pair for scope_id in sorted(olds) for pair in match(olds[scope_id], news[scope_id], shifts)]


def _unjoined(seen: list[Seen], joins: list[Join]) -> list[Seen]:
    numbers = {pair.number for pair in joins}
    return [row for row in seen if row.number not in numbers]


def _with_texts(rows: list[_OpenRow]) -> list[_OpenRow]:
    """The rows with their code at hand, out of their detail blocks. Cost: 1 query."""
    blocks = DetailBlock.objects.in_bulk({block for *_, block, _ in rows if block is not None})
    unpacked = {key: unpack(bytes(block.data)) for key, block in blocks.items()}
    found = []
    for one, scope_id, block, index in rows:
        text = ""
        if block in unpacked and index is not None:
            text = identity.code_of(unpacked[block][index].snippet, one.line)[:500]
        found.append((_with_text(one, text), scope_id, block, index))
    return found


def _with_text(one: Known, text: str) -> Known:
    """The finding with its code."""
    return dataclasses.replace(one, text=text)


def _note(joins: list[Join]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE findings_staged s SET finding_id = j.finding_id, how = j.how
               FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS j (number, finding_id, how) WHERE s.number = j.number""",
            [[pair.number for pair in joins], [pair.id for pair in joins], [pair.how for pair in joins]],
        )
