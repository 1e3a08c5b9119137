"""One pass over the rows of a report. A row whose digest its scope knows is exactly as it was: it is skipped, nothing is
computed for it and nothing written. The others get an identity and are COPYed to `findings_staged`, a table of this transaction.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import connection

from prodsec.findings.details import FINDINGS_A_BLOCK, Details, own_details, pack
from prodsec.findings.rules import identity, severity
from prodsec.findings.services.merging import aliases
from prodsec.findings.services.merging.copying import copy_rows, reserve_ids
from prodsec.findings.services.merging.definitions import Definitions, Stored
from prodsec.inventory.queries import Owners
from prodsec.kit import crypto
from prodsec.scans.formats.masking import masked, tells_secrets
from prodsec.scans.types import Observation, Rejected, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind

BATCH_ROWS = 5_000
SECRET_PURPOSE = "findings/secret"  # noqa: S105 - the name of a key, not a key
_ENCODER = msgspec.msgpack.Encoder()
_JSON = msgspec.json.Encoder()

# A row is a new finding, with an id of its own, until joining says which known one it is.
CREATE = """
CREATE TEMPORARY TABLE findings_staged (
    number integer, scope_id bigint, digest bigint, finding_id bigint NOT NULL DEFAULT nextval('findings_finding_id_seq'),
    was_id bigint, definition_id bigint, owner_team_id bigint,
    block_id bigint, first_seen_at timestamptz, fix_available_at timestamptz, score float8, line integer,
    "column" integer, end_line integer, cwe integer, kind smallint, severity smallint, block_index smallint,
    ordinal integer NOT NULL DEFAULT 0, is_new boolean NOT NULL DEFAULT true, is_suppressed boolean, how text, identity bytea, snippet_hash bytea, secret_hash bytea,
    rule text, title text, file text, place_label text, place text, component_type text, component_name text,
    component_version text, fixed_version text, vulnerability_id text, code text, justification text
) ON COMMIT DROP
"""

_COLUMNS = (
    "number", "scope_id", "digest", "definition_id", "owner_team_id", "block_id", "first_seen_at", "fix_available_at", "score",
    "line", '"column"', "end_line", "cwe", "kind", "severity", "block_index", "is_suppressed", "identity", "snippet_hash",
    "secret_hash", "rule", "title", "file", "place_label", "place", "component_type", "component_name",
    "component_version", "fixed_version", "vulnerability_id", "code", "justification",
)  # fmt: skip


@dataclass
class ScopeRows:
    """What a scope showed before (digest → finding) and which of it this scan shows unchanged."""

    scope_id: int
    tool: str
    known: dict[int, int]
    seen: set[int] = field(default_factory=set)
    rows: int = 0


class Pending(NamedTuple):
    """A row that is new or changed, before it is staged."""

    observation: Observation
    secret_hash: bytes | None
    scope: ScopeRows
    digest: int


@dataclass
class Stage:
    """The staged rows of one scan: how many, and what was left out."""

    asset_id: int
    now: datetime
    owners: Owners
    writes_details: bool
    definitions: Definitions = field(default_factory=Definitions)
    scopes: dict[int, ScopeRows] = field(default_factory=dict)
    number: int = 0
    fixed: int = 0
    files: set[str] = field(default_factory=set)
    has_secrets: bool = False
    aliases: dict[str, str] = field(default_factory=dict)
    _batch: list[Pending] = field(default_factory=list)
    _teams: dict[str, int | None] = field(default_factory=dict)

    def open(self) -> None:
        """Make the table of this transaction."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS findings_staged")
            cursor.execute(CREATE)

    def scope(self, scope_id: int, tool: str) -> ScopeRows:
        """What is known of a scope. Cost: 1 query a scope."""
        if scope_id not in self.scopes:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT digest, finding_id FROM findings_attribution WHERE scope_id = %s AND closed_by_id IS NULL",
                    [scope_id],
                )
                self.scopes[scope_id] = ScopeRows(scope_id, tool, dict(cursor.fetchall()))
        return self.scopes[scope_id]

    def add(self, observations: Iterable[Observation | Rejected], scope: ScopeRows) -> None:
        """Take the rows of one reading."""
        known, seen, batch = scope.known, scope.seen, self._batch
        for row in observations:
            if isinstance(row, Rejected):
                continue  # the report keeps and counts them
            if row.status is Status.FIXED:
                self.fixed += 1
                continue
            observation, secret_hash = row, None
            if tells_secrets(row):
                observation = masked(row)
                if row.secret:
                    secret_hash = crypto.keyed_hash(SECRET_PURPOSE, row.secret.encode("utf-8", "surrogatepass"))
            digest = digest_of(observation, secret_hash)
            if digest in seen:
                continue
            seen.add(digest)
            scope.rows += 1
            if digest in known:
                continue
            batch.append(Pending(observation, secret_hash, scope, digest))
            if len(batch) >= BATCH_ROWS:
                self.flush()

    def flush(self) -> None:
        """COPY what is pending. Cost: up to 5 statements a batch of 5,000 rows."""
        if not self._batch:
            return
        batch = self._batch[:]
        self._batch.clear()
        texts = self.definitions.resolve([(row.scope.tool, row.observation) for row in batch])
        details = [own_details(row.observation, text.text) for row, text in zip(batch, texts, strict=True)]
        blocks = self._write_blocks(details) if self.writes_details else []
        rows = (
            self._row(row, text, (blocks[at // FINDINGS_A_BLOCK] if blocks else None, at % FINDINGS_A_BLOCK))
            for at, (row, text) in enumerate(zip(batch, texts, strict=True))
        )
        copy_rows("findings_staged", _COLUMNS, rows)

    def _write_blocks(self, details: list[Details]) -> list[int]:
        packed = [pack(details[at : at + FINDINGS_A_BLOCK]) for at in range(0, len(details), FINDINGS_A_BLOCK)]
        ids = reserve_ids("findings_detailblock_id_seq", len(packed))
        rows = [(number, self.asset_id, data) for number, data in zip(ids, packed, strict=True)]
        copy_rows("findings_detailblock", ("id", "asset_id", "data"), rows)
        return ids

    def _row(self, row: Pending, definition: Stored, block: tuple[int | None, int]) -> tuple[object, ...]:
        self.number += 1
        observation, secret_hash, place = row.observation, row.secret_hash, row.observation.place
        is_code = observation.kind in (Kind.CODE, Kind.IAC, Kind.SECRET)
        code = (identity.flagged_text(observation) or observation.fingerprint) if is_code else ""
        if is_code:
            self.files.add(place.file)
            self.has_secrets = self.has_secrets or secret_hash is not None
        if len(observation.ids) > 1:
            aliases.note(self.aliases, observation.ids)
        return (
            self.number,
            row.scope.scope_id,
            row.digest,
            definition.id,
            self._owner(place.file),
            block[0],
            min(observation.first_seen_at or self.now, self.now),
            observation.fix_available_at,
            observation.score,
            *(place.line, place.column, place.end_line),
            observation.cwes[0] if observation.cwes else None,
            observation.kind.value,
            severity.of_scanner(observation.severity, observation.score, has_vector=bool(observation.cvss)).value,
            block[1],
            observation.status is not Status.OPEN,
            identity.identity_of(observation, row.scope.tool, secret_hash=secret_hash),
            _short_hash(code) if code else None,
            secret_hash,
            observation.rule,
            "" if observation.title == definition.text.title else observation.title,
            place.file,
            place.label(),
            "" if place == _NO_PLACE else _JSON.encode(place).decode(),
            *_component_facts(observation.component),
            identity.vulnerability_of(observation),
            code[:500],
            observation.justification or observation.status.value,
        )

    def _owner(self, file: str) -> int | None:
        if self.owners.rules is None:
            return self.owners.default
        if file not in self._teams:
            self._teams[file] = self.owners.of(file)
        return self._teams[file]


_NO_PLACE = Observation(kind=Kind.MANUAL, rule="", title="", pointer="").place


def _short_hash(code: str) -> bytes:
    return hashlib.blake2b(code.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _component_facts(component: Component | None) -> tuple[str, str, str, str]:
    """Type, name with namespace, version and fixed versions; empty where there is no component."""
    if component is None:
        return "", "", "", ""
    name = _full_name(component.namespace, component.name)
    return component.type, name, component.version, ", ".join(component.fixed_versions)


def _full_name(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def digest_of(observation: Observation, secret_hash: bytes | None) -> int:
    """Eight bytes over all that a row says of the finding; signed, as PostgreSQL stores it.

    Not where in the report it says so, and not how likely an exploit is today: that changes daily for the whole world, is no
    change of the finding, and would write every row of every scan.
    """
    said = _ENCODER.encode(msgspec.structs.replace(observation, pointer="", epss=None))
    return int.from_bytes(hashlib.blake2b(said, digest_size=8, key=secret_hash or b"").digest(), "big", signed=True)
