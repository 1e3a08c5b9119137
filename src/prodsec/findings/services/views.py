"""Saved views: kept, changed, shared, taken away, pinned; columns chosen.

One row of `activity` a deed, except for pins and columns of one's own, which are nobody else's business.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import services as activity
from prodsec.findings import queries
from prodsec.findings.models import ChosenColumns, PinnedView, SavedView
from prodsec.findings.rules.filtering import addresses
from prodsec.kit.errors import ConflictError, ForbiddenError, InvalidError

LONGEST_NAME, LONGEST_QUERY = 120, 4000
MOST_VIEWS, MOST_COLUMNS = 200, 30


def save_view(
    viewer: Viewer,
    *,
    name: str,
    query: str,
    team_id: int | None = None,
    is_for_everybody: bool = False,
    columns: Sequence[str] = (),
) -> int:
    """Keep a question under a name; alone, for a team of the viewer, or for everybody.

    Raises: InvalidError, ForbiddenError, ConflictError for a name the viewer has already.
    """
    person_id = _person_of(viewer)
    if SavedView.objects.filter(owner=person_id).count() >= MOST_VIEWS:
        raise ConflictError(f"You have {MOST_VIEWS} saved views; delete one first.")
    view = SavedView(owner_id=person_id)
    _fill(viewer, view, name=name, query=query, team_id=team_id, is_for_everybody=is_for_everybody, columns=columns)
    _write(view)
    activity.record(viewer, "view.saved", object_type="view", object_id=view.pk, details=_told(view))
    return view.pk


def change_view(
    viewer: Viewer,
    view_id: int,
    *,
    name: str | None = None,
    query: str | None = None,
    team_id: int | None = None,
    is_for_everybody: bool | None = None,
    columns: Sequence[str] | None = None,
) -> int:
    """Rename a view, have it ask something else, or share it in another way (`team_id` counts with `is_for_everybody`).

    Raises: ViewNotFoundError, ForbiddenError, InvalidError, ConflictError.
    """
    view = _to_change(viewer, view_id)
    before = _told(view)
    shares = is_for_everybody is not None
    _fill(
        viewer,
        view,
        name=view.name if name is None else name,
        query=view.query if query is None else query,
        team_id=team_id if shares else view.team_id,
        is_for_everybody=bool(is_for_everybody) if shares else view.is_for_everybody,
        columns=view.columns if columns is None else columns,
        kept_team=view.team_id,
    )
    if _told(view) != before:
        _write(view)
        details: dict[str, object] = {"before": before, "after": _told(view)}
        activity.record(viewer, "view.changed", object_type="view", object_id=view.pk, details=details)
    return view.pk


def remove_view(viewer: Viewer, view_id: int) -> int:
    """Take a view away, out of every sidebar too. Raises: ViewNotFoundError, ForbiddenError."""
    view = _to_change(viewer, view_id)
    told = _told(view)
    view.delete()
    activity.record(viewer, "view.removed", object_type="view", object_id=view_id, details=told)
    return view_id


def pin_view(viewer: Viewer, view_id: int, *, pinned: bool) -> int:
    """Have a view in one's own sidebar, or not. Raises: ViewNotFoundError, ForbiddenError, ConflictError for too many."""
    person_id = _person_of(viewer)
    view = queries.saved_view(viewer, view_id)
    pins = PinnedView.objects.filter(person=person_id)
    if not pinned:
        pins.filter(view=view.id).delete()
    elif not view.is_pinned:
        if pins.count() >= queries.MOST_PINNED:
            raise ConflictError(f"At most {queries.MOST_PINNED} views fit into the sidebar; take one out first.")
        PinnedView.objects.get_or_create(person_id=person_id, view_id=view.id)
    return view_id


def choose_columns(viewer: Viewer, columns: Sequence[str]) -> None:
    """Keep which columns the viewer wants in lists of findings; none means the usual ones. Raises: InvalidError, ForbiddenError."""
    person_id = _person_of(viewer)
    wanted = _checked_columns(columns)
    if wanted:
        ChosenColumns.objects.update_or_create(person_id=person_id, defaults={"columns": wanted})
    else:
        ChosenColumns.objects.filter(person=person_id).delete()


def _person_of(viewer: Viewer) -> int:
    accounts.require_scope(viewer, Permission.VIEW_SHARE)
    if viewer.person_id is None:
        raise ForbiddenError("Saved views belong to people; sign in as one.")
    return viewer.person_id


def _to_change(viewer: Viewer, view_id: int) -> SavedView:
    _person_of(viewer)
    facts = queries.saved_view(viewer, view_id)
    if not facts.may_change:
        raise ForbiddenError(
            f"{facts.name} is for everybody; changing it takes the permission {Permission.VIEW_SHARE}."
        )
    return SavedView.objects.select_for_update(of=("self",)).get(pk=view_id)


def _fill(
    viewer: Viewer,
    view: SavedView,
    *,
    name: str,
    query: str,
    team_id: int | None,
    is_for_everybody: bool,
    columns: Sequence[str],
    kept_team: int | None = None,
) -> None:
    """Set what was asked for. Checked is what changes: a team one has left keeps what it was given."""
    view.name = _checked_name(name)
    view.query = _checked_query(query, view.query)
    if is_for_everybody and not view.is_for_everybody and not queries.may_share(viewer):
        raise ForbiddenError(f"Showing a view to everybody takes the permission {Permission.VIEW_SHARE}.")
    if is_for_everybody and team_id is not None:
        raise InvalidError("a view is for a team or for everybody, not for both", place="team_id")
    if team_id is not None and team_id != kept_team and team_id not in viewer.team_ids:
        raise InvalidError("choose a team that you are in", place="team_id")
    view.is_for_everybody, view.team_id = is_for_everybody, team_id
    view.columns = _checked_columns(columns)


def _checked_columns(columns: Sequence[str]) -> list[str]:
    """Names of columns. What they mean is the page's to know, which leaves out those that are gone."""
    if len(columns) > MOST_COLUMNS or any(len(column) > 40 or "\x00" in column for column in columns):
        raise InvalidError("these are no columns of ours", place="columns")
    return list(dict.fromkeys(columns))


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise InvalidError(f"give it a name of 1 to {LONGEST_NAME} characters", place="name")
    return name


def _checked_query(query: str, before: str) -> str:
    """The question in its normal form; one that is kept already may stay, whatever it can still ask."""
    if query == before:
        return query
    if "\x00" in query or len(query) > LONGEST_QUERY:
        raise InvalidError(f"a view keeps at most {LONGEST_QUERY} characters of filters", place="query")
    return addresses.canonical(query.lstrip("?"))


def _write(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise ConflictError(f"There is a view with the name {view.name} already; choose another one.") from None


def _told(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "team_id": view.team_id, "is_for_everybody": view.is_for_everybody,
            "columns": list(view.columns)}  # fmt: skip
