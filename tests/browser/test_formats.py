"""Somebody who has never seen the spec language brings a tool's invented format in, and the next report needs no hint."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser import steps
from tests.browser.conftest import Running, prodsec_up

ASSET = "gitlab.com/acme/payments/api"

pytestmark = pytest.mark.xdist_group("browser")


def report(*checks: tuple[str, str, str, str, int]) -> str:
    """Nested rows and words for severities that nobody else uses."""
    rows = [
        {
            "probe": code,
            "headline": headline,
            "danger": danger,
            "spot": {"file": file, "row": row},
            "hint": f"Mend {code}.",
        }
        for code, headline, danger, file, row in checks
    ]
    return json.dumps(
        {
            "engine": {"name": "Moorwatch", "release": "3.1"},
            "when": "2026-05-01T10:00:00Z",
            "harbours": [{"berth": "north", "soundings": rows[:1]}, {"berth": "south", "soundings": rows[1:]}],
        }
    )


FIRST = report(
    ("MW-7", "Rope without an end", "Sinking", "src/rope.py", 12),
    ("MW-9", "Lamp is out", "Drifting", "src/lamp.py", 3),
    ("MW-2", "Paint is thin", "Damp", "src/hull.py", 40),
)
SECOND = report(
    ("MW-9", "Lamp is out", "Drifting", "src/lamp.py", 5),
    ("MW-4", "Anchor is missing", "Sinking", "src/anchor.py", 8),
)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec that nobody has used yet."""
    with prodsec_up(tmp_path_factory.mktemp("formats") / "home") as running:
        yield running


def test_an_invented_format_is_brought_in_by_clicking(empty: Running, page: Page, tmp_path: Path) -> None:
    steps.become_admin(page, empty.setup_link)
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(FIRST)
    second.write_text(SECOND)
    describe(page, empty.address, first)
    steps.upload(page, first, ASSET)
    expect(steps.tab(page, "New")).to_contain_text("3")
    steps.upload(page, second, ASSET)
    expect(steps.tab(page, "New")).to_contain_text("1")
    expect(steps.tab(page, "Fixed")).to_contain_text("2")
    expect(page.get_by_role("link", name="moorwatch", exact=True)).to_be_visible()
    page.goto(f"{empty.address}/findings/")
    row = page.locator("table[data-rows] tbody tr").filter(has_text="Anchor is missing")
    expect(row.locator(".severity")).to_have_text("Critical")
    expect(row).to_contain_text("src/anchor.py")
    expect(page.locator("table[data-rows] tbody tr").filter(has_text="Lamp is out").locator(".severity")).to_have_text(
        "Medium"
    )


def describe(page: Page, address: str, sample: Path) -> None:
    """From the list of formats to one that is in use, with what the page itself says."""
    page.goto(f"{address}/formats/")
    page.get_by_role("link", name="Describe a format").first.click()
    page.get_by_label("Sample").set_input_files(sample)
    page.get_by_role("button", name="Look at it").click()
    seen = page.locator("#preview")
    expect(seen).to_contain_text("3 rows")
    expect(seen).to_contain_text("told without a hint")
    # By keyboard: into a field, then onto a value of the sample. What is read changes at once.
    page.get_by_label("Rule", exact=True).focus()
    value = page.locator(".outline-value").filter(has_text="probe")
    value.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Rule", exact=True)).to_have_value("probe")
    page.get_by_label("Remedy", exact=True).fill("hint | upper")
    page.get_by_label("Remedy", exact=True).press("Tab")
    expect(seen).to_contain_text("MEND MW-7.")
    for word, severity in (("Sinking", "Critical"), ("Drifting", "Medium"), ("Damp", "Low")):
        page.get_by_label(re.compile(word)).select_option(label=severity)
        expect(seen.locator(".tried-row .severity").filter(has_text=severity.lower())).to_be_visible()
    expect(page.get_by_label("Tool", exact=True)).to_have_value("Moorwatch")
    page.get_by_label("What changed").fill("The first version")
    page.get_by_role("button", name="Save and use everywhere").click()
    expect(page.get_by_role("status").first).to_contain_text("Version 1 of moorwatch reads reports from now on.")
