"""A newcomer's first run: the link, the first steps, a report, what it found, a view of it, and back to it by two keys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser import steps
from tests.browser.conftest import Running, prodsec_up

BANDIT = Path(__file__).parents[1] / "samples/bandit/bandit.json"
ASSET, VIEW = "gitlab.com/acme/payments/api", "High in payments"

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec that nobody has used yet."""
    with prodsec_up(tmp_path_factory.mktemp("newcomer") / "home") as running:
        yield running


def test_a_newcomers_first_run(empty: Running, page: Page) -> None:
    steps.become_admin(page, empty.setup_link)
    import_from_the_first_steps(page)
    page.goto(f"{empty.address}/")
    expect(page.locator(".checklist .is-done")).to_contain_text("Import a report")
    save_a_view(page)
    find_it_by_keys(page)
    put_the_steps_away_and_back(page, empty.address)


def import_from_the_first_steps(page: Page) -> None:
    checklist = page.locator(".checklist")
    for step in ("Make your sign-in safe", "Invite a colleague", "Import a report", "Name an owner"):
        expect(checklist).to_contain_text(step)
    expect(checklist.locator(".is-done")).to_have_count(0)
    checklist.get_by_role("link", name="Upload a report").click()
    page.get_by_label("Report", exact=True).set_input_files(BANDIT)
    page.get_by_label("Asset", exact=True).fill(ASSET)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".page-head").get_by_text("done")).to_be_visible()


def save_a_view(page: Page) -> None:
    """Over the list, narrowed by its address as a colleague might send it."""
    page.goto(f"{page.url}findings/?severity=high")
    page.get_by_role("button", name="Save as a view").click()
    sheet = page.locator("#save-view")
    sheet.get_by_label("Name").fill(VIEW)
    expect(sheet.get_by_label("Pin to my sidebar, with its count")).to_be_checked()
    sheet.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("status").first).to_contain_text(f"{VIEW} was saved.")
    pinned = page.get_by_role("navigation", name="Main").get_by_role("link", name=VIEW)
    expect(pinned).to_be_visible()
    rows = page.locator("table[data-rows] tbody tr").count()
    expect(pinned.locator(".pinned-count")).to_have_text(str(rows))


def find_it_by_keys(page: Page) -> None:
    page.get_by_role("link", name="Documentation").first.click()
    expect(page).to_have_url(re.compile("/docs/$"))
    page.wait_for_load_state("load")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find pages, findings")
    expect(field).to_be_focused()
    page.keyboard.type("high in")
    option = page.get_by_role("option", name=VIEW)
    expect(option).to_have_attribute("aria-selected", "true")
    chosen = option.get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", chosen or "none")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/findings/\?severity=high&view=\d+$"))
    expect(page.locator(".view-bar")).to_contain_text(VIEW)
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def put_the_steps_away_and_back(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_hidden()
    page.get_by_role("button", name=steps.NAME).click()
    page.get_by_role("button", name="First steps").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
