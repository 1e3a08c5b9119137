"""Setting identity providers up: on the pages and through the API, tried, required, with secrets that stay inside."""

import dataclasses
import io
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from tests.signin import oidc_provider
from tests.signin.oidc_process import Idp
from tests.signin.saml_provider import Signer
from tests.signin.world import Browser, set_up

from prodsec.accounts import queries
from prodsec.accounts.models import Grant, Person, ProviderGroup, SignInProvider
from prodsec.accounts.services import providers
from prodsec.accounts.tests import people
from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity

FORM = {
    "name": "Acme", "address": "https://idp.example", "client_id": "prodsec", "secret": "marker-secret",
    "scopes": "openid profile email", "trusted_domains": "Acme.example, @acme.test", "required_domains": "",
    "groups_claim": "groups", "verified_claim": "email_verified", "recheck_seconds": "300", "grace_seconds": "900",
    "session_hours": "8", "is_enabled": "on", "admins_keep_password": "on",
}  # fmt: skip
PASSWORD = people.PASSWORD


def test_a_provider_is_set_up_on_the_page(db: object) -> None:
    client = people.admin().client
    assert b"No identity provider yet" in client.get("/admin/sign-in/providers/").content
    answer = client.post("/admin/sign-in/providers/add/oidc/", FORM)
    made = SignInProvider.objects.get()
    assert answer["Location"] == f"/admin/sign-in/providers/{made.pk}/"
    assert (made.slug, made.trusted_domains, made.lets_in_unknown) == ("acme", ["acme.example", "acme.test"], False)
    assert providers.secret_of(made) == "marker-secret"
    page = client.get(answer["Location"]).content.decode()
    assert "http://testserver/accounts/oidc/acme/login/callback/" in page
    assert "marker-secret" not in page
    told = Activity.objects.get(action="provider.created")
    assert (told.details["address"], told.details["has_secret"]) == ("https://idp.example", True)
    assert "marker" not in str(told.details)


