"""`/api/v1/findings/…/comments`: what people say, and whom they can name."""

import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.web import schemas
from prodsec.kit import markdown

router = Router(tags=["comments"])


class VersionOut(Schema):
    """What a comment said until then, in Markdown."""

    body: str
    until: datetime.datetime


class NamedOut(Schema):
    """Somebody who can be named: write `@` and the handle. kind: `person` or `team`."""

    handle: str
    name: str
    kind: str


class RenderedComment(Schema):
    """A comment as pages show it."""

    html: str


@router.get("/findings/{int:finding_id}/comments", response=list[schemas.CommentOut], summary="Comments")
def list_comments(request: HttpRequest, finding_id: int) -> list[schemas.CommentOut]:
    """What was said, oldest first."""
    viewer = _reading(request)
    return [schemas.comment_out(facts) for facts in queries.comments(viewer, finding_id)]


@router.post("/findings/{int:finding_id}/comments", response={201: schemas.Changed}, summary="Comment")
def add_comment(request: HttpRequest, finding_id: int, body: schemas.CommentIn) -> Status[schemas.Changed]:
    """Say something about a finding. Who is named in it (`@ada-lovelace`) and may see the finding is told."""
    findings.comment(viewer_asking(request), finding_id, body.body)
    return Status(201, schemas.Changed(changed=[finding_id]))


@router.patch(
    "/findings/{int:finding_id}/comments/{int:comment_id}", response=schemas.CommentOut, summary="Change a comment"
)
def edit_comment(request: HttpRequest, finding_id: int, comment_id: int, body: schemas.CommentIn) -> schemas.CommentOut:
    """Say otherwise what you said; what it was before is kept."""
    viewer = viewer_asking(request)
    findings.edit_comment(viewer, finding_id, comment_id, body.body)
    return schemas.comment_out(queries.comment(viewer, finding_id, comment_id))


@router.delete(
    "/findings/{int:finding_id}/comments/{int:comment_id}", response={204: None}, summary="Take a comment back"
)
def remove_comment(request: HttpRequest, finding_id: int, comment_id: int) -> HttpResponse:
    """Take back what you said; that you did is kept."""
    findings.remove_comment(viewer_asking(request), finding_id, comment_id)
    return HttpResponse(status=204)


@router.get(
    "/findings/{int:finding_id}/comments/{int:comment_id}/versions",
    response=list[VersionOut],
    summary="What a comment said before",
)
def list_versions(request: HttpRequest, finding_id: int, comment_id: int) -> list[VersionOut]:
    """Earlier versions, newest first; of a comment that was taken back only for who may read the record of activity."""
    found = queries.comment_versions(_reading(request), finding_id, comment_id)
    return [VersionOut(body=version.body, until=version.until) for version in found]


@router.get("/findings/{int:finding_id}/people", response=list[NamedOut], summary="Whom a comment can name")
def list_mentionable(request: HttpRequest, finding_id: int, text: str = "") -> list[NamedOut]:
    """People who may see the finding, and teams with such people, whose handle or name begins with the text; a few."""
    found = queries.mentionable(_reading(request), finding_id, text)
    return [
        NamedOut(handle=one.handle, name=one.name, kind="person" if one.team_id is None else "team") for one in found
    ]


@router.post("/comments/preview", response=RenderedComment, summary="Show a comment before it is said")
def preview(request: HttpRequest, body: schemas.CommentIn) -> RenderedComment:
    """The comment as HTML: Markdown, without HTML of its own, pictures, or links other than to http(s) and mailto."""
    accounts.require_scope(viewer_asking(request), Permission.FINDING_COMMENT)
    return RenderedComment(html=markdown.render_comment(body.body))


def _reading(request: HttpRequest) -> Viewer:
    viewer = viewer_asking(request)
    accounts.require_scope(viewer, Permission.FINDING_READ)
    return viewer
