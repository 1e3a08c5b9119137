"""Clusters: findings of one asset that are one piece of work. Only what this scan touched is looked at.

Rows are loaded by the set, grouped by the recipe that is in force (`rules.kin`), and put where it says: what is in no group is in no
cluster. What a person said of a finding's cluster (`ClusterWord`) is left as it is: what they put apart is not looked at; what they
put together stays, and draws those that the recipe joins with it. One finding leads each cluster (open before closed, then the
worst, then the oldest) and stands for it in lists.
"""

from collections.abc import Collection, Iterable

from django.db import connection

from prodsec.findings.rules.kin import packages
from prodsec.findings.rules.kin.recipes import LATEST, RECIPES, Recipe
from prodsec.findings.rules.kin.rows import Group
from prodsec.findings.services.merging import aliases
from prodsec.findings.services.merging.kin_rows import Loaded, Placed, lines_of, packages_of
from prodsec.findings.types import OPEN_STATES, ClusterRunKind

# While a change of recipe is on its way, assets up to a point have the new one.
_IN_FORCE = """
SELECT CASE WHEN finished_at IS NULL AND done_up_to < %s THEN former ELSE recipe END
FROM findings_clusterrun WHERE kind = ANY(%s) ORDER BY id DESC LIMIT 1
"""
# Whoever leaves a cluster may have stood for it; one of those who stay is enough to choose again.
_STAYED = "SELECT DISTINCT ON (cluster_id) id FROM findings_finding WHERE cluster_id = ANY(%s::bigint[]) ORDER BY cluster_id, id"
_BEST_FIRST = "(f.state = ANY(%(open)s)) DESC, f.severity DESC, f.first_seen_at, f.identity, f.ordinal"
_LEADS = f"""
WITH touched AS (
    SELECT DISTINCT f.cluster_id FROM findings_finding f
    WHERE f.asset_id = %(asset)s AND f.cluster_id IS NOT NULL AND f.id = ANY(%(ids)s::bigint[])),
ranked AS (
    SELECT f.id, row_number() OVER (PARTITION BY f.cluster_id ORDER BY {_BEST_FIRST}) = 1 AS leads
    FROM findings_finding f JOIN touched USING (cluster_id) WHERE f.asset_id = %(asset)s)
UPDATE findings_finding f SET is_lead = ranked.leads FROM ranked WHERE f.id = ranked.id AND f.is_lead <> ranked.leads
"""
_MAKE = """
INSERT INTO findings_cluster (asset_id, key, reason, recipe)
SELECT DISTINCT ON (key) %s::bigint, key, reason, %s::smallint FROM unnest(%s::bytea[], %s::text[]) AS given (key, reason)
ORDER BY key
ON CONFLICT (asset_id, key) DO UPDATE SET reason = excluded.reason,
    recipe = CASE WHEN findings_cluster.recipe = 0 THEN 0 ELSE excluded.recipe END
RETURNING key, id
"""
# Clusters are made first and named by their ids then: a join over the keys of thousands may be planned as a square.
# Who leads is settled with it as far as it is known by now, so that few rows are written again by `choose_leads`.
_JOIN = f"""
WITH ranked AS (
    SELECT f.id, member.cluster_id, row_number() OVER (PARTITION BY member.cluster_id ORDER BY {_BEST_FIRST}) = 1 AS leads
    FROM unnest(%(members)s::bigint[], %(clusters)s::bigint[]) AS member (finding_id, cluster_id)
    JOIN findings_finding f ON f.id = member.finding_id)
UPDATE findings_finding f SET cluster_id = ranked.cluster_id, is_lead = ranked.leads FROM ranked
WHERE f.id = ranked.id AND f.cluster_id IS DISTINCT FROM ranked.cluster_id
RETURNING f.id
"""


def cluster_staged(asset_id: int, files: Collection[str], *, has_secrets: bool) -> list[int]:
    """Put the staged rows' findings into their clusters. Returns the ids that moved, and who stayed. Cost: at most 9 queries.

    files: those with staged rows of code, configuration or secrets.
    """
    recipe = in_force(asset_id)
    loaded = packages_of(asset_id, recipe, staged=True)
    moved = _regroup(asset_id, recipe, loaded, packages.groups_of(loaded.packages, loosely=recipe.names_loosely))
    return moved + cluster_lines(asset_id, files, has_secrets=has_secrets, recipe=recipe)


