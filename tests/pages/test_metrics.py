"""The page of numbers: what it says, where its numbers lead, what it costs, and to whom."""

import csv
import datetime
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import ASSET, sarif

if TYPE_CHECKING:
    from django.test import Client

LINK = re.compile(r'href="(/metrics/findings/[^"]+)">([\d,]+)</a>')


@pytest.fixture
def counted(client: "Client", imported: Callable[..., int]) -> "Client":
    """Three findings that were opened, of which one was fixed, and two of another asset; all counted."""
    from prodsec.metrics import services as metrics

    imported(sarif("flaw 1", "flaw 2", "flaw 3"))
    imported(sarif("flaw 1", "flaw 2"))
    imported(sarif("=cmd", "flaw 4"), "gitlab.com/acme/web")
    while not metrics.catch_up().is_done:
        pass
    return client


def body(client: "Client", address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


@pytest.mark.parametrize("period", ["30d", "91d", "364d", "728d"])
def test_every_number_leads_to_exactly_what_it_counts(counted: "Client", period: str) -> None:
    links = set(LINK.findall(body(counted, f"/metrics/?period={period}")))
    assert len(links) > 8
    for address, number in links:
        listed = body(counted, address.replace("&amp;", "&"))
        assert listed.count('class="row-title"') == int(number), address


def test_the_file_of_a_chart_says_what_the_chart_says(counted: "Client") -> None:
    answer = counted.get("/metrics/charts/open.csv?period=30d")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["At the end of", "High"]
    assert rows[-1][1] == "4"
    assert len(rows) == 31
    assert counted.get("/metrics/charts/nothing.csv").status_code == 404


def test_the_api_says_the_same(counted: "Client") -> None:
    told = counted.get("/api/v1/metrics?period=30d").json()
    assert (told["total"]["open"], told["total"]["opened"], told["total"]["fixed"]) == (4, 5, 1)
    assert told["by_severity"]["high"]["in_time_share"] == 1.0
    assert told["by_severity"]["critical"]["in_time_share"] is None
    assert told["points"][-1]["total"]["open"] == 4
    assert told["points"][0]["total"]["open"] == 0
    assert {one["name"] for one in told["definitions"]} >= {"open", "sla", "overdue", "age"}
    assert told["counted_at"]
    under = counted.get(f"/api/v1/metrics?under={ASSET}").json()
    assert under["total"]["open"] == 2
    listed = counted.get(f"/api/v1/metrics/findings?count=fixed&from=2026-01-01&under={ASSET}").json()
    assert [one["title"] for one in listed["items"]] == ["Do not do this."]
    assert [one["asset"] for one in listed["items"]] == [ASSET]


def test_as_of_an_earlier_day_nothing_was_there(counted: "Client") -> None:
    told = counted.get("/api/v1/metrics?as_of=2020-02-29").json()
    assert told["total"]["open"] == 0
    assert told["total"]["overdue_share"] is None
    assert "unknown" in body(counted, "/metrics/?as_of=2020-02-29")


def test_there_are_no_numbers_of_days_to_come(counted: "Client") -> None:
    from prodsec.kit import clock

    tomorrow = clock.now().date() + datetime.timedelta(days=1)
    told = counted.get(f"/api/v1/metrics?as_of={tomorrow}").json()
    assert told["as_of"] == clock.now().date().isoformat()


@pytest.mark.parametrize(
    "wrong", ["as_of=2026-02-30", "as_of=0001-01-01", "period=1y", "team=x", "team=²", "kind=all", "under=nowhere"]
)
def test_a_wrong_address_is_answered_with_a_sentence(counted: "Client", wrong: str) -> None:
    answer = counted.get(f"/metrics/?{wrong}", follow=True)
    assert answer.redirect_chain == [("/metrics/", 302)]
    assert b"message-error" in answer.content
    assert counted.get(f"/api/v1/metrics?{wrong}").status_code in (404, 422)
    if not wrong.startswith(("as_of", "period", "under")):
        assert counted.get(f"/metrics/findings/?{wrong}").status_code == 302


def test_before_anything_is_counted_the_page_says_so(client: "Client") -> None:
    page = body(client, "/metrics/")
    assert "Nothing to count yet" in page
    assert "tile-number" not in page


def test_who_sees_a_part_of_the_tree_sees_its_numbers_only(counted: "Client") -> None:
    """T03: counts hold what the viewer sees, on the page, in files, in the API, and in lists of what is counted."""
    from django.test import Client

    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM
    from prodsec.inventory import queries as assets
    from prodsec.inventory import services as inventory

    person = people.create_person(SYSTEM, email="mary@acme.example", name="Mary")
    nobody = people.create_person(SYSTEM, email="nora@acme.example", name="Nora")
    team = people.create_team(SYSTEM, name="Payments", slug="payments")
    people.add_member(SYSTEM, team_id=team.pk, person_id=person.pk)
    inventory.set_owner(SYSTEM, assets.asset_at(SYSTEM, ASSET).pk, team.pk)
    seen, blind = Client(), Client()
    seen.force_login(person)
    blind.force_login(nobody)
    assert seen.get("/api/v1/metrics").json()["total"]["open"] == 2
    assert "acme/web" not in body(seen, "/metrics/findings/?count=open")
    assert len(seen.get("/api/v1/metrics/findings").json()["items"]) == 2
    assert seen.get("/api/v1/metrics?under=gitlab.com/acme/web").status_code == 404
    for address in set(LINK.findall(body(seen, "/metrics/"))):
        assert "acme/web" not in body(seen, address[0].replace("&amp;", "&"))
    assert blind.get("/api/v1/metrics").json()["total"]["open"] == 0
    assert blind.get("/api/v1/metrics/findings").json()["items"] == []


def test_a_token_sees_its_subtree(counted: "Client") -> None:
    from django.test import Client

    from prodsec.accounts import services as people
    from prodsec.accounts.models import Person
    from prodsec.accounts.queries import viewer_of
    from prodsec.accounts.types import Scope

    admin = viewer_of(Person.objects.get(email="ada@acme.example"))
    _, text = people.create_token(admin, name="web", scopes=frozenset({Scope.READ}), subtree="gitlab.com/acme/web")
    token = Client(headers={"Authorization": f"Bearer {text}"})
    assert token.get("/api/v1/metrics").json()["total"]["open"] == 2
    assert token.get(f"/api/v1/metrics?under={ASSET}").status_code == 404
