"""Signing in through a real OpenID Connect provider, honest and lying (T11)."""

import html
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.signin.oidc_process import Idp
from tests.signin.world import ANNA, Browser, set_up

from prodsec.accounts import queries
from prodsec.accounts.models import Identity, Person, SignInProvider
from prodsec.accounts.tests import people
from prodsec.activity.models import Activity


def test_somebody_comes_in_and_is_made_on_the_first_sign_in(browser_at: Browser) -> None:
    answer = browser_at.sign_in("?next=/findings/")
    assert (answer.status_code, answer["Location"]) == (302, "/findings/")
    me = browser_at.me()
    assert (me["person"]["email"], me["person"]["name"]) == ("anna@acme.example", "Anna Meier")
    person = Person.objects.get(email="anna@acme.example")
    assert not person.has_usable_password()
    assert not person.is_admin
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject, identity.groups) == (browser_at.idp.issuer, "u-1", ["red"])
    assert set(Activity.objects.values_list("action", flat=True)) == {
        "person.created",
        "person.linked",
        "person.signed_in",
    }


def test_the_provider_is_asked_as_it_should_be(browser_at: Browser) -> None:
    address = browser_at.begin("?scope=admin,sudo&auth_params=prompt%3Dnone&process=connect")
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16
    assert len(asked["nonce"]) >= 32
    assert "prompt" not in asked
    assert asked["redirect_uri"] == "http://testserver/accounts/oidc/acme/login/callback/"
    browser_at.come_back(browser_at.idp.authorize(address))
    assert browser_at.is_in  # `process=connect` changed nothing
    assert "code_verifier=" in browser_at.idp.asked("token")[0]["body"]


def test_the_link_is_issuer_and_subject_not_the_address(browser_at: Browser) -> None:
    browser_at.sign_in()
    browser_at.idp.order(user=ANNA | {"email": "anna.new@acme.example"})
    again = Browser(browser_at.idp, browser_at.provider)
    again.sign_in()
    assert again.me()["person"]["email"] == "anna@acme.example"
    assert Person.objects.count() == 1


def test_keys_may_change_between_two_sign_ins(browser_at: Browser) -> None:
    browser_at.sign_in()
    browser_at.idp.order(rotate=True)
    again = Browser(browser_at.idp, browser_at.provider)
    again.sign_in()
    assert again.is_in


# What the provider does, and the words that people read then: each is refused for its own reason.
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "audience": ({"claims": {"aud": "another-client"}}, "made for another application (aud)"),
    "audiences": ({"claims": {"aud": ["prodsec-client", "another-client"]}}, "another application (azp)"),
    "party": ({"claims": {"azp": "another-client"}}, "another application (azp)"),
    "issuer": ({"claims": {"iss": "https://evil.example"}}, "another provider made it (iss)"),
    "expired": ({"age": 3600}, "it has expired"),
    "from the future": ({"age": -3600}, "from the future"),
    "nonce of another": ({"claims": {"nonce": "00000000000000000000000000000000"}}, "(nonce)"),
    "no nonce": ({"claims": {"nonce": None}}, "(nonce)"),
    "no subject": ({"claims": {"sub": None}}, "lacks a claim"),
    "no expiry": ({"claims": {"exp": None}}, "lacks a claim"),
    "alg none": ({"alg": "none"}, "signed with none"),
    "public key as secret": ({"alg": "HS256"}, "signed with HS256"),
    "signature cut off": ({"alg": "unsigned"}, "signature is wrong"),
    "altered after signing": ({"alg": "altered"}, "signature is wrong"),
    "another key under the same name": ({"another_key": True}, "signature is wrong"),
    "no id token": ({"no_id_token": True}, "sent no ID token"),
    "access token of another": ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "(at_hash)"),
    "userinfo of another": ({"userinfo": {"sub": "victim"}}, "different people (sub)"),
    "discovery of another": ({"discovery": {"issuer": "https://evil.example"}}, "not set up rightly"),
    "keys from the private network": (
        {"discovery": {"jwks_uri": "https://169.254.169.254/keys"}},
        "not set up rightly",
    ),
    "answers for another provider": ({"back": {"iss": "https://evil.example"}}, "Another provider answered"),
    "groups elsewhere": ({"userinfo": {"_claim_names": {"groups": "src1"}}}, "too many groups"),
    "away": ({"away": True}, "cannot be reached now"),
}


