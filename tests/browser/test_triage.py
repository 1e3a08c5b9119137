"""An analyst's hour by keyboard alone, in short; and two people who decide at once."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import steps

pytestmark = pytest.mark.xdist_group("browser")

ASSET = "gitlab.com/acme/triage/api"
MATCHING = 620


def report(number: int) -> bytes:
    """So many findings of one rule."""
    results = [
        {
            "ruleId": "no-eval",
            "level": "error",
            "message": {"text": f"Do not evaluate input {line}."},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": f"app/{line}.py"}, "region": {"startLine": line}}}
            ],
        }
        for line in range(1, number + 1)
    ]
    run = {"tool": {"driver": {"name": "lintel"}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def sign_in_by_keyboard(page: Page, address: str, landing: str) -> None:
    page.goto(f"{address}{landing}")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(steps.ADMIN)
    page.keyboard.press("Tab")
    page.get_by_label("Password").focus()
    page.keyboard.type(steps.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{landing}")


def bring_in(page: Page, address: str, data: bytes, asset: str) -> None:
    """Through the API, with the session's own token against forged requests."""
    page.goto(f"{address}/imports/upload/")
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Content-Type": "application/octet-stream", "Origin": address}
    answer = page.request.post(f"{address}/api/v1/imports?asset={asset}", data=data, headers=headers)
    assert answer.status == 202, answer.text()
    page.goto(f"{address}/imports/{answer.json()['scan']}/")
    expect(page.locator(".page-head").get_by_text("done")).to_be_visible()


def states(page: Page, address: str, asset: str) -> dict[str, int]:
    """How many findings of the asset are in each state."""
    counts: dict[str, int] = {}
    cursor = ""
    while cursor is not None:
        answer = page.request.get(f"{address}/api/v1/findings?asset={asset}&state=all&size=200&cursor={cursor}").json()
        for item in answer["items"]:
            counts[item["state"]] = counts.get(item["state"], 0) + 1
        cursor = answer["next"]
    return counts


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def told(page: Page, text: str) -> None:
    expect(page.locator("#told")).to_contain_text(text)


def test_an_analysts_hour_by_keyboard_alone(furnished: Any, page: Page) -> None:
    address, listed = furnished.address, f"/findings/?asset={ASSET}"
    sign_in_by_keyboard(page, address, "/imports/upload/")
    bring_in(page, address, report(MATCHING), ASSET)
    page.goto(f"{address}{listed}")
    confirm_some_one_by_one(page)
    dismiss_a_range_and_think_again(page)
    look_at_the_side(page)
    assign_and_weigh(page)
    assert states(page, address, ASSET) == {"detected": MATCHING - 30, "triaged": 10, "dismissed": 20}
    dismiss_all_that_match(page)
    assert states(page, address, ASSET) == {"dismissed": MATCHING}
    press(page, "u")
    expect(page.locator("#progress")).to_contain_text(f"{MATCHING - 20} findings are as before.")
    assert states(page, address, ASSET) == {"detected": MATCHING - 30, "triaged": 10, "dismissed": 20}


def confirm_some_one_by_one(page: Page) -> None:
    for number in range(1, 11):
        press(page, "j", "c")
        expect(page.locator("tr.is-current .state")).to_have_text("triaged")
        expect(page.locator("tbody .state", has_text="triaged")).to_have_count(number)
    told(page, "1 finding confirmed.")
    expect(page.locator("tr.is-current a.row-title")).to_be_focused()


def dismiss_a_range_and_think_again(page: Page) -> None:
    press(page, "j", "x", *["J"] * 19)
    expect(page.locator("[data-chosen-number]")).to_have_text("20")
    for reason, comment in (("Not", "cannot be reached"), ("Acc", "we live with it")):
        press(page, "d")
        expect(page.locator("#bulk-kind")).to_be_focused()
        page.keyboard.type(reason)
        press(page, "Tab")
        page.keyboard.type(comment)
        press(page, "Control+Enter")
        told(page, "20 findings dismissed.")
        if reason == "Not":
            press(page, "u")
            told(page, "20 findings are as before.")
            press(page, *["K"] * 19)
            expect(page.locator("[data-chosen-number]")).to_have_text("20")