def cluster_lines(
    asset_id: int, files: Collection[str] | None, *, has_secrets: bool = True, recipe: Recipe | None = None
) -> list[int]:
    """Cluster the findings of code, configuration and secrets as they are now. Returns the ids that moved, and who stayed.

    files: only what stands in these, or shares a secret with them; None for all. Cost: at most 8 queries.
    """
    recipe = recipe or in_force(asset_id)
    loaded = lines_of(asset_id, recipe, files, has_secrets=has_secrets)
    return _regroup(asset_id, recipe, loaded, recipe.group_lines(loaded.lines, loaded.prefixes))


def recluster(asset_id: int, recipe: Recipe) -> list[int]:
    """Cluster a whole asset anew. Returns the ids that moved, and who stayed. Cost: about 12 queries."""
    aliases.learn_from_definitions(asset_id)
    loaded = packages_of(asset_id, recipe, staged=False)
    moved = _regroup(asset_id, recipe, loaded, packages.groups_of(loaded.packages, loosely=recipe.names_loosely))
    return moved + cluster_lines(asset_id, None, recipe=recipe)


def in_force(asset_id: int) -> Recipe:
    """The recipe that an asset's findings are clustered by. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [asset_id, [ClusterRunKind.SWITCH.value, ClusterRunKind.UNDO.value]])
        row = cursor.fetchone()
    return RECIPES[row[0] if row else LATEST]


def choose_leads(asset_id: int, finding_ids: list[int]) -> None:
    """Choose again who leads the clusters of these findings. Cost: 1 query."""
    if finding_ids:
        with connection.cursor() as cursor:
            cursor.execute(_LEADS, {"asset": asset_id, "ids": finding_ids, "open": list(OPEN_STATES)})


def _regroup(asset_id: int, recipe: Recipe, loaded: Loaded, groups: Iterable[Group]) -> list[int]:
    """Put findings into the wanted clusters and all others into none. Returns who moved, and who stayed where somebody left."""
    placed = loaded.placed
    wanted: list[tuple[bytes, str, list[int]]] = []
    joined: set[int] = set()
    for group in groups:
        pinned = next((placed[member] for member in group.members if placed[member].is_pinned), None)
        key, reason = (group.key, group.reason) if pinned is None else (pinned.key or b"", pinned.reason)
        members = [member for member in group.members if not placed[member].is_pinned]
        joined.update(members)
        if any(placed[member].stands_elsewhere(key, reason, recipe.number) for member in members):
            wanted.append((key, reason, members))
    alone = [
        row.id for row in placed.values() if row.cluster is not None and row.id not in joined and not row.is_pinned
    ]
    moved = _join(asset_id, recipe, wanted) if wanted else []
    if alone:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE findings_finding SET cluster_id = NULL, is_lead = true WHERE id = ANY(%s)", [alone])
    return moved + _stayed(placed, (*moved, *alone))


def _join(asset_id: int, recipe: Recipe, wanted: list[tuple[bytes, str, list[int]]]) -> list[int]:
    keys, reasons = [key for key, _, _ in wanted], [reason for _, reason, _ in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, [asset_id, recipe.number, keys, reasons])
        made = {bytes(key): cluster for key, cluster in cursor.fetchall()}
        pairs = [(member, made[key]) for key, _, group in wanted for member in group]
        members, clusters = [member for member, _ in pairs], [cluster for _, cluster in pairs]
        cursor.execute(_JOIN, {"members": members, "clusters": clusters, "open": list(OPEN_STATES)})
        return [row[0] for row in cursor.fetchall()]


def _stayed(placed: dict[int, Placed], left: Iterable[int]) -> list[int]:
    clusters = {cluster for one in left if (cluster := placed[one].cluster) is not None}
    if not clusters:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STAYED, [sorted(clusters)])
        return [row[0] for row in cursor.fetchall()]
