"""Staged rows meet known findings. Cost: at most 6 queries, whatever the number of rows."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from django.db import connection

from prodsec.findings.details import unpack
from prodsec.findings.models import DetailBlock
from prodsec.findings.rules import identity, matching
from prodsec.findings.rules.matching import Shifts
from prodsec.findings.rules.rows import Join, Known, Seen
from prodsec.findings.services.merging.stage import Stage
from prodsec.findings.types import State
from prodsec.kit.sql import Parameter
from prodsec.vocabulary.places import Place

_STAGED = """
SELECT number, scope_id, identity, rule, file, line, snippet_hash, code, digest, kind, place FROM findings_staged ORDER BY number
"""
_LEFT_OPEN = """
SELECT f.id, a.scope_id, f.identity, d.rule, f.file, f.line, f.snippet_hash, f.block_id, f.block_index, f.ordinal, f.kind, f.place
FROM findings_attribution a JOIN findings_finding f ON f.id = a.finding_id JOIN findings_definition d ON d.id = f.definition_id
WHERE a.scope_id = ANY(%(scopes)s) AND a.closed_by_id IS NULL AND a.finding_id = ANY(%(left)s::bigint[])
"""
_SAME_IDENTITY = """
SELECT f.id, f.identity, d.rule, f.file, f.line, f.ordinal, f.place
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.asset_id = %(asset)s AND f.identity = ANY(%(identities)s) AND f.id <> ALL(%(taken)s::bigint[])
ORDER BY f.detected DESC, f.ordinal, f.id
"""
_ALIKE = """
INSERT INTO findings_staged (number, scope_id, digest, definition_id, owner_team_id, block_id, first_seen_at, fix_available_at, score,
    line, end_line, cwe, kind, severity, block_index, is_suppressed, identity, snippet_hash, secret_hash, rule, title, file,
    place_label, place, component_type, component_name, component_version, fixed_version, vulnerability_id, code, justification,
    was_id)
SELECT %(first)s + row_number() OVER (ORDER BY a.scope_id, a.digest), a.scope_id, a.digest, f.definition_id, f.owner_team_id,
    f.block_id, %(now)s, f.fix_available_at, f.score, f.line, f.end_line, f.cwe, f.kind, a.severity, f.block_index, false,
    f.identity, f.snippet_hash, f.secret_hash, d.rule, f.title, f.file, f.place_label, f.place, f.component_type,
    f.component_name, f.component_version, f.fixed_version, f.vulnerability_id, '', '', f.id
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
JOIN findings_attribution a ON a.finding_id = f.id AND a.scope_id = ANY(%(scopes)s) AND a.closed_by_id IS NULL
WHERE f.id = ANY(%(alike)s::bigint[])
RETURNING number, was_id
"""
_EQUAL = """
SELECT f.id FROM findings_finding f
WHERE f.asset_id = %(asset)s AND f.identity = ANY(%(identities)s) AND f.kind = ANY(%(kinds)s) AND f.line IS NOT NULL
    AND f.detected AND (f.state <> %(dismissed)s OR f.decision_id IS NOT NULL)
