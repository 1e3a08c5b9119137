"""Pages of people, teams and tokens, and the first admin's."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.account.utils import perform_login
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import SYSTEM, Permission, Scope, Viewer
from prodsec.accounts.web import forms, limits
from prodsec.accounts.web.role_views import role_rows
from prodsec.flows import manage_accounts, provision
from prodsec.flows import remove_team as team_removal
from prodsec.kit.pages import attempt

if TYPE_CHECKING:
    from prodsec.accounts.models import Person, Team


def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first admin makes themselves, through a link that works once."""
    if limits.spend(request, "link"):
        return respond_429(request)
    if queries.setup_link(token) is None:
        told = _("This link was used, is too old, or is not ours. Start Prodsec again for a new one.")
        return render(request, "account/link_refused.html", {"sentence": told}, status=HTTPStatus.NOT_FOUND)
    form = forms.SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person_id = attempt(form, lambda: manage_accounts.use_setup_link(token, **form.cleaned_data))
        if person_id is not None:
            messages.success(request, _("Welcome. You are the first admin."))
            return perform_login(request, queries.person(SYSTEM, person_id))
    return render(request, "accounts/setup.html", {"form": form})


def admin(request: HttpRequest) -> HttpResponse:
    """The first page of administration that is of use to the viewer."""
    return redirect(
        "accounts:people" if queries.holds(viewer_asking(request), Permission.PERSON_READ) else "accounts:tokens"
    )


