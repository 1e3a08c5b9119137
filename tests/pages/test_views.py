"""Saved views at the door: kept, opened by others with their own eyes, pinned with a count, and never in the way."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.pages.conftest import ASSET, sarif
from tests.pages.test_findings import rows

if TYPE_CHECKING:
    from django.test import Client

MARKER = '<script>alert("view")</script>'
OTHER = "gitlab.com/acme/shop/web"


@pytest.fixture
def somebody(db: None) -> Callable[..., "Client"]:
    """Makes a person, with a role on an asset or in a team, and gives their browser."""
    from django.test import Client

    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM
    from prodsec.inventory import queries as inventory

    def make(name: str, *, sees: str = "", team: Any = None, role: str = "viewer") -> Client:
        person = people.create_person(SYSTEM, email=f"{name}@acme.example", name=name)
        if sees:
            asset = inventory.asset_at(SYSTEM, sees)
            people.add_grant(SYSTEM, role=role, person_id=person.pk, asset_id=asset.pk)
        if team is not None:
            people.add_member(SYSTEM, team_id=team.pk, person_id=person.pk)
        browser = Client()
        browser.force_login(person)
        return browser

    return make


def save(client: "Client", name: str, query: str, *, shared: str = "me", pin: bool = False) -> str:
    """Save a view through the page; gives the address it opens at."""
    given = {"name": name, "query": query, "shared": shared} | ({"pin": "yes"} if pin else {})
    answer = client.post("/views/", given)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def pinned(client: "Client") -> dict[str, str]:
    """What the sidebar shows once it was counted: names and numbers."""
    page = client.get("/views/pinned/").content.decode()
    found = re.findall(r'pinned-name">([^<]*)</span>(?:<span class="pinned-count">([^<]*)<)?', page)
    return dict(found)


def test_a_saved_view_opens_what_was_seen(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("flaw one", "flaw two"))
    seen = rows(client, "/findings/?text=flaw+two")
    address = save(client, "Second", "text=flaw+two&cursor=abc&size=10&state=")
    assert re.fullmatch(r"/findings/\?text=flaw\+two&view=\d+", address)
    assert rows(client, address) == seen
    assert "Second" in client.get(address).content.decode()
    changed = address.replace("two", "one")
    assert "Update the view" in client.get(changed).content.decode()
    view = address.rpartition("=")[2]
    client.post(f"/views/{view}/ask/", {"query": "text=flaw+one"})
    assert client.get("/api/v1/views").json()[0]["query"] == "text=flaw+one"


def test_the_sidebar_counts_with_its_readers_own_eyes(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    imported(sarif("one", "two"))
    imported(sarif("three", "four", "five"), OTHER)
    view = save(client, "All high", "severity=high", shared="all", pin=True).rpartition("=")[2]
    assert pinned(client) == {"All high": "5"}
    few = somebody("few", sees=OTHER)
    few.post(f"/views/{view}/pin/", {"pinned": "yes"})
    assert pinned(few) == {"All high": "3"}
    assert len(rows(few, f"/findings/?severity=high&view={view}")) == 3
    page = few.get("/assets/").content.decode()
    assert 'pinned-count">3<' in page
    assert 'hx-trigger="load"' not in re.search(r'<div class="pinned-views".*?>', page)[0]  # type: ignore[index]


def test_who_sees_and_changes_what(client: "Client", somebody: Callable[..., "Client"]) -> None:
    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM

    team = people.create_team(SYSTEM, name="Red", slug="red")
    ines, tom, eve = somebody("ines", team=team), somebody("tom", team=team), somebody("eve")
    views = {
        shared: save(ines, f"By {shared}", "", shared=shared).rpartition("=")[2] for shared in ("me", str(team.pk))
    }
    views["all"] = save(client, "By all", "", shared="all").rpartition("=")[2]
    names = {
        name: {view["name"] for view in who.get("/api/v1/views").json()} for name, who in (("tom", tom), ("eve", eve))
    }
    assert names == {"tom": {f"By {team.pk}", "By all"}, "eve": {"By all"}}
    assert tom.post(f"/views/{views[str(team.pk)]}/", {"name": "Ours", "shared": str(team.pk)}).status_code == 302
    assert eve.get(f"/views/{views[str(team.pk)]}/").status_code == 404
    assert eve.post(f"/views/{views['all']}/remove/").status_code in (302, 403)
    assert {view["name"] for view in eve.get("/api/v1/views").json()} == {"By all"}
    assert client.get(f"/views/{views['me']}/").status_code == 404, "an admin's curiosity"
    refused = eve.post("/views/", {"name": "For all", "query": "", "shared": "all"})
    assert refused.status_code == 422
    refused = eve.post("/api/v1/views", {"name": "x", "query": "", "team_id": team.pk}, content_type="application/json")
    assert refused.status_code in (403, 422)


def test_a_view_whose_fields_are_gone_opens_and_says_so(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one", "two"))
    from prodsec.findings.models import SavedView

    view = save(client, "Old", "severity=high", pin=True).rpartition("=")[2]
    SavedView.objects.filter(pk=view).update(query="severity=high&colour=blue&kind=telepathy")
    address = f"/findings/?severity=high&colour=blue&kind=telepathy&view={view}"
    for page in (client.get(address), client.get(f"/views/{view}/")):
        assert "<code>colour" in page.content.decode()
        assert "telepathy" in page.content.decode()
    assert len(rows(client, address)) == 2
    assert pinned(client) == {"Old": "2"}
    assert client.post(f"/views/{view}/", {"name": "Older", "shared": "me"}).status_code == 302
    refused = client.post("/api/v1/views", {"name": "New", "query": "colour=blue"}, content_type="application/json")
    assert refused.status_code in (403, 422)


def test_a_view_that_is_gone_leaves_its_question(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one"))
    address = save(client, "Short-lived", "severity=high", pin=True)
    assert client.post(f"/views/{address.rpartition('=')[2]}/remove/").status_code == 302
    assert len(rows(client, address)) == 1
    assert pinned(client) == {}
    assert "Short-lived" not in client.get("/assets/").content.decode()


def test_hostile_names_stay_names(client: "Client", somebody: Callable[..., "Client"]) -> None:
    save(client, MARKER, f"text={MARKER}", shared="all", pin=True)
    for address in ("/views/", "/", "/views/pinned/", "/findings/", client.get("/views/").request["PATH_INFO"]):
        assert MARKER not in client.get(address).content.decode(), address
    assert MARKER not in somebody("reader").get("/views/").content.decode()
    assert client.post("/views/", {"name": "n" * 5000, "query": "", "shared": "me"}).status_code == 422
    assert client.post("/views/", {"name": "wide", "query": "text=" + "x" * 9000, "shared": "me"}).status_code == 422
    assert client.post("/views/", {"name": MARKER, "query": "", "shared": "me"}).status_code == 422, "the name is taken"


def test_what_cannot_be_counted_in_time_has_no_number(client: "Client", monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    from prodsec.findings.queries import views

    save(client, "Endless", "severity=high", pin=True)
    slow = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"

    def endless(*_asked: object, **_most: object) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(slow)
            return list(cursor.fetchone())

    monkeypatch.setattr(views, "count_each", endless)
    assert pinned(client) == {"Endless": ""}
    assert client.get("/findings/").status_code == 200


def test_a_team_that_goes_leaves_the_view_to_its_owner(client: "Client", somebody: Callable[..., "Client"]) -> None:
    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM

    team = people.create_team(SYSTEM, name="Red", slug="red")
    ines, tom = somebody("ines", team=team), somebody("tom", team=team)
    save(ines, "Ours", "", shared=str(team.pk))
    assert client.delete(f"/api/v1/teams/{team.pk}").status_code == 204
    assert [view["name"] for view in ines.get("/api/v1/views").json()] == ["Ours"]
    assert tom.get("/api/v1/views").json() == []


def test_each_deed_is_on_record(client: "Client") -> None:
    view = save(client, "Watched", "severity=high").rpartition("=")[2]
    client.post(f"/views/{view}/", {"name": "Watched still", "shared": "all"})
    client.post(f"/views/{view}/remove/")
    told = [item["action"] for item in client.get("/api/v1/activity").json()["items"] if item["object_type"] == "view"]
    assert told == ["view.removed", "view.changed", "view.saved"]


def test_who_asked_hears_of_what_enters_a_view_with_their_own_eyes(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    from prodsec.flows import watch_views

    imported(sarif("one"))
    imported(sarif("two"), OTHER)
    view = save(client, "All high", "severity=high", shared="all").rpartition("=")[2]
    few, late = somebody("few", sees=OTHER), somebody("late", sees=OTHER)
    for who in (client, few):
        assert who.post(f"/views/{view}/subscribe/", {"subscribed": "yes"}).status_code == 302
    assert watch_views.run() == 0, "nothing entered since"
    imported(sarif("one", "three", "four"))
    imported(sarif("two", "five"), OTHER)
    assert watch_views.run() == 2
    assert watch_views.run() == 0, "said once"
    imported(sarif("one"))
    assert watch_views.run() == 0, "what is gone did not enter"
    titles = [
        [item["title"] for item in who.get("/api/v1/notifications").json()["items"]] for who in (client, few, late)
    ]
    assert titles == [["3 new or reopened in All high"], ["1 new or reopened in All high"], []]
    few.post(f"/views/{view}/subscribe/", {"subscribed": "no"})
    client.post(f"/views/{view}/", {"name": "All high", "shared": "me"})
    imported(sarif("one", "six"))
    assert watch_views.run() == 1


def test_a_view_that_is_hidden_again_is_silent(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    from prodsec.findings.models import ViewSubscription
    from prodsec.flows import watch_views

    imported(sarif("one"))
    view = save(client, "All", "", shared="all").rpartition("=")[2]
    few = somebody("few", sees=ASSET)
    assert few.put(f"/api/v1/views/{view}/subscription").status_code in (204, 403)
    few.post(f"/views/{view}/subscribe/", {"subscribed": "yes"})
    client.post(f"/views/{view}/", {"name": "All", "shared": "me"})
    imported(sarif("one", "two"))
    assert watch_views.run() == 0
    assert not ViewSubscription.objects.exists()
