"""Clusters: findings of one asset that are one piece of work. Only what this scan touched is looked at.

Keys that rows share (a secret, a vulnerability in a package) are set statements; code needs lines: per file and family of weakness, what
overlaps is one cluster. What a person said of a finding's cluster (`ClusterWord`) is left as it is. One finding leads each cluster (open before closed, then the worst, then the oldest) and stands for it in lists.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from prodsec.findings.rules import clusters
from prodsec.findings.types import OPEN_STATES, ClusterWordKind
from prodsec.kit.sql import Parameter

# A cluster is made only where two findings of the asset share a key, so that a lone finding costs one look by index.
_KEYED = """
WITH peers AS (
    SELECT s.cluster_key AS key, s.cluster_reason AS reason, s.finding_id AS one, f.id AS other
    FROM findings_staged s JOIN findings_finding f ON f.asset_id = %(asset)s AND f.vulnerability_id = s.vulnerability_id
        AND lower(f.component_name) = lower(s.component_name) AND f.id <> s.finding_id
    WHERE s.cluster_key IS NOT NULL AND s.vulnerability_id <> ''
    UNION ALL
    SELECT s.cluster_key, s.cluster_reason, s.finding_id, f.id
    FROM findings_staged s JOIN findings_finding f ON f.asset_id = %(asset)s AND f.secret_hash = s.secret_hash
        AND f.id <> s.finding_id
    WHERE s.cluster_key IS NOT NULL AND s.secret_hash IS NOT NULL),
made AS (
    INSERT INTO findings_cluster (asset_id, key, reason)
    SELECT %(asset)s, key, min(reason) FROM peers GROUP BY key ORDER BY key
    ON CONFLICT (asset_id, key) DO UPDATE SET reason = findings_cluster.reason RETURNING id, key),
members AS (SELECT key, one AS id FROM peers UNION SELECT key, other FROM peers),
said AS (
    SELECT m.key, m.id, w.kind, f.cluster_id FROM members m JOIN findings_finding f ON f.id = m.id
    JOIN findings_clusterword w ON w.finding_id = m.id AND w.withdrawn_at IS NULL),
target AS (
    SELECT made.key, coalesce(min(said.cluster_id) FILTER (WHERE said.kind = %(together)s), min(made.id)) AS id
    FROM made LEFT JOIN said USING (key) GROUP BY made.key)
UPDATE findings_finding f SET cluster_id = target.id
FROM members JOIN target USING (key), findings_finding old
WHERE f.id = members.id AND old.id = f.id AND f.cluster_id IS DISTINCT FROM target.id
    AND NOT EXISTS (SELECT FROM said WHERE said.id = f.id)
RETURNING f.id, old.cluster_id
"""
_CODE = """
SELECT f.id, d.tool, f.file, f.cwe, f.line, greatest(coalesce(f.end_line, f.line), f.line), f.cluster_id, w.kind, c.key, c.reason
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
LEFT JOIN findings_clusterword w ON w.finding_id = f.id AND w.withdrawn_at IS NULL
LEFT JOIN findings_cluster c ON c.id = f.cluster_id AND w.kind = %(together)s
WHERE f.asset_id = %(asset)s AND f.file = ANY(%(files)s) AND f.kind = ANY(%(kinds)s) AND f.detected
    AND (f.cwe IS NOT NULL AND f.line IS NOT NULL OR f.cluster_id IS NOT NULL)
"""
# Whoever leaves a cluster may have stood for it; one of those who stay is enough to choose again.
_STAYED = "SELECT DISTINCT ON (cluster_id) id FROM findings_finding WHERE cluster_id = ANY(%s::bigint[]) ORDER BY cluster_id, id"
_TOOLS = "SELECT count(DISTINCT tool) FROM scans_scope WHERE asset_id = %(asset)s"
_LEADS = """
WITH touched AS (
    SELECT DISTINCT f.cluster_id FROM findings_finding f
    WHERE f.asset_id = %(asset)s AND f.cluster_id IS NOT NULL AND f.id = ANY(%(ids)s::bigint[])),
ranked AS (
    SELECT f.id, row_number() OVER (PARTITION BY f.cluster_id
        ORDER BY (f.state = ANY(%(open)s)) DESC, f.severity DESC, f.first_seen_at, f.identity, f.ordinal) = 1 AS leads
    FROM findings_finding f JOIN touched USING (cluster_id) WHERE f.asset_id = %(asset)s)
UPDATE findings_finding f SET is_lead = ranked.leads FROM ranked WHERE f.id = ranked.id AND f.is_lead <> ranked.leads
"""


def cluster_staged(asset_id: int, code_files: Collection[str]) -> list[int]:
    """Put the staged rows' findings into their clusters. Returns the ids that moved, and who stayed. Cost: at most 7 queries.

    code_files: files in which staged rows of code name a weakness.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEYED, {"asset": asset_id, "together": ClusterWordKind.TOGETHER.value})
        rows = cursor.fetchall()
    left = {cluster for _, cluster in rows if cluster is not None}
    return [finding for finding, _ in rows] + _stayed(left) + cluster_code(asset_id, code_files)