def people(request: HttpRequest) -> HttpResponse:
    """Everybody, with their teams; who manages people adds them, and service accounts, here."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_READ)
    account_form = forms.ServiceAccountForm(request.POST if "service_name" in request.POST else None)
    if account_form.is_bound and account_form.is_valid():
        name = account_form.cleaned_data["service_name"]
        account = attempt(account_form, lambda: manage_accounts.add_service_account(viewer, name=name))
        if account is not None:
            messages.success(request, _("{name} was added. Give it roles and a token.").format(name=name))
            return redirect("accounts:person", account)
    form = forms.NewPersonForm(request.POST if "email" in request.POST else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        password = given["password"] or None
        made = attempt(
            form,
            lambda: manage_accounts.add_person(
                viewer, email=given["email"], name=given["name"], password=password, is_admin=given["is_admin"]
            ),
        )
        if made is not None:
            messages.success(request, _("{name} was added.").format(name=given["name"]))
            return redirect("accounts:people")
    context = {"people": queries.people(viewer), "form": form, "account_form": account_form}
    return render(request, "accounts/people.html", context)


def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: what they are, what teams they are in, their roles, their password."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_READ)
    found = queries.person(viewer, person_id)
    now = {"name": found.name, "is_admin": found.is_admin, "is_active": found.is_active}
    form = forms.PersonForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        changed = attempt(form, lambda: manage_accounts.change_person(viewer, person_id, **form.cleaned_data))
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect("accounts:person", person_id)
    return _person_page(request, viewer, found, form, forms.PasswordForm())


def _person_page(
    request: HttpRequest, viewer: Viewer, found: "Person", form: forms.PersonForm, password_form: forms.PasswordForm
) -> HttpResponse:
    grants = list(queries.grants(viewer, person_id=found.pk))
    context = {
        "person": found,
        "form": form,
        "password_form": password_form,
        "grants": role_rows(viewer, grants),
    }
    return render(request, "accounts/person.html", context)


@require_POST
def password(request: HttpRequest, person_id: int) -> HttpResponse:
    """A new password for somebody."""
    viewer = _admin_asking(request)
    form = forms.PasswordForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["password"]
        if attempt(form, lambda: manage_accounts.set_password(viewer, person_id, text)) is not None:
            messages.success(request, _("The password was set. Hand it over in person; they can change it themselves."))
            return redirect("accounts:person", person_id)
    found = queries.person(viewer, person_id)
    now = {"name": found.name, "is_admin": found.is_admin, "is_active": found.is_active}
    return _person_page(request, viewer, found, forms.PersonForm(initial=now), form)


def teams(request: HttpRequest) -> HttpResponse:
    """All teams; admins add them here."""
    viewer = viewer_asking(request)
    form = forms.TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: manage_accounts.add_team(viewer, **form.cleaned_data))
        if made is not None:
            messages.success(request, _("The team was added. Now put people into it."))
            return redirect("accounts:team", made)
    return render(request, "accounts/teams.html", {"teams": queries.teams(viewer), "form": form})


def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """One team and its people."""
    viewer = viewer_asking(request)
    found = queries.team(viewer, team_id)
    form = forms.RenameTeamForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if attempt(form, lambda: manage_accounts.rename_team(viewer, team_id, name=name)) is not None:
            messages.success(request, _("Saved."))
            return redirect("accounts:team", team_id)
    return _team_page(request, found, form, forms.RemoveTeamForm(_other_teams(viewer, team_id)))


@require_POST
def remove_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """A team is deleted; what it owns goes to the team that the form names."""
    viewer = _admin_asking(request)
    found = queries.team(viewer, team_id)
    form = forms.RemoveTeamForm(_other_teams(viewer, team_id), request.POST)
    if form.is_valid():
        heir = form.cleaned_data["hand_over_to"]
        if attempt(form, lambda: team_removal.run(viewer, team_id, heir_id=heir)) is not None:
            messages.success(request, _("{name} was deleted.").format(name=found.name))
            return redirect("accounts:teams")
    return _team_page(request, found, forms.RenameTeamForm(initial={"name": found.name}), form)


def _other_teams(viewer: Viewer, team_id: int) -> list[tuple[int, str]]:
    return [(other.pk, other.name) for other in queries.teams(viewer) if other.pk != team_id]


def _team_page(
    request: HttpRequest, found: "Team", form: forms.RenameTeamForm, remove_form: forms.RemoveTeamForm
) -> HttpResponse:
    viewer = viewer_asking(request)
    members = list(queries.members(viewer, found.pk))
    inside = {member.pk for member in members}
    others = [(other.pk, str(other)) for other in queries.people(viewer) if other.pk not in inside and other.is_active]
    context = {
        "team": found,
        "grants": role_rows(viewer, list(queries.grants(viewer, team_id=found.pk))),
        "members": members,
        "form": form,
        "member_form": forms.MemberForm(others),
        "remove_form": remove_form,
        "provisioning": queries.provisioning_of_team(found.pk),
    }
    return render(request, "accounts/team.html", context)


@require_POST
def open_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """A group of the identity provider may take the team over, or not any more."""
    provision.open_team(viewer_asking(request), team_id, is_open=request.POST.get("open") == "yes")
    messages.success(request, _("Saved."))
    return redirect("accounts:team", team_id)


@require_POST
def add_member(request: HttpRequest, team_id: int) -> HttpResponse:
    """Somebody joins a team."""
    viewer, chosen = viewer_asking(request), request.POST.get("person", "")
    if chosen.isdecimal():
        manage_accounts.add_member(viewer, team_id=team_id, person_id=int(chosen))
    return redirect("accounts:team", team_id)


@require_POST
def remove_member(request: HttpRequest, team_id: int, person_id: int) -> HttpResponse:
    """Somebody leaves a team."""
    manage_accounts.remove_member(viewer_asking(request), team_id=team_id, person_id=person_id)
    return redirect("accounts:team", team_id)


def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens; a new one is shown once, right here, and cannot be shown again."""
    viewer = viewer_asking(request)
    accounts = _service_accounts(viewer)
    form, text = forms.TokenForm(accounts, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: manage_accounts.make_token(
                viewer,
                name=given["name"],
                scopes=frozenset(Scope(scope) for scope in given["scopes"]),
                subtree=given["subtree"],
                expires_at=form.expires_at(),
                owner_id=given.get("owner"),
            ),
        )
        if made is not None:
            text, form = made[1], forms.TokenForm(accounts)
    context = {"tokens": queries.tokens(viewer), "form": form, "text": text, "server": request.build_absolute_uri("/")}
    answer = render(request, "accounts/tokens.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _service_accounts(viewer: Viewer) -> list[tuple[int, str]]:
    if not viewer.is_admin:
        return []
    return [(account.pk, str(account)) for account in queries.people(viewer).filter(is_service=True, is_active=True)]


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """A token ends at once."""
    manage_accounts.revoke_token(viewer_asking(request), token_id)
    messages.success(request, _("The token was revoked; it works no more."))
    return redirect("accounts:tokens")


def _admin_asking(request: HttpRequest) -> Viewer:
    """The viewer of a page that is for admins alone."""
    viewer = viewer_asking(request)
    queries.require(viewer, Permission.PERSON_MANAGE)
    return viewer