def look_at_the_side(page: Page) -> None:
    press(page, "j", "Enter")
    panel = page.locator("#panel")
    title = page.locator("tr.is-current a.row-title").text_content() or ""
    expect(panel.get_by_role("heading", level=2)).to_have_text(title)
    press(page, "j")
    expect(panel.get_by_role("heading", level=2)).not_to_have_text(title)
    expect(page).to_have_url(re.compile(r"/findings/\?asset="))
    press(page, "Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("tr.is-current a.row-title")).to_be_focused()
    press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()


def assign_and_weigh(page: Page) -> None:
    press(page, "x", "ArrowDown", "x", "a")
    expect(page.locator("#bulk-person")).to_be_focused()
    page.keyboard.type(steps.NAME[:3])
    press(page, "Control+Enter")
    told(page, "2 findings assigned.")
    expect(page.get_by_role("row").filter(has_text=steps.NAME)).to_have_count(2)
    press(page, "s")
    page.keyboard.type("Lo")
    press(page, "Tab")
    page.keyboard.type("only from inside")
    press(page, "Control+Enter")
    told(page, "The severity of 1 finding was set.")
    expect(page.locator("tr.is-current .severity")).to_have_text("Low")
    press(page, "u")
    told(page, "1 finding is as before.")
    expect(page.locator("tr.is-current .severity")).not_to_have_text("Low")


def dismiss_all_that_match(page: Page) -> None:
    press(page, "A")
    expect(page.get_by_text(f"Select all {MATCHING} that match")).to_be_visible()
    press(page, "*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"all that match {MATCHING - 20}")
    press(page, "d")
    expect(page.locator("#all-kind")).to_be_focused()
    page.keyboard.type("Won")
    press(page, "Tab")
    page.keyboard.type("the module goes")
    press(page, "Control+Enter")
    expect(page).to_have_url(re.compile(r"/findings/bulk/\d+/"))
    expect(page.locator("#progress")).to_contain_text(f"{MATCHING - 20} findings dismissed.")


def test_two_people_decide_at_once(furnished: Any, page: Page, browser: Browser) -> None:
    """The second sees what the first did and when, keeps their text, and can send it all the same."""
    address, asset = furnished.address, "gitlab.com/acme/triage/both"
    steps.sign_in(page, address)
    bring_in(page, address, report(1), asset)
    finding = page.request.get(f"{address}/api/v1/findings?asset={asset}").json()["items"][0]["id"]
    bob = another_person(page, browser, address)
    for one in (page, bob):
        one.goto(f"{address}/findings/{finding}/")
    bob.get_by_role("button", name="Confirm").click()
    expect(bob.locator(".finding-head .state")).to_have_text("triaged")
    page.get_by_role("button", name="Dismiss").first.click()
    sheet = page.locator("#dismiss")
    sheet.get_by_label("What you know").fill("A long text of mine.")
    sheet.get_by_role("button", name="Dismiss").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Bob Brown confirmed it")
    expect(alert.get_by_label("What you know")).to_have_value("A long text of mine.")
    expect(page.locator(".finding-head .state")).to_have_text("triaged")
    alert.get_by_role("button", name="Send it all the same").click()
    expect(page.locator(".finding-head .state")).to_have_text("dismissed")
    expect(page.locator(".history")).to_contain_text("A long text of mine.")
    bob.context.close()


def another_person(page: Page, browser: Browser, address: str) -> Page:
    """A second admin in a browser of their own."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Origin": address}
    body = {"email": "bob@example.com", "name": "Bob Brown", "is_admin": True, "password": steps.PASSWORD}
    answer = page.request.post(f"{address}/api/v1/people", data=body, headers=headers)
    assert answer.status == 201, answer.text()
    bob = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    bob.goto(f"{address}/accounts/login/")
    bob.get_by_label("E-mail address").fill("bob@example.com")
    bob.get_by_label("Password").fill(steps.PASSWORD)
    bob.get_by_role("button", name="Sign in").click()
    expect(bob.get_by_role("heading", level=1)).to_be_visible()
    return bob