@pytest.mark.parametrize("lie", LIES)
def test_t11_a_lie_lets_nobody_in(lie: str, browser_at: Browser) -> None:
    address = browser_at.begin()
    lies, words = LIES[lie]
    browser_at.idp.order(lies=lies)
    answer = browser_at.come_back(browser_at.idp.authorize(address))
    assert answer.status_code == (503 if lie == "away" else 403)
    assert words in html.unescape(answer.content.decode())
    assert not browser_at.is_in
    assert not Person.objects.exists()


def test_t11_a_way_back_works_once(browser_at: Browser) -> None:
    back = browser_at.idp.authorize(browser_at.begin())
    browser_at.come_back(back)
    browser_at.client.logout()
    assert browser_at.come_back(back).status_code == 403
    assert not browser_at.is_in


def test_t11_a_code_of_another_browser_is_not_taken(browser_at: Browser) -> None:
    """Neither with its own state (unknown here) nor with ours (the proof of PKCE is missing)."""
    other = Browser(browser_at.idp, browser_at.provider)
    stolen = browser_at.idp.authorize(other.begin())
    assert browser_at.come_back(stolen).status_code == 403
    ours = parse_qs(urlsplit(browser_at.begin()).query)["state"][0]
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    assert browser_at.client.get(f"{browser_at.base}callback/", {"code": code, "state": ours}).status_code == 403
    assert not browser_at.is_in
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "query", [{}, {"code": "x"}, {"state": "x"}, {"code": "x", "state": "x" * 9999}, {"error": "y"}]
)
def test_t11_a_callback_that_nobody_began_is_refused(browser_at: Browser, query: dict[str, str]) -> None:
    assert browser_at.client.get(f"{browser_at.base}callback/", query).status_code == 403
    assert not browser_at.is_in


def test_t11_two_providers_cannot_be_mixed_up(browser_at: Browser, other: Idp) -> None:
    """What began at one provider does not end at another's address, with the code of either."""
    evil = set_up(other, "Evil")
    began = browser_at.idp.authorize(browser_at.begin())
    query = urlsplit(began).query
    assert browser_at.client.get(f"/accounts/oidc/{evil.slug}/login/callback/?{query}").status_code == 403
    began = Browser(other, evil, browser_at.client).begin()
    code = parse_qs(urlsplit(other.authorize(began)).query)["code"][0]
    state = parse_qs(urlsplit(browser_at.begin()).query)["state"][0]
    assert browser_at.client.get(f"{browser_at.base}callback/", {"code": code, "state": state}).status_code == 403
    assert other.asked("token") == []
    assert not browser_at.is_in


def test_t11_the_same_subject_of_another_provider_is_somebody_else(browser_at: Browser, other: Idp) -> None:
    browser_at.sign_in()
    evil = set_up(other, "Evil", trusted_domains=("evil.example",))
    other.order(user=ANNA)
    intruder = Browser(other, evil)
    assert intruder.sign_in().status_code == 403
    assert not intruder.is_in


def test_t11_an_address_that_is_not_verified_is_nobody(browser_at: Browser) -> None:
    people.person("anna", is_admin=True)
    for user in (
        ANNA | {"email_verified": False},
        {name: value for name, value in ANNA.items() if name != "email_verified"},
        ANNA | {"email_verified": "yes"},
        ANNA | {"email": "anna@other.example"},
        ANNA | {"email": "anna@acme.example@other.example"},
        ANNA | {"email": "\u212anna@acme.example"},
        ANNA | {"email": None},
    ):
        browser_at.idp.order(user=user)
        answer = browser_at.sign_in()
        assert answer.status_code == 403, user
        assert b"does not prove who you are" in answer.content
        assert not browser_at.is_in
    assert not Identity.objects.exists()