"""
_ANCHORS = """
SELECT f.file, f.line FROM findings_finding f
WHERE f.id = ANY(%(unchanged)s::bigint[]) AND f.file = ANY(%(files)s) AND f.line IS NOT NULL
"""


@dataclass(frozen=True)
class Joined:
    """Rows and the findings they are; a row without one is a new finding.

    retold: how many rows looked unchanged and were not. met: whether the asset had any findings to meet.
    """

    joins: list[Join]
    retold: int = 0
    met: bool = True


def join(stage: Stage, left_open: dict[int, int]) -> Joined:
    """Pair the staged rows with the asset's findings and note it in the staging table.

    left_open: finding id → scope id of what the scopes showed before and no row repeats unchanged; what is joined leaves it.
    """
    if not _has_findings(stage.asset_id):
        return Joined([], met=False)
    scopes, seen = _staged()
    known = _left_open(list(stage.scopes), list(left_open))
    unchanged = [
        scope.known[digest] for scope in stage.scopes.values() for digest in scope.seen if digest in scope.known
    ]
    own = _stage_alike(stage, unchanged, {row.identity for row in seen} | {one.identity for one, *_ in known})
    if own:
        scopes, seen = _staged()
        left_open.update({finding: scopes[number] for number, finding in own.items()})
        known = _left_open(list(stage.scopes), list(left_open))
        told_again = set(own.values())
        unchanged = [finding for finding in unchanged if finding not in told_again]
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
    for pair in joins:
        left_open.pop(pair.id, None)
    as_it_was = [pair for pair in joins if own.get(pair.number) == pair.id]
    _drop([pair.number for pair in as_it_was])
    changed = [pair for pair in joins if own.get(pair.number) != pair.id]
    _note(changed)
    return Joined(changed, len(own) - len(as_it_was))


_PLACE = msgspec.json.Decoder(Place)
_OpenRow = tuple[Known, int, int | None, int | None]
Match = Callable[[list[Known], list[Seen], Shifts], list[Join]]


def _has_findings(asset_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM findings_finding WHERE asset_id = %s)", [asset_id])
        return bool(cursor.fetchone()[0])


def _stage_alike(stage: Stage, unchanged: list[int], identities: set[bytes]) -> dict[int, int]:
    """Stage, too, rows of code that repeat a known row to the letter, but not alone of their identity: where equal code stands
    in a row, what stands on a line today may be what stood above it yesterday. Returns the finding of each such row's number.
    """
    facts: dict[str, Parameter | list[bytes]] = {
        "asset": stage.asset_id,
        "identities": list(identities),
        "kinds": [kind.value for kind in sorted(matching.MOVING)],
        "dismissed": State.DISMISSED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EQUAL, facts)
        alike = sorted({row[0] for row in cursor.fetchall()}.intersection(unchanged))
        if not alike:
            return {}
        scopes = list(stage.scopes)
        cursor.execute(_ALIKE, {"alike": alike, "scopes": scopes, "first": stage.number, "now": stage.now})
        own = dict(cursor.fetchall())
    stage.number += len(own)
    return own


def _staged() -> tuple[dict[int, int], list[Seen]]:
    """Scope id by row number, and the rows."""
    scopes: dict[int, int] = {}
    seen = []
    with connection.cursor() as cursor:
        cursor.execute(_STAGED)
        for number, scope_id, key, rule, file, line, code, text, digest, kind, place in cursor.fetchall():
            scopes[number] = scope_id
            shape = _shape(place)
            row = Seen(number, bytes(key), rule, file, line or 0, bytes(code or b""), text or "", digest, kind, shape)
            seen.append(row)
    return scopes, seen


def _left_open(scope_ids: list[int], left: list[int]) -> list[_OpenRow]:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OPEN, {"scopes": scope_ids, "left": left})
        return [
            (
                Known(found, bytes(key), rule, file, line or 0, bytes(code or b""), "", order, kind, _shape(place)),
                scope_id,
                block,
                index,
            )
            for found, scope_id, key, rule, file, line, code, block, index, order, kind, place in cursor.fetchall()
        ]


def _same_identity(asset_id: int, rest: list[Seen], taken: list[int]) -> list[Known]:
    identities = list({row.identity for row in rest})
    with connection.cursor() as cursor:
        cursor.execute(_SAME_IDENTITY, {"asset": asset_id, "identities": identities, "taken": taken})
        return [
            Known(found, bytes(key), rule, file, line or 0, order=order, shape=_shape(place))
            for found, key, rule, file, line, order, place in cursor.fetchall()
        ]


def _shape(place: str) -> tuple[int, ...]:
    """What the flagged code looks like when its text is not told: its columns, and over how many lines it goes."""
    told = _PLACE.decode(place) if place else None
    if told is None or told.column is None:
        return ()
    return told.column, told.end_column or 0, (told.end_line or told.line or 0) - (told.line or 0)


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


def _drop(numbers: list[int]) -> None:
    """Rows that turned out to be as they were are not staged any more."""
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM findings_staged WHERE number = ANY(%s)", [numbers])


def _note(joins: list[Join]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE findings_staged s SET finding_id = j.finding_id, how = j.how, is_new = false
               FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS j (number, finding_id, how) WHERE s.number = j.number""",
            [[pair.number for pair in joins], [pair.id for pair in joins], [pair.how for pair in joins]],
        )
