"""Aliases: which ids an asset's own reports call one vulnerability. A report about one asset says nothing of another's."""

from collections.abc import Mapping

from django.db import connection

from prodsec.findings.rules.kin.packages import aliases_of

_INSERT = """
INSERT INTO findings_vulnerabilityalias (asset_id, alias, vulnerability)
SELECT %s, alias, vulnerability FROM unnest(%s::text[], %s::text[]) AS told (alias, vulnerability)
ON CONFLICT (asset_id, alias) DO NOTHING
"""
# PYSEC-… was GHSA-…, and GHSA-… is CVE-… now: all are the CVE.
_FLATTEN = """
UPDATE findings_vulnerabilityalias one SET vulnerability = other.vulnerability FROM findings_vulnerabilityalias other
WHERE one.asset_id = %s AND other.asset_id = one.asset_id AND one.vulnerability = other.alias
"""
_OF_DEFINITIONS = """
SELECT DISTINCT d.ids FROM findings_definition d JOIN findings_finding f ON f.definition_id = d.id
WHERE f.asset_id = %s AND f.vulnerability_id <> '' AND cardinality(d.ids) > 1
"""


def learn(asset_id: int, told: Mapping[str, str]) -> None:
    """Take in what a report calls the same: alias → the id that stands for it. What was told first stands. Cost: 2 queries."""
    if not told:
        return
    aliases = sorted(told)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [asset_id, aliases, [told[alias] for alias in aliases]])
        if cursor.rowcount:
            cursor.execute(_FLATTEN, [asset_id])


def known(asset_id: int, ids: list[str] | None) -> dict[str, str]:
    """Which id stands for which: all that an asset's reports told, or only what has to do with these ids. Cost: at most 2 queries."""
    statement = "SELECT alias, vulnerability FROM findings_vulnerabilityalias WHERE asset_id = %s"
    with connection.cursor() as cursor:
        if ids is None:
            cursor.execute(statement, [asset_id])
            return dict(cursor.fetchall())
        cursor.execute(f"{statement} AND alias = ANY(%s)", [asset_id, ids])
        stands_for = dict(cursor.fetchall())
        cursor.execute(f"{statement} AND vulnerability = ANY(%s)", [asset_id, sorted({*ids, *stands_for.values()})])
        return stands_for | dict(cursor.fetchall())


def learn_from_definitions(asset_id: int) -> None:
    """Take in what the stored texts of an asset's findings call the same. Cost: 3 queries."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_DEFINITIONS, [asset_id])
        rows = sorted(tuple(row[0]) for row in cursor.fetchall())
    told: dict[str, str] = {}
    for ids in rows:
        note(told, ids)
    learn(asset_id, told)


def note(told: dict[str, str], ids: tuple[str, ...]) -> None:
    """Note what the ids of one row say of each other."""
    found = aliases_of(ids)
    if found is not None:
        first, others = found
        for other in others:
            told[other] = min(told.get(other, first), first)
