"""Signing in through SAML, with answers honest and lying (T11, T13)."""

import datetime
import html
from collections.abc import Callable

import pytest
from tests.signin.saml_provider import ENTITY, Answer, SamlBrowser, Signer, stamp

from prodsec.accounts.models import Identity, Person, SignInProvider, UsedAssertion
from prodsec.accounts.services import identities, providers
from prodsec.accounts.tests import people
from prodsec.accounts.types import SYSTEM, GroupRule, ProviderKind, ProviderSettings, SignInRefusedError
from prodsec.kit import clock
from prodsec.kit.errors import InvalidError

SIGNER, STRANGER = Signer(), Signer()


def set_up(metadata: str = "") -> SignInProvider:
    settings = ProviderSettings(
        name="Acme SAML", kind=ProviderKind.SAML, metadata=metadata or SIGNER.metadata(), verified_claim="",
        trusted_domains=("acme.example",), lets_in_unknown=True,
    )  # fmt: skip
    return providers.create_provider(SYSTEM, settings=settings, secret="")


@pytest.fixture
def browser(db: object) -> SamlBrowser:
    return SamlBrowser(set_up().slug)


def honest(answer: Answer) -> str:
    """What a provider sends: a signed assertion in a response."""
    return answer.around(SIGNER.sign(answer.assertion()))


def test_somebody_comes_in_with_their_groups(browser: SamlBrowser) -> None:
    provider = SignInProvider.objects.get()
    red = people.team("red")
    providers.add_group(SYSTEM, provider.pk, rule=GroupRule("red", team_id=red.pk))
    answer = browser.bring(honest(browser.begin("?next=/findings/")))
    assert (answer.status_code, answer["Location"]) == (302, "/findings/")
    me = browser.client.get("/api/v1/me").json()
    assert (me["person"]["email"], me["person"]["name"]) == ("anna@acme.example", "Anna")
    assert [team["slug"] for team in me["teams"]] == ["red"]
    identity = Identity.objects.get()
    assert (identity.issuer, identity.subject, identity.groups) == (ENTITY, "u-1", ["red", "staff"])


def test_a_response_that_is_signed_as_a_whole_will_do(browser: SamlBrowser) -> None:
    answer = browser.begin()
    browser.bring(SIGNER.sign(answer.around(answer.assertion())))
    assert browser.is_in


def test_any_published_certificate_signs(db: object) -> None:
    new = Signer()
    browser = SamlBrowser(set_up(SIGNER.metadata(others=(new,))).slug)
    answer = browser.begin()
    browser.bring(answer.around(new.sign(answer.assertion())))
    assert browser.is_in


def wrapped(answer: Answer) -> str:
    """XSW: the signed assertion is kept beside a forged one that is read first."""
    signed = SIGNER.sign(answer.assertion())
    return answer.around(answer.but(subject="victim", assertion_id="_evil").assertion() + signed)


def wrapped_within(answer: Answer) -> str:
    """XSW: the forged assertion carries the signature, and the signed one hides inside of it."""
    signed = SIGNER.sign(answer.assertion())
    begins, ends = signed.index("<ds:Signature"), signed.index("</ds:Signature>") + len("</ds:Signature>")
    signature, plain = signed[begins:ends], signed[:begins] + signed[ends:]
    hidden = signature.replace("</ds:Signature>", f"<ds:Object>{plain}</ds:Object></ds:Signature>")
    forged = answer.but(subject="victim", assertion_id="_evil").assertion()
    return answer.around(forged.replace("</saml:Issuer>", f"</saml:Issuer>{hidden}", 1))


def wrapped_same_id(answer: Answer) -> str:
    """XSW: both have the identifier that the signature names."""
    signed = SIGNER.sign(answer.assertion())
    forged = answer.but(subject="victim").assertion()
    return answer.around(forged).replace(
        "</samlp:Response>", f"<samlp:Extensions>{signed}</samlp:Extensions></samlp:Response>"
    )


def altered(answer: Answer) -> str:
    return honest(answer).replace(">u-1<", ">victim<")


def entity(answer: Answer) -> str:
    return '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + honest(answer).replace(">Anna<", ">&e;<")


