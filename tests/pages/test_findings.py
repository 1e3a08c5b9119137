"""The list of findings and one finding, at the door: filters in the address, pages both ways, deeds, hostile texts."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import ASSET, sarif

if TYPE_CHECKING:
    from django.test import Client

MARKER = '<script>alert("xss")</script><img src=x onerror=alert(1)>'


def rows(client: "Client", address: str) -> list[str]:
    """The addresses of the findings on a page of the list, in order."""
    answer = client.get(address)
    assert answer.status_code == 200
    return re.findall(r'class="row-title" href="(/findings/\d+/)"', answer.content.decode())


def link(client: "Client", address: str, relation: str) -> str:
    """Where `rel="next"` or `rel="prev"` leads; empty when there is none."""
    found = re.search(rf'rel="{relation}" href="([^"]*)"', client.get(address).content.decode())
    return "/findings/" + found[1].replace("&amp;", "&") if found else ""


def first_finding(client: "Client") -> int:
    """Its id."""
    return int(client.get("/api/v1/findings").json()["items"][0]["id"])


def test_pages_lead_forth_and_back(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif(*(f"flaw {number:03}" for number in range(120))))
    first = rows(client, "/findings/?severity=high,critical,medium,low")
    second_address = link(client, "/findings/?severity=high,critical,medium,low", "next")
    second = rows(client, second_address)
    third_address = link(client, second_address, "next")
    assert len({*first, *second, *rows(client, third_address)}) == 120
    assert link(client, third_address, "next") == ""
    assert rows(client, link(client, third_address, "prev")) == second
    assert rows(client, link(client, second_address, "prev")) == first


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 2),
        ("?text=flaw+two", 1),
        ("?asset=gitlab.com/acme", 2),
        ("?asset=gitlab.com/other", 0),
        ("?owner=none", 2),
        ("?owner=mine", 0),
        ("?due=overdue", 0),
        ("?state=dismissed", 0),
        ("?tool=Lintel&rule=flaw+one", 1),
        ("?kind=code&order=due", 2),
        ("?severity=&state=&owner=&text=", 2),
    ],
)
def test_the_address_narrows(client: "Client", imported: Callable[..., int], query: str, number: int) -> None:
    imported(sarif("flaw one", "flaw two"))
    assert len(rows(client, f"/findings/{query}")) == number


def test_a_wrong_filter_is_left_out_and_told(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("flaw one", "flaw two"))
    answer = client.get("/findings/?severity=terrible&rule=flaw+one")
    assert answer.status_code == 200
    assert "severity:terrible" in answer.content.decode()
    assert "is none of critical, high" in answer.content.decode()
    assert len(rows(client, "/findings/?severity=terrible&rule=flaw+one")) == 1


def test_hostile_texts_stay_texts(client: "Client", imported: Callable[..., int]) -> None:
    scan_id = imported(sarif(MARKER, message=f"{MARKER} [click](javascript:alert(1)) [fine](https://example.org)"))
    finding = first_finding(client)
    client.post(f"/findings/{finding}/comment/", {"body": f"{MARKER} **bold** ![x](https://evil.example/x.png)"})
    client.post(f"/findings/{finding}/dismiss/", {"kind": "1", "dismiss_reason": MARKER})
    pages = (f"/findings/{finding}/", "/findings/?state=all", f"/imports/{scan_id}/", "/admin/activity/", "/")
    for address in pages:
        text = client.get(address).content.decode()
        assert "<script>alert" not in text, address
        assert "<img src=x" not in text, address
        assert 'href="javascript:' not in text, address
    page = client.get(f"/findings/{finding}/").content.decode()
    assert "<strong>bold</strong>" in page
    assert 'href="https://example.org" rel="noopener noreferrer nofollow"' in page
    assert 'src="https://evil.example' not in page


def test_a_refused_deed_leads_back_with_the_reason(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("flaw"))
    address = f"/findings/{first_finding(client)}/"
    answer = client.post(
        f"{address}dismiss/",
        {"kind": "1", "dismiss_reason": " "},
        headers={"Referer": f"http://testserver{address}"},
        follow=True,
    )
    assert answer.redirect_chain == [(f"http://testserver{address}", 302)]
    assert "say why" in answer.content.decode()
    assert rows(client, "/findings/?state=dismissed") == []


def test_many_at_once(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one", "two", "three"))
    chosen = [item["id"] for item in client.get("/api/v1/findings").json()["items"]][:2]
    answer = client.post(
        "/findings/bulk/",
        {"finding": chosen, "deed": "dismiss", "kind": "3", "dismiss_reason": "We live with it."},
        follow=True,
    )
    assert "2 findings dismissed." in answer.content.decode()
    assert len(rows(client, "/findings/")) == 1
    assert len(rows(client, "/findings/?state=dismissed")) == 2


def test_counts_of_an_asset_are_links_to_what_they_count(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one", "two"))
    page = client.get("/assets/").content.decode()
    counted = re.search(rf'href="(/findings/\?asset={ASSET}&amp;severity=(\w+))">(\d+)<', page)
    assert counted
    assert len(rows(client, counted[1].replace("&amp;", "&"))) == int(counted[3]) == 2
