"""The palette and the search page: what is found, by whom, at what cost (T03, T19)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.pages.conftest import ASSET, sarif
from tests.pages.test_views import MARKER, OTHER, save, somebody

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["somebody"]
MOST_QUERIES = 12


def offered(client: "Client", text: str = "", address: str = "/search/palette/") -> dict[str, str]:
    """The options of the palette: names and addresses."""
    answer = client.get(f"{address}?text={quote(text)}")
    assert answer.status_code == 200
    found = re.findall(
        r'<a class="palette-option"[^>]*href="([^"]*)">.*?palette-label">([^<]*)<', answer.content.decode()
    )
    return {label: address.replace("&amp;", "&") for address, label in found}


def test_whatever_is_offered_opens(client: "Client", somebody: Callable[..., "Client"]) -> None:
    for who in (client, somebody("reader")):
        places = offered(who)
        assert {"My work", "Findings", "Assets", "Documentation"} <= set(places)
        for label, address in places.items():
            assert who.get(address, follow=True).status_code == 200, label


def test_every_page_of_the_navigation_is_offered(client: "Client") -> None:
    places = set(offered(client).values())
    for page in ("/", "/admin/people/"):
        text = client.get(page).content.decode()
        for part in re.findall(r"<nav.*?</nav>", text, re.DOTALL):
            entries = set(re.findall(r'<a href="(/[a-z/-]*)"', part)) - {"/admin/", "/"}
            assert entries <= places, page


def test_deeds_are_for_those_who_may(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    imported(sarif("one"))
    deeds = {"Upload a report", "Add an asset", "Add a person", "Change due dates"}
    assert deeds <= set(offered(client))
    assert not deeds & set(offered(somebody("reader")))
    assert deeds & set(offered(somebody("worker", sees=ASSET, role="developer"))) == {"Upload a report"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("flaw t", "flaw two"),
        ("FLAW TWO", "flaw two"),
        ("#{finding}", "flaw two"),
        ("payments", ASSET),
        ("ada", "Ada"),
        ("weekly", "Weekly look"),
        ("dismissing", "Triage › Dismissing"),
        ("sla", "Due dates"),
        ("anything", "All findings with “anything”"),
    ],
)
def test_things_are_found_by_what_one_has_in_hand(
    client: "Client", imported: Callable[..., int], text: str, label: str
) -> None:
    imported(sarif("first", message="flaw one"), OTHER)
    imported(sarif("second", message="flaw two"))
    save(client, "Weekly look", "severity=high")
    number = next(row["id"] for row in client.get("/api/v1/findings").json()["items"] if row["title"] == "flaw two")
    found = offered(client, text.format(finding=number))
    assert label in found
    assert client.get(found[label]).status_code == 200
    page = client.get(f"/search/?text={quote(text.format(finding=number))}").content.decode()
    assert f">{label}</a>" in page


def test_nobody_finds_what_they_do_not_see(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    imported(sarif("first", message="secret flaw"))
    imported(sarif("second", message="open flaw"), OTHER)
    save(client, "My own look", "")
    number = next(row["id"] for row in client.get("/api/v1/findings").json()["items"] if row["title"] == "secret flaw")
    few = somebody("few", sees=OTHER)
    for text in ("secret", "secret flaw", f"#{number}", str(number), "payments", "My own"):
        found = offered(few, text)
        assert not {"secret flaw", ASSET, "My own look"} & set(found), text
        assert f"/findings/{number}/" not in found.values()
    assert "open flaw" in offered(few, "open")


def test_what_was_typed_stays_text(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif(MARKER))
    save(client, MARKER, "")
    for address in ("/search/palette/", "/search/"):
        for text in (MARKER, "<script", "%00", "'\"--", "x" * 5000, "\u202e" * 50):
            page = client.get(f"{address}?text={quote(text)}")
            assert page.status_code == 200
            assert "<script>alert" not in page.content.decode()


def test_it_asks_little(client: "Client", imported: Callable[..., int]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    imported(sarif(*(f"flaw {number}" for number in range(30))))
    for text in ("flaw", "CVE-2021-44228", "12", ASSET):
        with CaptureQueriesContext(connection) as queries:
            offered(client, text)
        assert len(queries) <= MOST_QUERIES, text


def test_titles_are_found_along_their_index(imported: Callable[..., int]) -> None:
    from django.db import connection
    from django.db.models import F
    from django.db.models.functions import Left, Upper

    from prodsec.findings.models import Definition
    from prodsec.findings.queries.quick import TITLE_HEAD

    imported(sarif("flaw"))
    heads = Definition.objects.annotate(head=Upper(Left(F("title"), TITLE_HEAD))).filter(head__startswith="FLAW")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "findings_definition_by_title" in heads.values("pk").explain()
