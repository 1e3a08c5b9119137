"""Pages of roles: what each lets people do, who has one over all, who has one on an asset."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.accounts.web import role_forms, role_words
from prodsec.flows import give_roles
from prodsec.inventory import queries as inventory
from prodsec.kit.pages import attempt, way_back

if TYPE_CHECKING:
    from prodsec.accounts.models import Grant


def roles(request: HttpRequest) -> HttpResponse:
    """All roles beside what they let people do, and who has one over all."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_READ)
    form = role_forms.NewRoleForm(viewer.over_all, request.POST if "permissions" in request.POST else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: give_roles.make_role(viewer, slug=given["slug"], name=given["name"], permissions=form.chosen()),
        )
        if made is not None:
            messages.success(request, _("The role was made. Now give it to somebody."))
            return redirect("accounts:roles")
    give_form = _give_form(viewer, request, over_all=True)
    if _gives(viewer, give_form, asset_id=None):
        messages.success(request, _("The role was given."))
        return redirect("accounts:roles")
    known = queries.all_roles(viewer)
    over_all = list(queries.grants(viewer).filter(asset_id=None))
    context = {
        "roles": [(role, role_words.role_name(role)) for role in known],
        "permissions": [
            (role_words.permission_name(permission), [permission in role.permissions for role in known])
            for permission in Permission
        ],
        "grants": role_words.grant_rows(over_all, _names(viewer), {}),
        "form": form,
        "give_form": give_form,
    }
    return render(request, "accounts/roles.html", context)


def role(request: HttpRequest, slug: str) -> HttpResponse:
    """One role of this installation: its name and what it lets people do."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.ROLE_MANAGE)
    found = queries.role(viewer, slug)
    now: dict[str, object] = {"name": found.name, "permissions": sorted(found.permissions)}
    form = role_forms.RoleForm(viewer.over_all, request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        changed = attempt(form, lambda: give_roles.change_role(viewer, slug, name=name, permissions=form.chosen()))
        if changed is not None:
            messages.success(request, _("Saved. It holds at everybody's next click."))
            return redirect("accounts:roles")
    return render(request, "accounts/role.html", {"role": found, "form": form})


@require_POST
def remove_role(request: HttpRequest, slug: str) -> HttpResponse:
    """A role that nobody has is deleted."""
    give_roles.remove_role(viewer_asking(request), slug)
    messages.success(request, _("The role was deleted."))
    return redirect("accounts:roles")


@require_POST
def take(request: HttpRequest, grant_id: int) -> HttpResponse:
    """A role given by hand is taken away."""
    give_roles.take(viewer_asking(request), grant_id)
    messages.success(request, _("The role was taken away; it holds at once."))
    return redirect(way_back(request, "/admin/roles/"))


def of_asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Who has which role on an asset, here or from above, and why."""
    viewer = viewer_asking(request)
    asset = inventory.asset(viewer, asset_id)
    may_share = inventory.may(viewer, Permission.ASSET_SHARE, asset)
    form = _give_form(viewer, request) if may_share else None
    if form is not None and _gives(viewer, form, asset_id=asset_id):
        messages.success(request, _("The role was given."))
        return redirect("accounts:of_asset", asset_id)
    chain = inventory.ancestors(viewer, asset)
    paths = {above.pk: above.path for above in [*chain, asset]}
    names = _names(viewer)
    rows = role_words.grant_rows(list(queries.grants(viewer, assets=asset.ancestors)), names, paths)
    context = {"asset": asset, "chain": chain, "grants": rows, "give_form": form, "may_share": may_share}
    return render(request, "accounts/access.html", context)


def role_rows(viewer: Viewer, grants: "list[Grant]") -> list[role_words.GrantRow]:
    """Roles given to somebody, on assets that the viewer sees. Cost: 2 queries."""
    ids = {grant.asset_id for grant in grants if grant.asset_id is not None}
    paths = dict(inventory.visible_to(viewer).filter(pk__in=ids).values_list("pk", "path"))
    return role_words.grant_rows(grants, _names(viewer), paths)


def _names(viewer: Viewer) -> dict[str, str]:
    return {role.slug: role_words.role_name(role) for role in queries.all_roles(viewer)}


def _give_form(viewer: Viewer, request: HttpRequest, *, over_all: bool = False) -> role_forms.GiveRoleForm:
    known = [role for role in queries.all_roles(viewer) if over_all or not role.is_over_all]
    teams = [(team.pk, team.name) for team in queries.teams(viewer)]
    people = [(person.pk, str(person)) for person in queries.people(viewer).prefetch_related(None) if person.is_active]
    return role_forms.GiveRoleForm(known, teams, people, request.POST if "who" in request.POST else None)


def _gives(viewer: Viewer, form: role_forms.GiveRoleForm, *, asset_id: int | None) -> bool:
    """Whether the form was sent, and the role is given."""
    if not form.is_bound or not form.is_valid():
        return False
    person_id, team_id = form.subject()
    chosen = form.cleaned_data["role"]
    given = attempt(
        form,
        lambda: give_roles.give(viewer, role=chosen, person_id=person_id, team_id=team_id, asset_id=asset_id),
    )
    return given is not None
