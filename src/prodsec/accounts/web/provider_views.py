"""Pages of identity providers: set up, tried, changed, what their groups give, who came through them."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prodsec.accounts import queries
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.services import trying
from prodsec.accounts.types import GroupRule, ProviderKind, Tried, Viewer
from prodsec.accounts.web import provider_forms as forms
from prodsec.flows import manage_providers
from prodsec.inventory import queries as inventory
from prodsec.kit.errors import NotFoundError
from prodsec.kit.pages import attempt

if TYPE_CHECKING:
    from prodsec.accounts.models import SignInProvider

MOST_PEOPLE = 200


def providers(request: HttpRequest) -> HttpResponse:
    """All identity providers."""
    return render(request, "accounts/providers.html", {"providers": queries.providers(viewer_asking(request))})


def add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new provider."""
    viewer = viewer_asking(request)
    queries.require_admin_of_sign_in(viewer)
    if kind not in list(ProviderKind):
        raise Http404
    form = forms.form_of(ProviderKind(kind), request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form, lambda: manage_providers.add(viewer, settings=form.settings(), secret=form.new_secret() or "")
        )
        if made is not None:
            messages.success(request, _("The provider was added. Enter the address below there, then try it."))
            return redirect("accounts:provider", made)
    return render(request, "accounts/provider_new.html", {"form": form, "kind": kind})


def provider(request: HttpRequest, provider_id: int) -> HttpResponse:
    """One provider: its settings, its groups, its people."""
    viewer = viewer_asking(request)
    found = queries.provider(viewer, provider_id)
    kind = ProviderKind(found.kind)
    if request.method != "POST":
        return _page(request, found, forms.form_of(kind, provider=found))
    form = forms.form_of(kind, request.POST, request.FILES, provider=found)
    if form.is_valid():
        changed = attempt(
            form,
            lambda: manage_providers.change(viewer, provider_id, settings=form.settings(), secret=form.new_secret()),
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return redirect("accounts:provider", provider_id)
    return _page(request, found, form)


@transaction.non_atomic_requests  # it asks the provider
@require_POST
def try_it(request: HttpRequest, provider_id: int) -> HttpResponse:
    """Ask the provider what it publishes, and say what would keep people out."""
    viewer = viewer_asking(request)
    queries.require_admin_of_sign_in(viewer)
    found = queries.provider(viewer, provider_id)
    tried = trying.tried(found, return_address=addresses(request, found)["return"])
    return _page(request, found, forms.form_of(ProviderKind(found.kind), provider=found), tried=tried)


@require_POST
def remove(request: HttpRequest, provider_id: int) -> HttpResponse:
    """A provider is deleted."""
    viewer = viewer_asking(request)
    name = queries.provider(viewer, provider_id).name
    manage_providers.remove(viewer, provider_id)
    messages.success(request, _("{name} was deleted. Sessions that came from it have ended.").format(name=name))
    return redirect("accounts:providers")


@require_POST
def add_group(request: HttpRequest, provider_id: int) -> HttpResponse:
    """A group gives a team or a role."""
    viewer = viewer_asking(request)
    found = queries.provider(viewer, provider_id)
    form = _group_form(viewer, request)
    if form.is_valid():
        given = form.cleaned_data
        rule = _rule(viewer, form)
        made = rule and attempt(form, lambda: manage_providers.add_group(viewer, provider_id, rule=rule))
        if made:
            messages.success(request, _("{group} gives that from now on.").format(group=given["group"]))
            return redirect("accounts:provider", provider_id)
    return _page(request, found, forms.form_of(ProviderKind(found.kind), provider=found), group_form=form)


@require_POST
def remove_group(request: HttpRequest, provider_id: int, group_id: int) -> HttpResponse:
    """A group gives something no longer."""
    manage_providers.remove_group(viewer_asking(request), provider_id, group_id)
    return redirect("accounts:provider", provider_id)


@require_POST
def unlink(request: HttpRequest, provider_id: int, identity_id: int) -> HttpResponse:
    """Somebody's account at the provider is nobody here any more."""
    manage_providers.unlink(viewer_asking(request), provider_id, identity_id)
    messages.success(request, _("Unlinked. Their next sign-in is like their first."))
    return redirect("accounts:provider", provider_id)


def addresses(request: HttpRequest, found: "SignInProvider") -> dict[str, str]:
    """The addresses that have to be entered at the provider: where people come back, and (SAML) who we are."""
    if found.kind == ProviderKind.OIDC:
        return {"return": request.build_absolute_uri(reverse("openid_connect_callback", args=[found.slug]))}
    return {
        "return": request.build_absolute_uri(reverse("saml_acs", args=[found.slug])),
        "entity": request.build_absolute_uri(reverse("saml_metadata", args=[found.slug])),
    }


def _page(
    request: HttpRequest,
    found: "SignInProvider",
    form: forms.ProviderForm,
    *,
    group_form: forms.GroupForm | None = None,
    tried: list[Tried] | None = None,
) -> HttpResponse:
    viewer = viewer_asking(request)
    groups = list(found.groups.all())
    places = inventory.visible_to(viewer).in_bulk([row.asset_id for row in groups if row.asset_id is not None])
    identities = list(queries.identities(viewer, found.pk)[: MOST_PEOPLE + 1])
    context = {
        "provider": found,
        "form": form,
        "group_form": group_form or _group_form(viewer),
        "groups": [(row, places.get(row.asset_id) if row.asset_id else None) for row in groups],
        "identities": identities[:MOST_PEOPLE],
        "has_more": len(identities) > MOST_PEOPLE,
        "addresses": addresses(request, found),
        "tried": tried,
    }
    return render(request, "accounts/provider.html", context)


def _group_form(viewer: Viewer, request: HttpRequest | None = None) -> forms.GroupForm:
    teams = [(team.pk, team.name) for team in queries.teams(viewer)]
    roles = [(role.slug, role.name or role.slug) for role in queries.all_roles(viewer)]
    return forms.GroupForm(teams, roles, request.POST if request is not None else None)


def _rule(viewer: Viewer, form: forms.GroupForm) -> GroupRule | None:
    given = form.cleaned_data
    asset_id = None
    if given["asset"]:
        try:
            asset_id = inventory.asset_at(viewer, given["asset"].strip("/ ")).pk
        except NotFoundError as error:
            form.add_error("asset", str(error))
            return None
    return GroupRule(given["group"], team_id=given["team"], role=given["role"], asset_id=asset_id)
