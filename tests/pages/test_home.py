"""My work: for everybody, each number with exactly the records it counts, and the first steps of a new installation."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.pages.conftest import ASSET, sarif
from tests.pages.test_findings import rows
from tests.pages.test_views import OTHER, somebody

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["somebody"]


def tiles(client: "Client") -> dict[str, tuple[int, str]]:
    """The numbers of the page with the addresses they lead to."""
    page = client.get("/").content.decode()
    found = re.findall(
        r'class="tile" href="([^"]*)"><span class="tile-number[^"]*">([\d,]+)\+?</span><span[^>]*>([^<]*)<', page
    )
    return {label: (int(number.replace(",", "")), address.replace("&amp;", "&")) for address, number, label in found}


def test_each_number_leads_to_what_it_counts(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM
    from prodsec.flows import own_assets
    from prodsec.inventory import services as inventory

    imported(sarif("one", "two"))
    imported(sarif("three", "four", "five"), OTHER)
    team = people.create_team(SYSTEM, name="Red", slug="red")
    ines = somebody("ines", team=team)
    owned = client.get(f"/api/v1/assets?path={ASSET}").json()["items"][0]["id"]
    own_assets.followed(SYSTEM, lambda: inventory.set_owner(SYSTEM, owned, team.pk))
    first = int(ines.get("/api/v1/findings").json()["items"][0]["id"])
    client.post("/findings/bulk/", {"finding": [first], "deed": "assign", "person": ines.get("/").wsgi_request.user.pk})
    for who in (client, ines):
        counted = tiles(who)
        assert {"overdue", "due within 7 days", "critical and open", "assigned to me", "owned by nobody"} <= set(
            counted
        )
        for label, (number, address) in counted.items():
            assert len(rows(who, address)) == number, label
    assert tiles(ines)["assigned to me"][0] == 1
    assert "Assigned to me" in ines.get("/").content.decode()
    assert tiles(client)["owned by nobody"][0] == 3


def test_who_can_name_no_owner_is_not_asked_for_one(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    imported(sarif("one"))
    assert "owned by nobody" not in tiles(somebody("reader", sees=ASSET))


def test_imports_of_mine_that_failed(client: "Client", imported: Callable[..., int]) -> None:
    from prodsec.accounts import queries as accounts
    from prodsec.scans.models import Scan

    scan_id, other_id = imported(sarif("one")), imported(sarif("two"), OTHER)
    assert "of my imports failed" not in tiles(client)
    me = accounts.viewer_asking(client.get("/").wsgi_request)
    Scan.objects.filter(pk=scan_id).update(state=4, actor_id=me.person_id)
    Scan.objects.filter(pk=other_id).update(state=4)
    number, address = tiles(client)["of my imports failed"]
    page = client.get(address).content.decode()
    assert number == 1
    assert f"/imports/{scan_id}/" in page
    assert f"/imports/{other_id}/" not in page


def test_first_steps_follow_what_is_there_and_come_back(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    def done() -> list[str]:
        page = client.get("/").content.decode()
        return re.findall(r'<li class="is-done">.*?<strong>([^<]*)</strong>', page)

    assert done() == []
    assert "First steps" not in somebody("colleague").get("/").content.decode()
    imported(sarif("one"))
    assert done() == ["Invite a colleague", "Import a report"]
    assert client.post("/choices/first-steps/", {"first_steps": "hide"}).status_code == 302
    assert done() == []
    assert "checklist" not in client.get("/").content.decode()
    client.post("/choices/first-steps/", {"first_steps": "show"})
    assert done() == ["Invite a colleague", "Import a report"]


def test_somebody_who_sees_nothing_is_told_what_to_do(somebody: Callable[..., "Client"]) -> None:
    assert "Nothing waits for you" in somebody("new").get("/").content.decode()
