"""What people say about a finding: comments, their changes, and who hears of them.

Whoever may see the finding and is named, owns it, works on it, takes part or watches is told; nobody else is.
"""

from collections.abc import Iterable

import msgspec
from django.utils.translation import gettext as _

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings.models import Comment, CommentVersion, Finding, FindingEvent
from prodsec.findings.types import CommentNotFoundError, EventKind, FindingNotFoundError
from prodsec.inventory import queries as inventory
from prodsec.kit import clock, markdown
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.notifications import queries as notices
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Said
from prodsec.vocabulary.severity import Severity

LONGEST_COMMENT = 20_000
_LONGEST_EXCERPT = 400


def comment(viewer: Viewer, finding_id: int, body: str) -> int:
    """Say something about a finding, in Markdown. Returns the comment's id.

    Raises: FindingNotFoundError, ForbiddenError, InvalidError.
    """
    text = _written(body)
    finding = _commentable(viewer, finding_id)
    made = Comment.objects.create(
        asset_id=finding.asset_id, finding=finding, author_id=viewer.person_id, author_name=viewer.name, body=text
    )
    _record(viewer, finding, EventKind.COMMENTED, made)
    _tell(viewer, finding, made)
    return made.pk


def edit_comment(viewer: Viewer, finding_id: int, comment_id: int, body: str) -> int:
    """Say it otherwise; what was said before is kept. Who is named now and was not is told. Returns the comment's id.

    Raises: as `comment`, CommentNotFoundError; ForbiddenError for somebody else's.
    """
    text = _written(body)
    finding = _commentable(viewer, finding_id)
    found = _own(viewer, finding, comment_id)
    if found.body == text:
        return found.pk
    now = clock.now()
    CommentVersion.objects.create(asset_id=finding.asset_id, comment=found, body=found.body, replaced_at=now)
    found.body, found.edited_at = text, now
    found.save(update_fields=["body", "edited_at"])
    _record(viewer, finding, EventKind.COMMENT_EDITED, found)
    notifications.reword(_keys(found), body=_excerpt(text))
    _tell(viewer, finding, found)
    return found.pk


def remove_comment(viewer: Viewer, finding_id: int, comment_id: int) -> int:
    """Take back what one said: it is shown no more, and told no more. Returns the comment's id. Raises: as `edit_comment`."""
    finding = _commentable(viewer, finding_id)
    found = _own(viewer, finding, comment_id)
    now = clock.now()
    CommentVersion.objects.create(asset_id=finding.asset_id, comment=found, body=found.body, replaced_at=now)
    found.body, found.removed_at = "", now
    found.save(update_fields=["body", "removed_at"])
    _record(viewer, finding, EventKind.COMMENT_REMOVED, found)
    notifications.withdraw(_keys(found))
    return found.pk


def _written(body: str) -> str:
    text = body.replace("\x00", "").strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise InvalidError(f"write 1 to {LONGEST_COMMENT} characters", place="body")
    return text


def _commentable(viewer: Viewer, finding_id: int) -> Finding:
    visible = inventory.visible_to(viewer, Permission.FINDING_READ)
    found = Finding.objects.select_related("asset", "definition").filter(pk=finding_id, asset__in=visible).first()
    if found is None:
        raise FindingNotFoundError(f"There is no finding {finding_id}.")
    if not inventory.may(viewer, Permission.FINDING_COMMENT, found.asset):
        raise ForbiddenError(f"Your role on {found.asset.path} does not let you comment.")
    return found


def _own(viewer: Viewer, finding: Finding, comment_id: int) -> Comment:
    rows = Comment.objects.select_for_update().filter(pk=comment_id, finding=finding, removed_at=None)
    found = rows.first()
    if found is None:
        raise CommentNotFoundError(f"There is no comment {comment_id} on finding {finding.pk}.")
    if viewer.person_id is None or found.author_id != viewer.person_id:
        raise ForbiddenError("Only who wrote a comment changes or removes it.")
    return found


def _record(viewer: Viewer, finding: Finding, kind: EventKind, said: Comment) -> None:
    FindingEvent.objects.create(
        asset_id=finding.asset_id, finding=finding, actor_id=viewer.person_id, at=clock.now(), kind=kind,
        data=msgspec.json.encode({"comment": said.pk}).decode(),
    )  # fmt: skip
    activity.record(
        viewer, f"finding.{kind.word}", object_type="finding", object_id=finding.pk, asset_id=finding.asset_id,
        details={"comment": said.pk},
    )  # fmt: skip


def _tell(viewer: Viewer, finding: Finding, said: Comment) -> None:
    """Those who are named, at once; then those whom the finding concerns. A second time, only who was not told."""
    readers = inventory.readers_of(finding.asset)
    people, teams = _named(said.body, readers)
    title = finding.title or finding.definition.title
    mention = _("{name} mentions you on “{title}”").format(name=viewer.name, title=title)
    notifications.notify(
        viewer, _said(finding, said, NoticeKind.MENTION, mention), people=people & readers, teams=teams
    )
    if said.edited_at is not None:
        return
    remark = _("{name} says something on “{title}”").format(name=viewer.name, title=title)
    concerned = (_concerned(finding, said) & readers) - people
    notifications.notify(
        viewer,
        _said(finding, said, NoticeKind.COMMENT, remark),
        people=concerned,
        teams={finding.owner_team_id} - teams,
    )


def _named(text: str, readers: set[int]) -> tuple[set[int], set[int | None]]:
    """The people and teams that a text names; of a team, those of its people who may read it. Nobody else learns of it."""
    wanted = {handle.lower() for handle in markdown.handles(text)}
    if not wanted:
        return set(), set()
    named = [one for one in accounts.everybody_named() if one.handle.lower() in wanted]
    people = {one.person_id for one in named if one.person_id is not None}
    members = accounts.members_of({one.team_id for one in named if one.team_id is not None})
    teams: set[int | None] = {team_id for team_id, inside in members.items() if inside & readers}
    return people.union(*members.values()), teams


def _concerned(finding: Finding, said: Comment) -> set[int]:
    """Who owns the finding, works on it, took part before, or watches it."""
    took_part = Comment.objects.filter(finding=finding, author__isnull=False).exclude(pk=said.pk)
    people = set(took_part.values_list("author_id", flat=True))
    people |= notices.watchers(finding.pk, finding.asset.ancestors)
    owners: Iterable[int] = () if finding.owner_team_id is None else (finding.owner_team_id,)
    people = people.union(*accounts.members_of(owners).values())
    return people if finding.assignee_id is None else people | {finding.assignee_id}


def _said(finding: Finding, said: Comment, kind: NoticeKind, title: str) -> Said:
    return Said(
        kind=kind,
        title=title,
        link=f"/findings/{finding.pk}/#comment-{said.pk}",
        object_type="finding",
        object_id=str(finding.pk),
        asset_id=finding.asset_id,
        body=_excerpt(said.body),
        place=finding.asset.path,
        severity=Severity(finding.severity),
        key=f"comment:{said.pk}:{kind.value}",
    )


def _keys(said: Comment) -> list[str]:
    return [f"comment:{said.pk}:{kind.value}" for kind in (NoticeKind.MENTION, NoticeKind.COMMENT)]


def _excerpt(text: str) -> str:
    return text if len(text) <= _LONGEST_EXCERPT else f"{text[:_LONGEST_EXCERPT]}…"
