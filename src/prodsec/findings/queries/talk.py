"""Reads about what people say: one comment, what it said before, and who can be named in one."""

import datetime
from dataclasses import dataclass

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import Named
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Comment, CommentVersion
from prodsec.findings.queries.detail import CommentFacts, comment_facts, require_visible
from prodsec.findings.queries.listing import visible
from prodsec.findings.types import CommentNotFoundError, FindingNotFoundError
from prodsec.inventory import queries as inventory

MOST_OFFERED = 8


@dataclass(frozen=True)
class Version:
    """What a comment said until then."""

    body: str
    until: datetime.datetime


def comment(viewer: Viewer, finding_id: int, comment_id: int) -> CommentFacts:
    """One comment that was not taken back. Raises: FindingNotFoundError, CommentNotFoundError. Cost: 2 queries."""
    require_visible(viewer, finding_id)
    found = Comment.objects.filter(pk=comment_id, finding_id=finding_id, removed_at=None).first()
    if found is None:
        raise CommentNotFoundError(f"There is no comment {comment_id} on finding {finding_id}.")
    return comment_facts(found)


def comment_versions(viewer: Viewer, finding_id: int, comment_id: int) -> list[Version]:
    """What a comment said before, newest first; of one that was taken back only for who may read the record of activity.

    Raises: FindingNotFoundError, CommentNotFoundError. Cost: 3 queries.
    """
    require_visible(viewer, finding_id)
    rows = Comment.objects.filter(pk=comment_id, finding_id=finding_id)
    if not accounts.holds(viewer, Permission.ACTIVITY_READ):
        rows = rows.filter(removed_at=None)
    if not rows.exists():
        raise CommentNotFoundError(f"There is no comment {comment_id} on finding {finding_id}.")
    versions = CommentVersion.objects.filter(comment_id=comment_id).order_by("-id")
    return [Version(row.body, row.replaced_at) for row in versions]


def mentionable(viewer: Viewer, finding_id: int, text: str) -> list[Named]:
    """Who can be named on a finding and whose handle or name begins like this: people who may see it, teams with such people.

    Raises: FindingNotFoundError. Cost: 6 queries.
    """
    found = visible(viewer).select_related("asset").filter(pk=finding_id).first()
    if found is None:
        raise FindingNotFoundError(f"There is no finding {finding_id}.")
    readers, wanted = inventory.readers_of(found.asset), text.strip().lower()
    named = [one for one in accounts.everybody_named() if _begins(one, wanted)]
    members = accounts.members_of({one.team_id for one in named if one.team_id is not None})
    offered = [
        one
        for one in named
        if (one.person_id in readers if one.team_id is None else members.get(one.team_id, set()) & readers)
    ]
    return sorted(offered, key=lambda one: not one.handle.startswith(wanted))[:MOST_OFFERED]


def _begins(one: Named, wanted: str) -> bool:
    return one.handle.startswith(wanted) or any(word.startswith(wanted) for word in one.name.lower().split())
