"""Recipes of clusters, changed in steps: a shadow run says what another recipe would join and take apart, a switch does it, an undo
brings the former one back. Each goes through the installation a batch of assets at a time, may break off at any of them, and goes on
where it was. What people said of clusters holds throughout.

Locks: the assets of a batch, in the order of their ids, as an import locks its one.
"""

from django.db import connection, transaction

from prodsec.accounts.types import Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import ClusterRun
from prodsec.findings.rules.drift import Link, links_between
from prodsec.findings.rules.kin.recipes import LATEST, RECIPES, Recipe
from prodsec.findings.services.merging import clustering
from prodsec.findings.types import ClusterRunKind, RecipeError
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.kit.sql import Parameter

BATCH_ASSETS = 20
_NEXT = """
SELECT a.id FROM inventory_asset a WHERE a.id > %s AND EXISTS (SELECT FROM findings_finding f WHERE f.asset_id = a.id)
ORDER BY a.id LIMIT %s
"""
_CLUSTERS = "SELECT id, cluster_id FROM findings_finding WHERE asset_id = %s AND cluster_id IS NOT NULL"
# A row a pair of rules, in the order of their names, with the first example that was met.
_NOTE = """
INSERT INTO findings_clusterdrift AS known (run_id, gained, tool, rule, other_tool, other_rule, joins, example_id, other_example_id, reason)
SELECT %(run)s, %(gained)s, tool, rule, other_tool, other_rule, count(*), min(one), (array_agg(two ORDER BY one))[1], (array_agg(reason ORDER BY one))[1]
FROM (
    SELECT least((a.tool, a.rule), (b.tool, b.rule)) = (a.tool, a.rule) AS ordered, a.tool AS a_tool, a.rule AS a_rule,
        b.tool AS b_tool, b.rule AS b_rule, link.one AS a_id, link.two AS b_id, coalesce(link.reason, '') AS reason
    FROM unnest(%(ones)s::bigint[], %(twos)s::bigint[], %(reasons)s::text[]) AS link (one, two, reason)
    JOIN findings_finding f ON f.id = link.one JOIN findings_definition a ON a.id = f.definition_id
    JOIN findings_finding g ON g.id = link.two JOIN findings_definition b ON b.id = g.definition_id) told
CROSS JOIN LATERAL (SELECT
    CASE WHEN ordered THEN a_tool ELSE b_tool END AS tool, CASE WHEN ordered THEN a_rule ELSE b_rule END AS rule,
    CASE WHEN ordered THEN b_tool ELSE a_tool END AS other_tool, CASE WHEN ordered THEN b_rule ELSE a_rule END AS other_rule,
    CASE WHEN ordered THEN a_id ELSE b_id END AS one, CASE WHEN ordered THEN b_id ELSE a_id END AS two) turned
GROUP BY tool, rule, other_tool, other_rule
ON CONFLICT (run_id, gained, tool, rule, other_tool, other_rule) DO UPDATE SET joins = known.joins + excluded.joins
"""


def begin(viewer: Viewer, *, kind: ClusterRunKind, recipe: int | None = None) -> ClusterRun:
    """Begin a run, or take up the one of this kind and recipe that broke off. `recipe`: the latest when not told; not for an undo.

    Raises: ForbiddenError for who is no admin; InvalidError for a recipe nobody knows; RecipeError when another run is open, when the
    recipe is in force already, or when there is no switch to undo. Cost: 5 queries.
    """
    if not viewer.is_admin:
        raise ForbiddenError("Recipes of clusters are for admins; they concern every asset.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('findings.recipes', 0))")
    last = ClusterRun.objects.exclude(kind=ClusterRunKind.SHADOW).order_by("-pk").first()
    number = _wanted(kind, recipe, last)
    unfinished = ClusterRun.objects.filter(finished_at__isnull=True).first()
    if unfinished is not None:
        if (unfinished.kind, unfinished.recipe) == (kind, number):
            return unfinished
        word = ClusterRunKind(unfinished.kind).word
        raise RecipeError(
            f"A {word} to recipe {unfinished.recipe} is not finished; run `prodsec clusters {word}` to its end first."
        )
    in_force = last.recipe if last else LATEST
    if number == in_force:
        raise RecipeError(f"Recipe {number} is in force already.")
    run = ClusterRun.objects.create(kind=kind, recipe=number, former=in_force, actor_name=viewer.name)
    _record(viewer, run, "begun")
    return run


def _wanted(kind: ClusterRunKind, recipe: int | None, last: ClusterRun | None) -> int:
    if kind is ClusterRunKind.UNDO:
        is_open = last is not None and last.kind == kind and last.finished_at is None
        if last is None or (not is_open and (last.kind != ClusterRunKind.SWITCH or last.former == last.recipe)):
            raise RecipeError("There is no switch to undo.")
        return last.recipe if is_open else last.former
    number = recipe or LATEST
    if number not in RECIPES:
        known = ", ".join(map(str, sorted(RECIPES)))
        raise InvalidError(f"there is no recipe {number}; there are {known}", place="recipe")
    return number


def go_on(viewer: Viewer, run: ClusterRun) -> bool:
    """Do the next batch of assets. Returns whether there is more to do. Cost: about 20 queries an asset; constant in its findings."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [run.done_up_to, BATCH_ASSETS])
        assets = [row[0] for row in cursor.fetchall()]
    for asset in assets:
        _one(run, asset)
        run.done_up_to, run.assets = asset, run.assets + 1
    if len(assets) < BATCH_ASSETS:
        run.finished_at = clock.now()
        _record(viewer, run, "finished")
    run.save()
    return run.finished_at is None


def _one(run: ClusterRun, asset: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"findings.asset/{asset}"])
    before = _clusters(asset)
    reasons = _reasons(asset)
    recipe = RECIPES[run.recipe]
    if run.kind == ClusterRunKind.SHADOW:
        before_it = transaction.savepoint()
        _recluster(asset, recipe)
        after, reasons = _clusters(asset), reasons | _reasons(asset)
        transaction.savepoint_rollback(before_it)
    else:
        _recluster(asset, recipe)
        after, reasons = _clusters(asset), reasons | _reasons(asset)
    gained, lost = links_between(before, after)
    run.gained += len(gained)
    run.lost += len(lost)
    for links, side, is_gain in ((gained, after, True), (lost, before, False)):
        _note(run, links, [reasons.get(side[link.finding], "") for link in links], gained=is_gain)


def _recluster(asset: int, recipe: Recipe) -> None:
    clustering.choose_leads(asset, clustering.recluster(asset, recipe))


def _clusters(asset: int) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_CLUSTERS, [asset])
        return dict(cursor.fetchall())


def _reasons(asset: int) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, reason FROM findings_cluster WHERE asset_id = %s", [asset])
        return dict(cursor.fetchall())


def _note(run: ClusterRun, links: list[Link], reasons: list[str], *, gained: bool) -> None:
    if links:
        ones, twos = [link.finding for link in links], [link.other for link in links]
        facts: dict[str, Parameter | list[int]] = {
            "run": run.pk,
            "gained": gained,
            "ones": ones,
            "twos": twos,
            "reasons": reasons,
        }
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, facts)


def _record(viewer: Viewer, run: ClusterRun, what: str) -> None:
    activity.record(
        viewer, f"clusters.{ClusterRunKind(run.kind).word}_{what}", object_type="recipe", object_id=run.recipe,
        details={"run": run.pk, "former": run.former, "assets": run.assets, "gained": run.gained, "lost": run.lost},
    )  # fmt: skip
