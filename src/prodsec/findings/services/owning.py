"""Findings that change hands in numbers: with the assets they are in, with the files they are in, with a team that ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Finding
from prodsec.findings.services.locking import lock_assets
from prodsec.findings.types import EventKind
from prodsec.inventory.queries import Owners
from prodsec.kit import clock

_HAND_OVER = f"""
WITH handed AS (
    UPDATE findings_finding SET owner_team_id = %(heir)s WHERE owner_team_id = %(team)s RETURNING id, asset_id)
INSERT INTO findings_findingevent (asset_id, finding_id, actor_id, at, kind, reason, data)
SELECT asset_id, id, %(actor)s, %(now)s, {EventKind.OWNER_CHANGED.value}, %(reason)s,
    jsonb_build_object('from', %(team)s::bigint, 'to', %(heir)s::bigint)::text
FROM handed
"""

# What a person gave to another team stays there. Zero stands for nobody.
_FOLLOW = f"""
WITH changed AS (SELECT * FROM unnest(%(assets)s::bigint[], %(files)s::text[], %(olds)s::bigint[], %(news)s::bigint[])
    AS c (asset_id, file, old, new)),
followed AS (
    UPDATE findings_finding f SET owner_team_id = nullif(c.new, 0) FROM changed c
    WHERE f.asset_id = c.asset_id AND coalesce(f.owner_team_id, 0) = c.old AND (f.file = c.file OR NOT %(by_file)s)
    RETURNING f.id, f.asset_id, nullif(c.old, 0) AS old, nullif(c.new, 0) AS new)
INSERT INTO findings_findingevent (asset_id, finding_id, actor_id, at, kind, reason, data)
SELECT asset_id, id, %(actor)s, %(now)s, {EventKind.OWNER_CHANGED.value}, %(reason)s,
    jsonb_build_object('from', old, 'to', new)::text
FROM followed
"""


@dataclass(frozen=True)
class Handed:
    """An asset, or a file in it, that went from one team (None: nobody) to another."""

    asset_id: int
    old: int | None
    new: int | None
    file: str = ""


def follow_assets(viewer: Viewer, handed: Sequence[Handed]) -> int:
    """Findings that had the owner of their asset have its new one. Returns of how many. Cost: 2 statements.

    The caller was allowed to hand the assets over.
    """
    return _follow(viewer, handed, by_file=False, reason="its asset has another owner")


def follow_files(viewer: Viewer, asset_id: int, before: Owners, after: Owners) -> int:
    """Findings that had the owner of their file have its new one. Returns of how many. Cost: 3 statements.

    The caller was allowed to say who owns which file.
    """
    files = Finding.objects.filter(asset_id=asset_id).values_list("file", flat=True).distinct()
    handed = [Handed(asset_id, before.of(file), after.of(file), file) for file in files]
    return _follow(
        viewer, [one for one in handed if one.old != one.new], by_file=True, reason="CODEOWNERS name another owner"
    )


def _follow(viewer: Viewer, handed: Sequence[Handed], *, by_file: bool, reason: str) -> int:
    if not handed:
        return 0
    lock_assets(one.asset_id for one in handed)
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLLOW,
            {
                "assets": [one.asset_id for one in handed],
                "files": [one.file for one in handed],
                "olds": [one.old or 0 for one in handed],
                "news": [one.new or 0 for one in handed],
                "by_file": by_file,
                "actor": viewer.person_id,
                "now": clock.now(),
                "reason": reason,
            },
        )
        followed: int = cursor.rowcount
    return followed


def hand_over(viewer: Viewer, team_id: int, heir_id: int, *, reason: str) -> int:
    """Make another team the owner of all findings of this one, closed ones too. Returns of how many. For admins.

    Raises: NotPermittedError, TeamNotFoundError. Cost: 1 statement that looks at all findings, 4 queries more.
    """
    accounts.require(viewer, Permission.FINDING_DECIDE)
    accounts.team(viewer, heir_id)
    with connection.cursor() as cursor:
        cursor.execute(
            _HAND_OVER,
            {"team": team_id, "heir": heir_id, "actor": viewer.person_id, "now": clock.now(), "reason": reason},
        )
        handed: int = cursor.rowcount
    if handed:
        activity.record(
            viewer, "finding.owner_changed", object_type="team", object_id=team_id, reason=reason,
            details={"from": team_id, "to": heir_id, "count": handed},
        )  # fmt: skip
    return handed
