"""Clusters: findings of one asset that are one piece of work. Only what this scan touched is looked at.

Keys that rows share (a secret, a vulnerability in a package) are set statements; code needs lines: per file and family of weakness, what
overlaps is one cluster. One finding leads each cluster (open before closed, then the worst, then the oldest) and stands for it in lists.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

from prodsec.findings.rules import clusters
from prodsec.findings.types import OPEN_STATES
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
members AS (SELECT key, one AS id FROM peers UNION SELECT key, other FROM peers)
UPDATE findings_finding f SET cluster_id = made.id
FROM members JOIN made USING (key)
WHERE f.id = members.id AND f.cluster_id IS DISTINCT FROM made.id
RETURNING f.id
"""
_CODE = """
SELECT f.id, d.tool, f.file, f.cwe, f.line, greatest(coalesce(f.end_line, f.line), f.line), f.cluster_id
FROM findings_finding f JOIN findings_definition d ON d.id = f.definition_id
WHERE f.asset_id = %(asset)s AND f.file = ANY(%(files)s) AND f.kind = ANY(%(kinds)s) AND f.detected
    AND (f.cwe IS NOT NULL AND f.line IS NOT NULL OR f.cluster_id IS NOT NULL)
"""
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
    """Put the staged rows' findings into their clusters. Returns the ids that moved. Cost: at most 5 queries.

    code_files: files in which staged rows of code name a weakness.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEYED, {"asset": asset_id})
        moved = [row[0] for row in cursor.fetchall()]
    return moved + cluster_code(asset_id, code_files)


def cluster_code(asset_id: int, files: Collection[str]) -> list[int]:
    """Cluster the findings of code in these files as they are now. Returns the ids that joined another. Cost: at most 4 queries."""
    facts: dict[str, Parameter] = {"asset": asset_id, "files": sorted(files), "kinds": sorted(clusters.CODE_KINDS)}
    with connection.cursor() as cursor:
        cursor.execute(_TOOLS, facts)
        if not files or cursor.fetchone()[0] < 2:
            return []
        cursor.execute(_CODE, facts)
        return _cluster_code(asset_id, cursor.fetchall())


def choose_leads(asset_id: int, finding_ids: list[int]) -> None:
    """Choose again who leads the clusters of these findings. Cost: 1 query."""
    if finding_ids:
        with connection.cursor() as cursor:
            cursor.execute(_LEADS, {"asset": asset_id, "ids": finding_ids, "open": list(OPEN_STATES)})


def _cluster_code(
    asset_id: int, rows: list[tuple[int, str, str, int | None, int | None, int, int | None]]
) -> list[int]:
    """Overlapping lines of one family of weakness, as two or more tools see them; what overlaps no longer is in no cluster."""
    groups: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
    tools, starts, before = {}, {}, {}
    for finding, tool, file, cwe, first, last, cluster in rows:
        before[finding] = cluster
        family = clusters.family_of(cwe)
        if family is not None and first is not None:
            groups[file, family].append((finding, first, last))
            tools[finding], starts[finding] = tool, first
    keys, reasons, members, member_keys = [], [], [], []
    for (file, family), lines in sorted(groups.items()):
        for group in clusters.overlapping(lines):
            if len({tools[finding] for finding in group}) < 2:
                continue
            key = clusters.code_key(family, file, min(starts[finding] for finding in group))
            keys.append(key)
            reasons.append(f"CWE-{family} in {file}, overlapping lines")
            members += group
            member_keys += [key] * len(group)
    joined = set(members)
    alone = [finding for finding, cluster in before.items() if cluster is not None and finding not in joined]
    moved: list[int] = []
    with connection.cursor() as cursor:
        if members:
            cursor.execute(_JOIN_CODE, [asset_id, keys, reasons, members, member_keys])
            moved = [row[0] for row in cursor.fetchall()]
        if alone:
            cursor.execute("UPDATE findings_finding SET cluster_id = NULL, is_lead = true WHERE id = ANY(%s)", [alone])
    return moved


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