def cluster_code(asset_id: int, files: Collection[str]) -> list[int]:
    """Cluster the findings of code in these files as they are now. Returns the ids that joined another, and who stayed. Cost: at most 5 queries."""
    facts: dict[str, Parameter] = {
        "asset": asset_id,
        "files": sorted(files),
        "kinds": sorted(clusters.CODE_KINDS),
        "together": ClusterWordKind.TOGETHER.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOOLS, facts)
        if not files or cursor.fetchone()[0] < 2:
            return []
        cursor.execute(_CODE, facts)
        return _cluster_code(asset_id, [_Row(*row) for row in cursor.fetchall()])


def choose_leads(asset_id: int, finding_ids: list[int]) -> None:
    """Choose again who leads the clusters of these findings. Cost: 1 query."""
    if finding_ids:
        with connection.cursor() as cursor:
            cursor.execute(_LEADS, {"asset": asset_id, "ids": finding_ids, "open": list(OPEN_STATES)})


@dataclass(frozen=True)
class _Row:
    """A finding of code, with the word of a person that holds for it, and the cluster which that word put it in."""

    id: int
    tool: str
    file: str
    cwe: int | None
    first: int | None
    last: int
    cluster: int | None
    word: int | None
    key: bytes | None
    reason: str | None

    @property
    def is_pinned(self) -> bool:
        """Whether a person put it where it is."""
        return self.word == ClusterWordKind.TOGETHER and self.key is not None


def _cluster_code(asset_id: int, found: list[_Row]) -> list[int]:
    """Overlapping lines of one family of weakness, as two or more tools see them; what overlaps no longer is in no cluster.

    What a person put apart is not looked at; what a person put together stays, and draws those that overlap it.
    """
    rows = {row.id: row for row in found if row.word != ClusterWordKind.APART}
    groups: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
    for row in rows.values():
        family = clusters.family_of(row.cwe)
        if family is not None and row.first is not None:
            groups[row.file, family].append((row.id, row.first, row.last))
    wanted: list[tuple[bytes, str, list[int]]] = []
    for (file, family), lines in sorted(groups.items()):
        for group in clusters.overlapping(lines):
            if len({rows[finding].tool for finding in group}) < 2:
                continue
            pinned = next((rows[finding] for finding in group if rows[finding].is_pinned), None)
            key = clusters.code_key(family, file, min(rows[finding].first or 0 for finding in group))
            reason = f"CWE-{family} in {file}, overlapping lines"
            if pinned is not None and pinned.key is not None:
                key, reason = bytes(pinned.key), pinned.reason or ""
            wanted.append((key, reason, [finding for finding in group if not rows[finding].is_pinned]))
    return _regroup(asset_id, rows, wanted)


def _regroup(asset_id: int, rows: dict[int, _Row], wanted: list[tuple[bytes, str, list[int]]]) -> list[int]:
    """Put findings into the wanted clusters and all others into none. Returns who moved, and who stayed where somebody left."""
    members = [finding for _, _, group in wanted for finding in group]
    joined = set(members)
    alone = [row.id for row in rows.values() if row.cluster is not None and row.id not in joined and not row.is_pinned]
    moved: list[int] = []
    with connection.cursor() as cursor:
        if members:
            member_keys = [key for key, _, group in wanted for _ in group]
            keys, reasons = [key for key, _, _ in wanted], [reason for _, reason, _ in wanted]
            cursor.execute(_JOIN_CODE, [asset_id, keys, reasons, members, member_keys])
            moved = [row[0] for row in cursor.fetchall()]
        if alone:
            cursor.execute("UPDATE findings_finding SET cluster_id = NULL, is_lead = true WHERE id = ANY(%s)", [alone])
    return moved + _stayed({cluster for one in (*moved, *alone) if (cluster := rows[one].cluster) is not None})


def _stayed(cluster_ids: set[int]) -> list[int]:
    if not cluster_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STAYED, [sorted(cluster_ids)])
        return [row[0] for row in cursor.fetchall()]


_JOIN_CODE = """
WITH made AS (
    INSERT INTO findings_cluster (asset_id, key, reason)
    SELECT DISTINCT ON (key) %s::bigint, key, reason FROM unnest(%s::bytea[], %s::text[]) AS given (key, reason) ORDER BY key
    ON CONFLICT (asset_id, key) DO UPDATE SET reason = excluded.reason RETURNING id, key)
UPDATE findings_finding f SET cluster_id = made.id
FROM unnest(%s::bigint[], %s::bytea[]) AS member (finding_id, key) JOIN made USING (key)
WHERE f.id = member.finding_id AND f.cluster_id IS DISTINCT FROM made.id
RETURNING f.id
"""
