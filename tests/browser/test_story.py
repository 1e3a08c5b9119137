"""The first hour: admin made, report in, finding judged, next scan read, import taken back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser import steps

ASSET = "gitlab.com/acme/payments/api"
BANDIT = Path(__file__).parents[1] / "samples/bandit/bandit.json"

pytestmark = pytest.mark.xdist_group("browser")


def test_first_hour(fresh: Any, page: Page, tmp_path: Path) -> None:
    steps.become_admin(page, fresh.setup_link)
    the_link_works_once(page, fresh.setup_link)
    sign_out_and_in(page, fresh.address)
    findings = len(json.loads(BANDIT.read_text())["results"])
    steps.upload(page, BANDIT, ASSET)
    expect(steps.tab(page, "New")).to_have_text(f"New {findings}")
    open_a_finding(page)
    ask_why(page)
    dismiss_and_reopen(page)
    assign_two_by_keyboard(page)
    steps.upload(page, next_scan(tmp_path), ASSET)
    read_the_difference(page)
    take_back(page)
    page.goto(f"{fresh.address}/findings/")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Findings {findings}")


def the_link_works_once(page: Page, link: str) -> None:
    answer = page.request.get(link)
    assert answer.status == 404
    assert "This link was used" in answer.text()


def sign_out_and_in(page: Page, address: str) -> None:
    page.get_by_role("button", name=steps.NAME).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{address}/findings/?severity=high")
    steps.fill_in(page, password="not the sentence")
    expect(page.get_by_role("alert")).to_be_visible()
    steps.fill_in(page)
    expect(page).to_have_url(f"{address}/findings/?severity=high")


def open_a_finding(page: Page) -> None:
    page.get_by_role("link", name="Findings").click()
    page.get_by_role("link", name="subprocess call with shell=True").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("subprocess call with shell=True")
    for part in ("What is wrong", "Why it matters", "How to fix it", "Evidence", "Who sees it", "By when", "History"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()


def ask_why(page: Page) -> None:
    page.get_by_role("button", name="Why this date?").click()
    expect(page.locator("#why-due")).to_contain_text("30 days")
    expect(page.locator("#why-due")).to_contain_text("SLA version 1")
    page.keyboard.press("Escape")
    expect(page.locator("#why-due")).to_be_hidden()


def dismiss_and_reopen(page: Page) -> None:
    page.get_by_role("button", name="Dismiss").first.click()
    sheet = page.locator("#dismiss")
    sheet.get_by_label("Why it is no work").select_option(label="Not affected: it is there, but cannot be reached")
    sheet.get_by_label("What you know").fill("The command is a constant. <b>Not bold</b>")
    sheet.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".finding-head .state")).to_have_text("dismissed")
    expect(page.locator(".history")).to_contain_text("The command is a constant. <b>Not bold</b>")
    page.get_by_role("button", name="Reopen").click()
    page.locator("#reopen").get_by_role("button", name="Reopen").click()
    expect(page.locator(".finding-head .state")).to_have_text("detected")


def assign_two_by_keyboard(page: Page) -> None:
    page.get_by_role("link", name="Findings").first.click()
    expect(page).to_have_url(re.compile("/findings/$"))
    page.wait_for_load_state("load")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-chosen-number]")).to_have_text("2")
    page.locator(".bulk").get_by_role("button", name="Assign").click()
    page.locator("#bulk-assign").get_by_label("Person").select_option(label=steps.NAME)
    page.locator("#bulk-assign").get_by_role("button", name="Assign").click()
    expect(page.locator("#told")).to_contain_text("2 findings assigned.")
    expect(page.get_by_role("row").filter(has_text=steps.NAME)).to_have_count(2)


def next_scan(folder: Path) -> Path:
    """The next scan: one finding is gone, another one is new."""
    report = json.loads(BANDIT.read_text())
    gone = report["results"].pop()
    new = {**gone, "filename": "shop/refunds.py", "test_id": "B999", "test_name": "made_up", "issue_text": "A new flaw"}
    report["results"].append(new)
    path = folder / "bandit-next.json"
    path.write_text(json.dumps(report))
    return path


def read_the_difference(page: Page) -> None:
    expect(steps.tab(page, "New")).to_have_text("New 1")
    expect(steps.tab(page, "Fixed")).to_have_text("Fixed 1")
    expect(page.get_by_role("link", name="A new flaw")).to_be_visible()
    steps.tab(page, "Fixed").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)


def take_back(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()
    page.locator("#undo").get_by_label("Why").fill("Wrong branch")
    page.locator("#undo").get_by_role("button", name="Undo the import").click()
    expect(page.locator(".page-head").get_by_text("undone")).to_be_visible()
