"""Columns of the list: chosen, ordered, kept for the person on every machine, brought along by a view."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import sarif
from tests.pages.test_views import save, somebody

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["somebody"]
USUAL = ["Severity", "Finding", "Asset", "Owner", "State", "Due", "First seen"]


def heads(client: "Client", address: str = "/findings/") -> list[str]:
    """The heads of the columns, without that of the boxes."""
    page = client.get(address).content.decode()
    row = re.search(r"<thead><tr>(.*?)</tr>", page, re.DOTALL)
    assert row
    cells = re.findall(r'<th scope="col"(?! class="cell-check")[^>]*>(.*?)</th>', row[1], re.DOTALL)
    return [re.sub(r"<[^>]*>|[↑↓]", "", cell).strip() for cell in cells]


def cells(client: "Client", address: str = "/findings/") -> int:
    """How many cells a row has."""
    page = client.get(address).content.decode()
    row = re.search(r"<tr data-finding=[^>]*>(.*?)</tr>", page, re.DOTALL)
    assert row
    return row[1].count("<td")


def test_what_was_chosen_is_kept_for_the_person(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    from django.test import Client

    imported(sarif("one"))
    assert heads(client) == USUAL
    given = {"order": ["tool", "finding", "severity", "due"], "column": ["tool", "severity", "nonsense"]}
    assert client.post("/choices/columns/", given).status_code == 302
    assert heads(client) == ["Tool", "Finding", "Severity"]
    assert cells(client) == 1 + 3
    elsewhere = Client()
    elsewhere.force_login(client.get("/").wsgi_request.user)
    assert heads(elsewhere) == ["Tool", "Finding", "Severity"]
    assert heads(somebody("reader", sees="gitlab.com/acme")) == USUAL
    client.post("/choices/columns/", {"usual": "yes"})
    assert heads(client) == USUAL


def test_a_button_moves_a_column(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one"))
    given = {"order": ["severity", "finding", "due"], "column": ["severity", "due"]}
    client.post("/choices/columns/", given | {"move": "due:up"})
    assert heads(client) == ["Severity", "Due", "Finding"]
    client.post("/choices/columns/", given | {"move": "severity:up"})
    assert heads(client) == ["Severity", "Finding", "Due"]


def test_a_view_may_bring_its_columns(
    client: "Client", imported: Callable[..., int], somebody: Callable[..., "Client"]
) -> None:
    imported(sarif("one"))
    given = {"name": "Short", "query": "", "shared": "all", "column": ["due", "finding"], "with_columns": "yes"}
    address = client.post("/views/", given)["Location"]
    reader = somebody("reader", sees="gitlab.com/acme")
    assert heads(reader, address) == ["Due", "Finding"]
    reader.post("/choices/columns/", {"view": address.rpartition("=")[2], "order": ["finding"], "column": []})
    assert heads(reader, address) == ["Due", "Finding"], "the view is not the reader's to change"
    client.post(
        "/choices/columns/", {"view": address.rpartition("=")[2], "order": ["finding", "due"], "column": ["due"]}
    )
    assert heads(reader, address) == ["Finding", "Due"]
    assert heads(client) == USUAL
    assert heads(client, save(client, "Plain", "severity=high")) == USUAL


def test_every_column_has_its_cell(client: "Client", imported: Callable[..., int]) -> None:
    from prodsec.findings.web.columns import LABELS

    imported(sarif("one"))
    client.post("/choices/columns/", {"order": list(LABELS), "column": list(LABELS)})
    assert heads(client) == [str(label) for label in LABELS.values()]
    assert cells(client) == 1 + len(LABELS)


def test_a_column_keeps_the_width_it_was_given(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one"))
    given = {"order": ["asset", "finding", "due"], "width": ["wide", "", "enormous"], "column": ["asset", "due"]}
    client.post("/choices/columns/", given)
    assert heads(client) == ["Asset", "Finding", "Due"]
    page = client.get("/findings/").content.decode()
    assert '<th scope="col" class="col-wide">Asset' in page
    assert '<td class="col-wide cell-words">' in page
    assert "enormous" not in page
    assert page.count('<option value="wide" selected>') == 1
    client.post("/choices/columns/", given | {"move": "due:up"})
    assert '<th scope="col" class="col-wide">Asset' in client.get("/findings/").content.decode()


@pytest.mark.parametrize("width", ["narrow", "wide"])
def test_every_column_may_have_a_width(client: "Client", imported: Callable[..., int], width: str) -> None:
    from prodsec.findings.web.columns import LABELS

    imported(sarif("one"))
    names = list(LABELS)
    client.post("/choices/columns/", {"order": names, "width": [width] * len(names), "column": names})
    assert client.get("/findings/").content.decode().count(f'<td class="col-{width} cell-') == len(names)