def test_t11_a_second_subject_with_the_address_of_somebody_linked_is_refused(browser_at: Browser) -> None:
    """An address may pass to a new colleague; their predecessor's account does not."""
    browser_at.sign_in()
    browser_at.idp.order(user=ANNA | {"sub": "u-2"})
    successor = Browser(browser_at.idp, browser_at.provider)
    answer = successor.sign_in()
    assert answer.status_code == 403
    assert b"unlink" in answer.content
    assert not successor.is_in


def test_known_people_are_found_by_a_trusted_address_once(browser_at: Browser) -> None:
    known = people.person("anna", teams=("blue",))
    browser_at.sign_in()
    assert browser_at.me()["person"]["id"] == known.pk
    told = Activity.objects.order_by("id").values_list("action", flat=True)
    assert list(told) == ["person.linked", "person.signed_in"]


def test_unknown_people_stay_out_where_nobody_lets_them_in(idp: Idp) -> None:
    closed = set_up(idp, lets_in_unknown=False)
    browser = Browser(idp, closed)
    answer = browser.sign_in()
    assert answer.status_code == 403
    assert b"an admin can add you" in answer.content
    assert not Person.objects.exists()


def test_disabled_people_stay_out(browser_at: Browser) -> None:
    person = people.person("anna")
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert browser_at.sign_in().status_code == 403
    assert not browser_at.is_in


def test_a_provider_that_is_switched_off_is_not_there(browser_at: Browser) -> None:
    address = browser_at.begin()
    SignInProvider.objects.update(is_enabled=False)
    assert browser_at.come_back(browser_at.idp.authorize(address)).status_code == 404
    assert browser_at.client.get(browser_at.base).status_code == 404
    assert b"Sign in with" not in browser_at.client.get("/accounts/login/").content


def test_the_sign_in_page_has_a_button_a_provider_that_keeps_where_one_was_going(browser_at: Browser) -> None:
    page = browser_at.client.get("/accounts/login/?next=/assets/").content.decode()
    assert f'href="{browser_at.base}?next=%2Fassets%2F"' in page
    assert "Sign in with Acme" in page


def test_t12_the_way_back_leads_to_our_own_pages_only(browser_at: Browser) -> None:
    for place in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = Browser(browser_at.idp, browser_at.provider).sign_in(f"?next={place}")
        assert answer["Location"] == "/", place


def test_t09_secret_and_tokens_are_nowhere_to_be_read(browser_at: Browser, capfd: Any) -> None:
    door = people.admin()
    browser_at.sign_in()
    browser_at.idp.order(lies={"claims": {"aud": "another"}})
    Browser(browser_at.idp, browser_at.provider).sign_in()
    number = browser_at.provider.pk
    paths = ("s/providers", f"s/providers/{number}", f"s/providers/{number}/people")
    pages = ("/accounts/login/", f"/admin/sign-in/providers/{number}/", "/admin/sign-in/providers/", "/api/v1/activity")
    answers = [
        door.client.get(place) for place in (*pages, *(path.replace("s/", "/api/v1/sign-in/", 1) for path in paths))
    ]
    seen = [answer.content.decode() for answer in answers]
    seen += [str(dict(browser_at.client.session)), str(list(Activity.objects.values())), str(capfd.readouterr())]
    from django.db import connection

    for table in ("accounts_signinprovider", "accounts_providersession", "accounts_identity", "django_session"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT encode(convert_to({table}::text, 'UTF8'), 'escape') FROM {table}")
            seen += [row[0] for row in cursor.fetchall()]
    for text in seen:
        for marker in ("marker-client-secret", "marker-access", "marker-refresh"):
            assert marker not in text
    assert queries.provider_session(browser_at.client.session["provider_session"]) is not None


def test_t08_the_way_through_a_provider_is_limited(browser_at: Browser, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"provider": "3/m/ip"}
    answers = [browser_at.client.get(f"{browser_at.base}callback/", {"state": "x"}).status_code for _ in range(5)]
    assert answers == [403, 403, 403, 429, 429]
