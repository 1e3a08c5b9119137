"""Rows for grouping: findings of an asset, with where they are and what a person said of it. Each loader is a few statements."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from django.db import connection

from prodsec.findings.rules.kin.lines import files_by_tool
from prodsec.findings.rules.kin.recipes import Recipe
from prodsec.findings.rules.kin.roots import Prefixes, plain, prefixes_of
from prodsec.findings.rules.kin.rows import Line, Package
from prodsec.findings.rules.kin.topics import TELLING
from prodsec.findings.services.merging import aliases
from prodsec.findings.types import ClusterWordKind
from prodsec.kit.sql import Parameter
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

LINE_KINDS = frozenset({Kind.CODE.value, Kind.IAC.value, Kind.SECRET.value})
_HELD = "SELECT finding_id, kind FROM findings_clusterword WHERE asset_id = %s AND withdrawn_at IS NULL"
_CLUSTERS = "SELECT id, key, reason, recipe FROM findings_cluster WHERE id = ANY(%s)"
_IS_PACKAGE = "f.vulnerability_id <> '' AND f.component_name <> ''"
_STAGED = "SELECT DISTINCT vulnerability_id FROM findings_staged WHERE vulnerability_id <> '' AND component_name <> ''"
_PACKAGES = f"""
SELECT * FROM (
    SELECT f.id, f.cluster_id, f.vulnerability_id, f.component_name, count(*) OVER (PARTITION BY f.vulnerability_id) AS peers
    FROM findings_finding f
    WHERE f.asset_id = %(asset)s AND {_IS_PACKAGE} AND (%(ids)s::text[] IS NULL OR f.vulnerability_id = ANY(%(ids)s))) rows