def test_a_saml_provider_is_set_up_with_a_file(db: object) -> None:
    client = people.admin().client
    fields = {name: value for name, value in FORM.items() if name not in ("address", "client_id", "secret", "scopes")}
    file = io.BytesIO(Signer().metadata().encode())
    file.name = "metadata.xml"
    client.post("/admin/sign-in/providers/add/saml/", {**fields, "metadata": file, "verified_claim": ""})
    made = SignInProvider.objects.get()
    assert made.metadata.startswith("<EntityDescriptor")
    tried = client.post(f"/admin/sign-in/providers/{made.pk}/try/").content.decode()
    assert "The metadata describe https://idp.acme.example/entity." in tried
    client.post(f"/admin/sign-in/providers/{made.pk}/", {**fields, "name": "Other", "verified_claim": ""})
    made.refresh_from_db()
    assert (made.name, made.metadata.startswith("<EntityDescriptor")) == ("Other", True)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("address", "http://idp.example", "not encrypted"),
        ("address", "ftp://idp.example", "no address of the form"),
        ("address", "https://user:pw@idp.example", "name and a password"),
        ("scopes", "profile", "one of them openid"),
        ("scopes", 'openid "', "without spaces"),
        ("trusted_domains", "not a domain", "is not a domain"),
        ("required_domains", "*.example", "is not a domain"),
        ("recheck_seconds", "99999", "from 0 to 3600"),
        ("session_hours", "9999", "from 1 to 336"),
        ("client_id", "", "required"),
        ("name", " ", "required"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(db: object, field: str, value: str, words: str) -> None:
    answer = people.admin().client.post("/admin/sign-in/providers/add/oidc/", FORM | {field: value})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not SignInProvider.objects.exists()


def test_an_empty_secret_stays_and_t12_it_does_not_follow_to_another_address(db: object) -> None:
    client = people.admin().client
    client.post("/admin/sign-in/providers/add/oidc/", FORM)
    made = SignInProvider.objects.get()
    page = f"/admin/sign-in/providers/{made.pk}/"
    client.post(page, FORM | {"name": "Renamed", "secret": ""})
    made.refresh_from_db()
    assert (made.name, providers.secret_of(made)) == ("Renamed", "marker-secret")
    for change in ({"address": "https://evil.example"}, {"client_id": "another"}):
        answer = client.post(page, FORM | {"secret": ""} | change)
        assert "enter it again" in answer.content.decode()
    client.post(page, FORM | {"address": "https://new.example", "secret": "another"})
    made.refresh_from_db()
    assert (made.address, providers.secret_of(made)) == ("https://new.example", "another")


def test_a_stored_secret_does_not_open_under_another_provider(db: object) -> None:
    client = people.admin().client
    for name in ("One", "Two"):
        client.post("/admin/sign-in/providers/add/oidc/", FORM | {"name": name})
    one, two = SignInProvider.objects.order_by("id")
    two.secret = one.secret
    with pytest.raises(Exception, match="enter it again"):
        providers.secret_of(two)


def test_groups_are_mapped_on_the_page(db: object) -> None:
    client = people.admin().client
    client.post("/admin/sign-in/providers/add/oidc/", FORM)
    made, red = SignInProvider.objects.get(), people.team("red")
    page = f"/admin/sign-in/providers/{made.pk}/"
    client.post(f"{page}groups/", {"group": "acme/red", "team": red.pk})
    client.post(f"{page}groups/", {"group": "auditors", "role": "auditor"})
    twice = client.post(f"{page}groups/", {"group": "auditors", "role": "auditor"})
    assert b"gives that already" in twice.content
    for wrong, words in (
        ({"group": "x"}, "one of the two"),
        ({"group": "x", "team": red.pk, "role": "viewer"}, "one of the two"),
        ({"group": "x", "role": "viewer", "asset": "no/where"}, "There is no asset"),
        ({"group": "", "role": "viewer"}, "required"),
        ({"group": "x", "role": "admin"}, "not one of the available choices"),
    ):
        assert words in client.post(f"{page}groups/", wrong).content.decode()
    shown = client.get(page).content.decode()
    assert "the team Red" in shown
    assert "the role auditor over all" in shown
    first = ProviderGroup.objects.order_by("id").first()
    assert first
    client.post(f"{page}groups/{first.pk}/remove/")
    assert ProviderGroup.objects.count() == 1
    assert not Grant.objects.exists()


def test_trying_says_what_was_found(idp: Idp) -> None:
    made, client = set_up(idp), people.admin().client
    page = f"/admin/sign-in/providers/{made.pk}/try/"
    said = client.post(page).content.decode()
    assert "describes itself as an OpenID Connect provider" in said
    assert "It publishes keys that its answers can be verified with." in said
    assert "It knows the client id and the secret." in said
    SignInProvider.objects.update(secret=None, groups_claim="roles", trusted_domains=[])
    said = client.post(page).content.decode()
    assert "It refuses the client id or the secret" in said
    assert "does not list the claim roles" in said
    assert "trusted for no domain" in said


@pytest.mark.parametrize(
    ("lies", "words"),
    [
        ({"discovery": {"issuer": "https://other.example"}}, "calls itself https://other.example"),
        ({"discovery": {"token_endpoint": "http://10.0.0.1/token"}}, "not encrypted"),
        ({"discovery": {"userinfo_endpoint": None}}, "publishes no userinfo_endpoint"),
        ({"discovery": {"token_endpoint": "https://169.254.169.254/token"}}, "not on the public internet"),
        ({"away": True}, "answers with status 503"),
    ],
)
def test_trying_says_what_is_wrong(idp: Idp, lies: dict[str, object], words: str) -> None:
    made = set_up(idp)
    idp.order(lies=lies)
    answer = people.admin().post(f"/sign-in/providers/{made.pk}/try")
    assert answer.status_code == 200
    assert words in str(answer.json())
    assert not answer.json()[-1]["is_good"] or not all(each["is_good"] for each in answer.json())


def test_t23_a_provider_on_the_private_network_needs_the_operator(idp: Idp, settings: Any) -> None:
    made = set_up(idp)
    settings.PRODSEC_ALLOW_HOSTS = ()
    said = people.admin().post(f"/sign-in/providers/{made.pk}/try").json()
    assert "PRODSEC_ALLOW_HOSTS" in said[0]["sentence"]
    assert Browser(idp, made).client.get(f"/accounts/oidc/{made.slug}/login/").status_code == 403


def test_whose_domain_requires_a_provider_may_not_use_a_password(idp: Idp) -> None:
    set_up(idp, required_domains=("acme.example",))
    people.person("anna", password=PASSWORD)
    people.person("boss", is_admin=True, password=PASSWORD)
    for name, comes_in in (("anna", False), ("boss", True)):
        client = Client()
        answer = client.post("/accounts/login/", {"login": f"{name}@acme.example", "password": PASSWORD})
        assert (client.get("/api/v1/me").status_code == 200) is comes_in
        assert (b"You sign in through Acme" in answer.content) is not comes_in
    SignInProvider.objects.update(admins_keep_password=False)
    client = Client()
    client.post("/accounts/login/", {"login": "boss@acme.example", "password": PASSWORD})
    assert client.get("/api/v1/me").status_code == 401


def test_open_sessions_of_people_who_now_have_to_come_through_a_provider_end(idp: Idp) -> None:
    clients = {}
    for name, is_admin in (("anna", False), ("boss", True), ("ben", False)):
        person = people.person(name, is_admin=is_admin, password=PASSWORD)
        if name == "ben":
            Person.objects.filter(pk=person.pk).update(email="ben@other.example")
            person.refresh_from_db()
        clients[name] = Client()
        clients[name].post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    made = set_up(idp)
    settings = queries.settings_of(made)
    assert all(client.get("/api/v1/me").status_code == 200 for client in clients.values())
    providers.change_provider(
        SYSTEM, made.pk, settings=dataclasses.replace(settings, required_domains=("acme.example",))
    )
    assert {name: client.get("/api/v1/me").status_code for name, client in clients.items()} == {
        "anna": 401, "boss": 200, "ben": 200,
    }  # fmt: skip


def test_t08_a_required_provider_tells_nothing_to_who_does_not_know_the_password(idp: Idp) -> None:
    set_up(idp, required_domains=("acme.example",))
    people.person("anna", password=PASSWORD)
    answers = [
        Client().post("/accounts/login/", {"login": f"{name}@acme.example", "password": "wrong wrong"}).content
        for name in ("anna", "nobody")
    ]
    assert all(b"You sign in through" not in answer for answer in answers)
    assert all(b'role="alert"' in answer for answer in answers)


def test_the_api_sets_up_and_never_tells_a_secret(db: object) -> None:
    door = people.admin()
    body = {
        "name": "Acme",
        "kind": "oidc",
        "address": "https://idp.example",
        "client_id": "x",
        "secret": "marker-secret",
    }
    made = door.post("/sign-in/providers", body)
    assert made.status_code == 201
    number = made.json()["id"]
    assert made.json()["has_secret"] is True
    patched = door.patch(f"/sign-in/providers/{number}", {"lets_in_unknown": True, "trusted_domains": ["acme.example"]})
    assert (patched.json()["lets_in_unknown"], patched.json()["trusted_domains"]) == (True, ["acme.example"])
    assert patched.json()["scopes"] == ["openid", "profile", "email"]
    for answer in (made, patched, door.get("/sign-in/providers"), door.get("/activity")):
        assert "marker" not in answer.content.decode()
    assert door.post("/sign-in/providers", body | {"kind": "ldap"}).status_code == 422
    assert door.post(f"/sign-in/providers/{number}/groups", {"group": "x", "role": "nothing"}).status_code == 404
    assert (
        door.post(f"/sign-in/providers/{number}/groups", {"group": "x", "role": "viewer", "asset": 99}).status_code
        == 404
    )
    assert door.delete(f"/sign-in/providers/{number}").status_code == 204
    assert door.get(f"/sign-in/providers/{number}").status_code == 404
    actions = list(Activity.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["provider.created", "provider.changed", "provider.removed"]


def test_who_may_give_roles_but_is_no_admin_sets_up_no_provider(db: object) -> None:
    door = people.session_door(people.person("sec", roles={"security": None}))
    answer = door.post(
        "/sign-in/providers", {"name": "x", "kind": "oidc", "address": "https://x.example", "client_id": "x"}
    )
    assert answer.status_code == 403
    assert door.get("/sign-in/providers").status_code == 200


def test_pages_cost_few_queries(idp: Idp, django_assert_max_num_queries: Any) -> None:
    made, client = set_up(idp), people.admin().client
    Browser(idp, made).sign_in()
    client.get("/admin/sign-in/providers/")
    for page in ("/admin/sign-in/providers/", f"/admin/sign-in/providers/{made.pk}/", "/accounts/login/"):
        with django_assert_max_num_queries(15):
            assert client.get(page).status_code in (200, 302)
    assert oidc_provider.CLIENT in client.get(f"/admin/sign-in/providers/{made.pk}/").content.decode()


def test_a_second_factor_of_ours_is_asked_for_and_the_session_is_still_the_providers(idp: Idp) -> None:
    made = set_up(idp, recheck_seconds=0)
    set_up(idp, "Twin")  # with the same client id, as two providers may have
    anna = people.person("anna")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(anna, secret)
    browser = Browser(idp, made)
    answer = browser.sign_in()
    assert answer["Location"].startswith("/accounts/second-step/")
    assert not browser.is_in
    assert "marker-" not in str(dict(browser.client.session))
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    browser.client.post("/accounts/second-step/", {"code": code})
    assert browser.is_in
    idp.order(lies={"ended": True})
    assert not browser.is_in
