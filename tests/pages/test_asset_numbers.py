"""The tree and the page of an asset: what is overdue, what is not scanned, how it went; each number a link."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import ASSET, sarif

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def counted(client: "Client", imported: Callable[..., int]) -> "Client":
    """A project that was scanned for code, one that was not, all counted."""
    from prodsec.accounts.types import SYSTEM
    from prodsec.inventory import services as inventory
    from prodsec.inventory.types import AssetKind
    from prodsec.metrics import services as metrics

    inventory.create_asset(SYSTEM, "gitlab.com/acme/unscanned", kind=AssetKind.PROJECT)
    imported(sarif("flaw 1", "flaw 2"))
    while not metrics.catch_up().is_done:
        pass
    return client


def body(client: "Client", address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_is_not_scanned_is_told_and_listed(counted: "Client") -> None:
    page = body(counted, "/assets/")
    assert "What is not scanned" in page
    links = dict(re.findall(r'href="(/assets/\?not_scanned=[^"]+)">([\d,]+)</a>', page))
    assert len(links) >= 4
    for address, number in links.items():
        listed = body(counted, address.replace("&amp;", "&"))
        assert listed.count('class="row-title"') == int(number), address
    unscanned = body(counted, "/assets/?not_scanned=code")
    assert "unscanned" in unscanned
    assert "payments/<wbr>api" not in unscanned


def test_the_page_of_an_asset_tells_its_trend_in_words_too(counted: "Client") -> None:
    asset = counted.get(f"/api/v1/assets?path={ASSET}").json()["items"][0]["id"]
    page = body(counted, f"/assets/{asset}/")
    assert "<polyline" in page
    assert "From 0 to 2 open in 13 weeks; 2 opened, 0 closed." in page
    assert "secret never" in " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_before_anything_is_counted_no_number_is_made_up(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("flaw 1"))
    asset = client.get(f"/api/v1/assets?path={ASSET}").json()["items"][0]["id"]
    assert "<polyline" not in body(client, f"/assets/{asset}/")


@pytest.mark.parametrize("path", ["gitlab.com/acme", ASSET])
def test_a_place_asks_little(counted: "Client", path: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asset = counted.get(f"/api/v1/assets?path={path}").json()["items"][0]["id"]
    with CaptureQueriesContext(connection) as queries:
        body(counted, f"/assets/{asset}/")
    assert len([one for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]) <= 15
