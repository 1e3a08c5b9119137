"""Definitions: the text of a rule or vulnerability, stored once. A row keeps its own text only where it says something else.

A stored definition is never reworded: findings of other assets lean on its words, and many tools put the package of the moment
into the title of a vulnerability. When a tool words a rule anew, the rows that say so keep the new words as their own, packed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
from django.db import connection

from prodsec.findings.details import DefinitionText, definition_text
from prodsec.findings.services.merging.copying import copy_rows
from prodsec.scans.types import Observation

Key = tuple[str, str]


DEFINITIONS_LOCK = 0x646566
_SELECT = """
SELECT d.id, d.tool, d.rule, d.title, d.description, d.remedy, d."references", d.ids, d.cwes, d.cvss
FROM unnest(%s::text[], %s::text[]) AS wanted (tool, rule)
JOIN findings_definition d ON d.tool = wanted.tool AND d.rule = wanted.rule
"""


@dataclass(frozen=True)
class Stored:
    """A definition as stored, its id included."""

    id: int
    text: DefinitionText


@dataclass
class Definitions:
    """The definitions a scan meets."""

    _known: dict[Key, Stored] = field(default_factory=dict)

    def resolve(self, rows: list[tuple[str, Observation]]) -> list[Stored]:
        """The definition of each row; missing ones are made, with the first text by content. Cost: at most 5 queries."""
        candidates: dict[Key, DefinitionText] = {}
        keys = []
        for tool, observation in rows:
            key = (tool, observation.rule)
            keys.append(key)
            if key in self._known:
                continue
            text = definition_text(observation)
            if key not in candidates or _order(text) < _order(candidates[key]):
                candidates[key] = text
        if candidates:
            self._load(candidates)
        return [self._known[key] for key in keys]

    def _load(self, candidates: dict[Key, DefinitionText]) -> None:
        self._select(candidates)
        missing = sorted(key for key in candidates if key not in self._known)
        if not missing:
            return
        with connection.cursor() as cursor:
            # Two first imports that make the same definitions in different orders would wait for each other for ever.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DEFINITIONS_LOCK])
        self._select(missing)
        rows = [
            (tool, rule, _digest(candidates[tool, rule]), *_columns(candidates[tool, rule]).values())
            for tool, rule in missing
            if (tool, rule) not in self._known
        ]
        copy_rows("findings_definition", ("tool", "rule", "digest", *_QUOTED), rows)
        self._select(missing)

    def _select(self, keys: Iterable[Key]) -> None:
        wanted = list(keys)
        with connection.cursor() as cursor:
            cursor.execute(_SELECT, [[tool for tool, _ in wanted], [rule for _, rule in wanted]])
            for found in cursor.fetchall():
                text = DefinitionText(*found[3:6], *(tuple(items) for items in found[6:]))
                self._known[found[1], found[2]] = Stored(found[0], text)


def _columns(text: DefinitionText) -> dict[str, object]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in msgspec.structs.asdict(text).items()
    }


_QUOTED = ("title", "description", "remedy", '"references"', "ids", "cwes", "cvss")


def _order(text: DefinitionText) -> bytes:
    return msgspec.msgpack.encode(text)


def _digest(text: DefinitionText) -> int:
    return int.from_bytes(hashlib.blake2b(_order(text), digest_size=8).digest(), "big", signed=True)
