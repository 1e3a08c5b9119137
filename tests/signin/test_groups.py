"""What a provider's groups give, and that it is taken away at the next request (T11)."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.signin.oidc_process import Idp
from tests.signin.world import ANNA, Browser, set_up

from prodsec.accounts.models import Grant, Identity, Person, ProviderSession, SignInProvider, TeamMember
from prodsec.accounts.tests import people
from prodsec.accounts.types import SYSTEM, GroupRule
from prodsec.activity.models import Activity
from prodsec.flows import manage_providers
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock


def give(provider: SignInProvider, group: str, *, team: str = "", role: str = "", asset_id: int | None = None) -> int:
    """Let a group give a team or a role."""
    team_id = people.team(team).pk if team else None
    return manage_providers.add_group(
        SYSTEM, provider.pk, rule=GroupRule(group, team_id=team_id, role=role, asset_id=asset_id)
    )


def teams_of(browser: Browser) -> list[str]:
    """The teams that somebody is in, asked as they ask."""
    return sorted(team["slug"] for team in browser.me()["teams"])


@pytest.fixture
def always(idp: Idp) -> Browser:
    """A provider that is asked at every request."""
    return Browser(idp, set_up(idp, recheck_seconds=0))


def test_groups_give_teams_and_roles_and_what_is_given_by_hand_stays(always: Browser) -> None:
    red = inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)
    give(always.provider, "red", team="red")
    give(always.provider, "red", role="developer", asset_id=red.pk)
    give(always.provider, "auditors", role="auditor")
    person = people.person("anna", teams=("blue",), roles={"viewer": red.pk})
    always.sign_in()
    assert teams_of(always) == ["blue", "red"]
    grants = {(grant.role, grant.asset_id, grant.source) for grant in Grant.objects.filter(person=person)}
    assert grants == {("viewer", red.pk, ""), ("developer", red.pk, "sign-in:acme")}
    always.idp.order(user=ANNA | {"groups": ["auditors"]})
    assert teams_of(always) == ["blue"]
    grants = {(grant.role, grant.asset_id, grant.source) for grant in Grant.objects.filter(person=person)}
    assert grants == {("viewer", red.pk, ""), ("auditor", None, "sign-in:acme")}


def test_t11_a_group_that_is_taken_away_there_is_gone_at_the_next_request(always: Browser) -> None:
    asset = inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)
    give(always.provider, "red", role="viewer", asset_id=asset.pk)
    always.sign_in()
    assert always.client.get(f"/api/v1/assets/{asset.pk}").status_code == 200
    for groups in ([], ["green"]):
        always.idp.order(user=ANNA | {"groups": groups})
        assert always.client.get(f"/api/v1/assets/{asset.pk}").status_code == 404
    always.idp.order(user={name: value for name, value in ANNA.items() if name != "groups"})
    assert always.client.get(f"/assets/{asset.pk}/").status_code == 404
    told = Activity.objects.filter(action="person.groups_followed").order_by("id").values_list("details", flat=True)
    assert [each["groups"] for each in told] == [["red"], []]


def test_the_provider_is_asked_again_only_when_its_word_is_old(idp: Idp) -> None:
    browser = Browser(idp, set_up(idp))
    give(browser.provider, "red", team="red")
    browser.sign_in()
    idp.order(user=ANNA | {"groups": []}, forget=True)
    assert teams_of(browser) == ["red"]
    assert idp.asked("userinfo") == []
    with clock.set_to(clock.now() + datetime.timedelta(seconds=301)):
        assert teams_of(browser) == []
        assert teams_of(browser) == []
    assert len(idp.asked("userinfo")) == 1


def test_groups_may_be_in_the_id_token_alone(always: Browser) -> None:
    give(always.provider, "red", team="red")
    always.idp.order(lies={"in_id_token": ["groups"]})
    always.sign_in()
    assert teams_of(always) == ["red"]
    always.idp.order(user=ANNA | {"groups": []}, lies={"in_id_token": ["groups"]})
    assert teams_of(always) == []
    assert always.is_in


def test_without_a_way_to_ask_again_the_session_ends_by_itself(idp: Idp) -> None:
    idp.order(lies={"in_id_token": ["groups"], "no_refresh": True})
    browser = Browser(idp, set_up(idp, recheck_seconds=0, session_hours=2))
    browser.sign_in()
    with clock.set_to(clock.now() + datetime.timedelta(minutes=119)):
        assert browser.is_in
    with clock.set_to(clock.now() + datetime.timedelta(minutes=121)):
        assert not browser.is_in


def test_tokens_are_renewed_when_they_end(always: Browser) -> None:
    always.sign_in()
    session = ProviderSession.objects.get()
    always.idp.order(expire=True)
    assert always.is_in
    renewed = ProviderSession.objects.get()
    assert bytes(renewed.access_token or b"") != bytes(session.access_token or b"")
    assert bytes(renewed.refresh_token or b"") != bytes(session.refresh_token or b"")
    ProviderSession.objects.update(token_expires_at=clock.now())
    assert always.is_in


def test_t11_a_session_that_the_provider_ended_ends_here(always: Browser) -> None:
    always.sign_in()
    always.idp.order(lies={"ended": True})
    answer = always.client.get("/findings/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert b"sign in again" in always.client.get("/accounts/login/").content
    always.idp.order(lies={})
    assert not always.is_in
    assert not ProviderSession.objects.exists()


def test_t11_an_answer_about_somebody_else_ends_the_session(always: Browser) -> None:
    always.sign_in()
    always.idp.order(lies={"userinfo": {"sub": "victim"}})
    assert not always.is_in


@pytest.mark.parametrize("lies", [{"away": True}, {"userinfo": {"groups": 5}}])
def test_nonsense_gives_nothing_new(always: Browser, lies: dict[str, object]) -> None:
    give(always.provider, "red", team="red")
    always.sign_in()
    always.idp.order(lies=lies)
    answer = always.client.get("/api/v1/me")
    assert answer.status_code == (200 if "away" in lies else 401)


def test_while_the_provider_is_away_its_word_holds_for_a_quarter_of_an_hour(always: Browser) -> None:
    give(always.provider, "red", team="red")
    always.sign_in()
    always.idp.order(lies={"away": True}, forget=True)
    began = clock.now()
    with clock.set_to(began + datetime.timedelta(minutes=14)):
        assert teams_of(always) == ["red"]
        assert teams_of(always) == ["red"]
    # It is not asked by every request while it is away.
    assert len(always.idp.asked("discovery") + always.idp.asked("userinfo")) == 1
    with clock.set_to(began + datetime.timedelta(minutes=16)):
        page = always.client.get("/findings/")
        assert page.status_code == 503
        assert b"cannot be asked whether you may still come in" in page.content
        answer = always.client.get("/api/v1/me")
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
        always.idp.order(lies={})
        assert teams_of(always) == ["red"]  # refused meanwhile, not ended


def test_one_request_renews_at_a_time(always: Browser) -> None:
    always.sign_in()
    ProviderSession.objects.update(
        token_expires_at=clock.now(), renewing_until=clock.now() + datetime.timedelta(seconds=20)
    )
    always.idp.order(forget=True)
    assert always.is_in
    assert always.idp.asked("token") == []


def test_a_mapping_holds_at_once_for_those_who_came_already(idp: Idp) -> None:
    browser = Browser(idp, set_up(idp))
    browser.sign_in()
    number = give(browser.provider, "red", team="red")
    assert teams_of(browser) == ["red"]
    manage_providers.remove_group(SYSTEM, browser.provider.pk, number)
    assert teams_of(browser) == []


def test_a_provider_that_is_deleted_takes_everything_with_it(idp: Idp) -> None:
    browser = Browser(idp, set_up(idp))
    give(browser.provider, "red", team="red")
    browser.sign_in()
    manage_providers.remove(SYSTEM, browser.provider.pk)
    assert not browser.is_in
    assert not TeamMember.objects.exists()
    assert not Identity.objects.exists()
    assert Person.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"client_id": "another"}])
def test_a_provider_that_is_switched_off_or_pointed_elsewhere_ends_its_sessions(
    idp: Idp, change: dict[str, Any]
) -> None:
    browser = Browser(idp, set_up(idp))
    browser.sign_in()
    door = people.admin()
    answer = door.patch(f"/sign-in/providers/{browser.provider.pk}", {**change, "secret": "new"})
    assert answer.status_code == 200, answer.content
    assert not browser.is_in


def test_signing_out_forgets_the_tokens(always: Browser) -> None:
    always.sign_in()
    always.client.post("/accounts/logout/")
    assert not ProviderSession.objects.exists()


def test_somebody_who_is_unlinked_is_as_new(always: Browser) -> None:
    give(always.provider, "red", team="red")
    always.sign_in()
    identity = Identity.objects.get()
    manage_providers.unlink(SYSTEM, always.provider.pk, identity.pk)
    assert not always.is_in
    assert not TeamMember.objects.exists()
    always.idp.order(user=ANNA | {"sub": "u-2"})
    again = Browser(always.idp, always.provider)
    again.sign_in()
    assert again.me()["person"]["id"] == identity.person_id


def test_a_request_costs_one_query_more_while_nothing_is_due(idp: Idp) -> None:
    browser = Browser(idp, set_up(idp))
    browser.sign_in()
    costs = []
    for client in (people.session_door(people.person("other")).client, browser.client):
        client.get("/api/v1/me")
        with CaptureQueriesContext(connection) as asked:
            client.get("/api/v1/me")
        costs.append(len(asked))
    assert costs[1] - costs[0] == 1