WHERE peers > 1 OR cluster_id IS NOT NULL OR vulnerability_id = ANY(%(aliased)s)
"""
_LINES = f"""
SELECT f.id, f.cluster_id, d.tool, d.rule, left(coalesce(nullif(f.title, ''), d.title), {TELLING}), f.file, f.kind, f.cwe, d.cwes,
    CASE WHEN f.detected THEN coalesce(f.line, 0) ELSE -1 END, coalesce(f.end_line, 0), f.secret_hash,
    CASE WHEN f.kind = %(iac)s THEN f.place ELSE '' END
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.asset_id = %(asset)s AND f.kind = ANY(%(kinds)s) AND (f.detected OR f.kind = %(secret)s) AND NOT ({_IS_PACKAGE})
"""
_SECRETS = """
SELECT DISTINCT f.secret_hash FROM findings_finding f
WHERE f.asset_id = %(asset)s AND f.kind = %(secret)s AND f.secret_hash IS NOT NULL AND f.file = ANY(%(files)s)
"""
_SHARING = (
    "SELECT DISTINCT f.file FROM findings_finding f WHERE f.asset_id = %(asset)s AND f.secret_hash = ANY(%(secrets)s)"
)
_TOOLS = "SELECT count(DISTINCT tool) FROM scans_scope WHERE asset_id = %(asset)s"
_FILES = """
SELECT DISTINCT d.tool, f.file FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.asset_id = %(asset)s AND f.kind = ANY(%(kinds)s) AND f.detected AND f.file <> ''
"""
_PLACE = msgspec.json.Decoder(Place)


@dataclass(frozen=True)
class Placed:
    """Where a finding is: its cluster, the word of a person that holds for it, and what the cluster says of itself."""

    id: int
    cluster: int | None
    word: int | None
    key: bytes | None
    reason: str
    recipe: int | None

    @property
    def is_pinned(self) -> bool:
        """Whether a person put it where it is."""
        return self.word == ClusterWordKind.TOGETHER and self.key is not None

    def stands_elsewhere(self, key: bytes, reason: str, recipe: int) -> bool:
        """Whether it is not yet in this cluster, or the cluster says something else of itself."""
        return self.key != key or self.reason != reason or self.recipe not in (0, recipe)


@dataclass
class Loaded:
    """Rows to group and, for each of their ids, where it is. What a person put apart is not among them."""

    placed: dict[int, Placed] = field(default_factory=dict)
    packages: list[Package] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    prefixes: Prefixes = field(default_factory=dict)

    def place(self, asset_id: int, rows: list[tuple[int, int | None]]) -> None:
        """Note where rows (finding, its cluster) are, all but those that a person put apart. Cost: at most 2 queries.

        Two look-ups by key rather than joins: what was written a moment ago has no statistics, and a join may be planned as a square.
        """
        if not rows:
            return
        with connection.cursor() as cursor:
            cursor.execute(_HELD, [asset_id])
            held = dict(cursor.fetchall())
            known: dict[int, tuple[bytes, str, int]] = {}
            ids = sorted({cluster for _, cluster in rows if cluster is not None})
            if ids:
                cursor.execute(_CLUSTERS, [ids])
                known = {cluster: (bytes(key), reason, recipe) for cluster, key, reason, recipe in cursor.fetchall()}
        for finding, cluster in rows:
            word = held.get(finding)
            if word != ClusterWordKind.APART:
                key, reason, recipe = known.get(cluster or 0, (None, "", None))
                self.placed[finding] = Placed(finding, cluster, word, key, reason, recipe)


def packages_of(asset_id: int, recipe: Recipe, *, staged: bool) -> Loaded:
    """Findings of known vulnerabilities in packages that may have a peer, or have a cluster. Cost: at most 4 queries.

    staged: only of the vulnerabilities that staged rows name, by any of their ids.
    """
    loaded = Loaded()
    ids: list[str] | None = None
    with connection.cursor() as cursor:
        if staged:
            cursor.execute(_STAGED)
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return loaded
        stands_for = aliases.known(asset_id, ids) if recipe.follows_aliases else {}
        aliased = sorted({*stands_for, *stands_for.values()})
        if ids is not None:
            ids = sorted({*ids, *aliased})
        cursor.execute(_PACKAGES, {"asset": asset_id, "ids": ids, "aliased": aliased})
        rows = cursor.fetchall()
    loaded.place(asset_id, [row[:2] for row in rows])
    for identifier, _, vulnerability, name, _ in rows:
        if identifier in loaded.placed:
            loaded.packages.append(Package(identifier, stands_for.get(vulnerability, vulnerability), name, name))
    return loaded


def lines_of(asset_id: int, recipe: Recipe, files: Collection[str] | None, *, has_secrets: bool) -> Loaded:
    """Findings of code, configuration and secrets in these files, with all that can meet them. Cost: at most 7 queries.

    A lone tool's findings of code meet nothing; its secrets may, wherever they are.
    """
    loaded = Loaded()
    facts: dict[str, Parameter] = {
        "asset": asset_id,
        "kinds": sorted(LINE_KINDS),
        "iac": Kind.IAC.value,
        "secret": Kind.SECRET.value,
    }
    with connection.cursor() as cursor:
        if files is not None and not files:
            return loaded
        named: list[tuple[str, str]] = []
        cursor.execute(_TOOLS, facts)
        if cursor.fetchone()[0] < 2:
            if not has_secrets:
                return loaded
            facts["kinds"] = [Kind.SECRET.value]
        elif recipe.aligns_paths:
            cursor.execute(_FILES, facts)
            named = cursor.fetchall()
            loaded.prefixes = prefixes_of(files_by_tool(named))
        narrow = ""
        if files is not None:
            facts["files"] = _reached(facts, set(files), loaded.prefixes, named, has_secrets=has_secrets)
            narrow = "AND f.file = ANY(%(files)s)"
        cursor.execute(_LINES + narrow, facts)
        rows = cursor.fetchall()
    loaded.place(asset_id, [row[:2] for row in rows])
    loaded.lines = [_LineRow(*row[2:]).line(row[0]) for row in rows if row[0] in loaded.placed]
    return loaded


def _reached(
    facts: dict[str, Parameter], files: set[str], prefixes: Prefixes, named: list[tuple[str, str]], *, has_secrets: bool
) -> list[str]:
    """These files by all names that tools give them, and those that share a secret with them, and so on."""
    known: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for tool, file in named:
        whole = prefixes.get(tool, "") + plain(file)
        known.setdefault(file, set()).add(whole)
        names.setdefault(whole, set()).add(file)
    reached: set[str] = set()
    fresh = files
    while fresh:
        wholes = {whole for file in fresh for whole in known.get(file, ())}
        fresh = fresh | {file for whole in wholes for file in names[whole]}
        reached |= fresh
        sharing: set[str] = set()
        if has_secrets or prefixes:
            sharing = _sharing(facts, fresh)
        fresh = sharing - reached
    return sorted(reached)


def _sharing(facts: dict[str, Parameter], files: set[str]) -> set[str]:
    """The files that hold a secret of one of these."""
    with connection.cursor() as cursor:
        cursor.execute(_SECRETS, {**facts, "files": sorted(files)})
        secrets = [row[0] for row in cursor.fetchall()]
        if not secrets:
            return set()
        cursor.execute(_SHARING, {**facts, "secrets": secrets})
        return {row[0] for row in cursor.fetchall()}


class _LineRow(NamedTuple):
    """The columns of `_LINES` behind those of the place. `first` is -1 for what is detected no more: only its secret still meets others."""

    tool: str
    rule: str
    title: str
    file: str
    kind: int
    cwe: int | None
    cwes: list[int]
    first: int
    last: int
    secret: bytes | None
    place: str

    def line(self, identifier: int) -> Line:
        """The row as grouping wants it."""
        gone = self.first < 0
        return Line(
            id=identifier,
            tool=self.tool,
            rule=self.rule,
            title=self.title,
            file=self.file,
            kind=self.kind,
            cwes=tuple(dict.fromkeys((*([self.cwe] if self.cwe else ()), *self.cwes))),
            first=0 if gone else self.first,
            last=0 if gone else max(self.first, self.last),
            secret=bytes(self.secret) if self.secret is not None else None,
            resource=_PLACE.decode(self.place).resource if self.place else "",
        )