LIES: dict[str, tuple[Callable[[Answer], str], str]] = {
    "not signed": (lambda answer: answer.around(answer.assertion()), "No Signature"),
    "signed by a stranger": (lambda answer: answer.around(STRANGER.sign(answer.assertion())), "Signature validation"),
    "altered after signing": (altered, "Signature validation"),
    "wrapped beside": (wrapped, "must contain 1 assertion"),
    "wrapped within": (wrapped_within, "does not hold"),
    "wrapped under one identifier": (wrapped_same_id, "does not hold"),
    "audience": (lambda answer: honest(answer.but(audience="https://other.example")), "audience"),
    "no audience": (lambda answer: honest(answer.but(audience="")), "audience"),
    "issuer": (lambda answer: honest(answer.but(issuer="https://evil.example")), "issuer"),
    "expired": (lambda answer: honest(answer.but(begins=-60, ends=-30)), "expired"),
    "from the future": (lambda answer: honest(answer.but(begins=30, ends=60)), "not yet valid"),
    "session over": (lambda answer: honest(answer.but(session_ends=stamp(-1))), "expired"),
    "destination": (lambda answer: honest(answer.but(destination="https://other.example/acs/")), "instead of"),
    "destination beyond": (lambda answer: honest(answer.but(destination=answer.place + "more/")), "another place"),
    "recipient": (lambda answer: honest(answer.but(recipient="https://other.example/acs/")), "SubjectConfirmation"),
    "recipient beyond": (lambda answer: honest(answer.but(recipient=answer.place + "more/")), "another place"),
    "no recipient": (lambda answer: honest(answer.but(recipient="")), "another place"),
    "another question inside": (lambda answer: honest(answer.but(asked="_another")), "SubjectConfirmation"),
    "no question inside": (lambda answer: honest(answer.but(asked="")), "another place or question"),
    "not asked for": (lambda answer: honest(answer.but(question="")), "not asked for"),
    "a question of nobody": (lambda answer: honest(answer.but(question="_of_nobody")), "Begin again"),
    "failed there": (lambda answer: honest(answer.but(status="Responder")), "does not hold"),
    "transient name": (
        lambda answer: honest(answer.but(name_id_format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")),
        "differently each time",
    ),
    "no name": (lambda answer: honest(answer.but(subject="")), "does not hold"),
    "entities (T13)": (entity, "does not hold"),
    "nonsense": (lambda _answer: "nonsense", "does not hold"),
    "nothing": (lambda _answer: "", "does not hold"),
}


@pytest.mark.parametrize("lie", LIES)
def test_t11_a_lie_lets_nobody_in(lie: str, browser: SamlBrowser) -> None:
    make, words = LIES[lie]
    answer = browser.bring(make(browser.begin()))
    assert answer.status_code == 403
    assert words in html.unescape(answer.content.decode())
    assert not browser.is_in
    assert not Person.objects.exists()


def test_t11_a_comment_in_a_name_cuts_nothing_off(browser: SamlBrowser) -> None:
    """The signature does not see comments; who reads only the text before one would let in somebody else."""
    people.person("admin", is_admin=True)
    answer = browser.begin()
    said = {"email": ["admin@acme.example.evil.example"]}
    signed = SIGNER.sign(answer.but(subject="admin-1.evil", attributes=said).assertion())
    signed = signed.replace("admin-1.evil", "admin-1<!---->.evil").replace(
        "acme.example.evil", "acme.example<!---->.evil"
    )
    response = browser.bring(answer.around(signed))
    assert response.status_code == 403
    assert b"admin@acme.example.evil.example" in response.content
    assert not Identity.objects.exists()


def test_t11_an_assertion_works_once(browser: SamlBrowser) -> None:
    answer = browser.begin()
    response = honest(answer)
    browser.bring(response)
    assert browser.is_in
    browser.client.post("/accounts/logout/")
    assert browser.bring(response).status_code == 403
    assert not browser.is_in
    # Even if the question stood again: the assertion itself is remembered.
    provider = SignInProvider.objects.get()
    with pytest.raises(SignInRefusedError, match="used before"):
        identities.use_assertion(provider, answer.assertion_id, expires_at=clock.now())
    assert UsedAssertion.objects.count() == 1


def test_t11_an_answer_to_another_browser_is_not_taken(browser: SamlBrowser) -> None:
    other = SamlBrowser(browser.slug)
    response = honest(other.begin())
    browser.begin()
    assert browser.bring(response).status_code == 403
    assert not browser.is_in


def test_t11_an_answer_for_another_provider_is_not_taken(browser: SamlBrowser) -> None:
    evil = set_up(STRANGER.metadata(entity="https://evil.example/entity"))
    answer = browser.begin()
    there = SamlBrowser(evil.slug, browser.client)
    assert there.bring(honest(answer)).status_code == 403
    forged = answer.but(
        place=there.place, issuer="https://evil.example/entity", audience=there.place.replace("acs", "metadata")
    )
    assert there.bring(forged.around(STRANGER.sign(forged.assertion()))).status_code == 403
    assert not browser.is_in


def test_a_session_lasts_eight_hours_or_as_the_provider_says(browser: SamlBrowser) -> None:
    browser.bring(honest(browser.begin()))
    for minutes, is_in in ((479, True), (481, False)):
        with clock.set_to(clock.now() + datetime.timedelta(minutes=minutes)):
            assert browser.is_in is is_in
    short = SamlBrowser(browser.slug)
    short.bring(honest(short.begin().but(session_ends=stamp(30))))
    assert short.is_in
    with clock.set_to(clock.now() + datetime.timedelta(minutes=31)):
        assert not short.is_in


def test_groups_are_those_of_the_last_sign_in(browser: SamlBrowser) -> None:
    provider, red = SignInProvider.objects.get(), people.team("red")
    providers.add_group(SYSTEM, provider.pk, rule=GroupRule("red", team_id=red.pk))
    browser.bring(honest(browser.begin()))
    again = SamlBrowser(browser.slug)
    again.bring(honest(again.begin().but(attributes={"groups": ["staff"]})))
    for each in (browser, again):
        assert each.client.get("/api/v1/me").json()["teams"] == []


def test_our_metadata_name_us_and_where_answers_go(browser: SamlBrowser) -> None:
    answer = browser.client.get(f"/accounts/saml/{browser.slug}/metadata/")
    assert answer.status_code == 200
    assert browser.place.encode() in answer.content


@pytest.mark.parametrize(
    "metadata", ["", "nonsense", "<a/>", "<!DOCTYPE x [<!ENTITY e 'f'>]><x>&e;</x>", SIGNER.metadata(entity=""),
                 SIGNER.metadata().replace("https://idp", "http://idp"), SIGNER.metadata() + "x" * 1_000_001],
)  # fmt: skip
def test_t13_metadata_that_are_none_are_refused(metadata: str, db: object) -> None:
    settings = ProviderSettings(name="x", kind=ProviderKind.SAML, metadata=metadata, verified_claim="")
    with pytest.raises(InvalidError):
        providers.create_provider(SYSTEM, settings=settings, secret="")
