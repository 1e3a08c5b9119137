"""The filter bar by keyboard alone: completion, chips, mistakes, and groups that open in place."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser import steps
from tests.browser.conftest import Running

pytestmark = pytest.mark.xdist_group("browser")

OPTIONS = "#token-options [role=option]"


def test_filters_are_typed_completed_applied_and_taken_away(page: Page, furnished: Running) -> None:
    steps.sign_in(page, furnished.address)
    page.goto(f"{furnished.address}/findings/")
    field = page.get_by_role("combobox", name="Filter")
    page.keyboard.press("/")
    expect(field).to_be_focused()

    page.keyboard.type("sev")
    expect(page.locator(OPTIONS).first).to_have_attribute("data-token", "severity:")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("severity:")
    page.keyboard.type("hi")
    expect(page.locator(OPTIONS).first).to_have_attribute("data-token", "severity:high")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "token-option-1")
    page.keyboard.press("Enter")
    expect(field).to_have_value("severity:high ")

    page.keyboard.type("-kind:secret")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/?severity=high&not_kind=secret")
    expect(field).to_be_focused()

    page.keyboard.press("Backspace")
    page.wait_for_url("**/findings/?severity=high")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name="Take away: severity: High")).to_be_focused()
    page.keyboard.press("Delete")
    page.wait_for_url("**/findings/?")


def test_a_mistake_is_told_and_can_be_mended(page: Page, furnished: Running) -> None:
    steps.sign_in(page, furnished.address)
    page.goto(f"{furnished.address}/findings/?q=sevrity:high")
    field = page.get_by_role("combobox", name="Filter")
    expect(page.get_by_role("alert")).to_contain_text("did you mean severity?")
    field.fill("severity:high")
    field.press("Enter")
    page.wait_for_url("**/findings/?severity=high")


def test_a_group_opens_in_place(page: Page, furnished: Running) -> None:
    steps.sign_in(page, furnished.address)
    page.goto(f"{furnished.address}/findings/")
    page.get_by_label("Group by").select_option("rule")
    page.wait_for_url("**group=rule**")
    page.get_by_role("button", name="show here").first.press("Enter")
    expect(page.locator("tr.member a.row-title").first).to_be_visible()
