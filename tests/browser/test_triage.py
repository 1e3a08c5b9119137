"""An analyst's hour by keyboard alone, in short, among a hundred thousand findings; and two people who decide at once."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import steps
from tests.browser.conftest import Running
from tests.browser.test_pages import first

pytestmark = pytest.mark.xdist_group("stories")

LISTED = "asset=seed.example/group-7&severity=high"
ANOTHER = "seed.example/group-8"


def sign_in_by_keyboard(page: Page, address: str, landing: str) -> None:
    page.goto(f"{address}{landing}")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(steps.ADMIN)
    page.keyboard.press("Tab")
    page.get_by_label("Password").focus()
    page.keyboard.type(steps.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{landing}")


def states(page: Page, address: str) -> dict[str, int]:
    """How many findings of the list's asset and severity are in each state."""
    counts: dict[str, int] = {}
    cursor = ""
    while cursor is not None:
        answer = page.request.get(f"{address}/api/v1/findings?{LISTED}&state=all&size=200&cursor={cursor}").json()
        for item in answer["items"]:
            counts[item["state"]] = counts.get(item["state"], 0) + 1
        cursor = answer["next"]
    return counts


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def told(page: Page, text: str) -> None:
    expect(page.locator("#told")).to_contain_text(text)


def test_an_analysts_hour_by_keyboard_alone(large: Running, page: Page) -> None:
    sign_in_by_keyboard(page, large.address, f"/findings/?{LISTED}&state=detected")
    begun = states(page, large.address)
    matching = begun["detected"]
    assert matching > 250
    confirm_some_in_haste(page)
    dismiss_a_range_and_think_again(page)
    look_at_the_side(page)
    assign_and_weigh(page)
    judged = {"triaged": begun["triaged"] + 10, "dismissed": begun["dismissed"] + 20}
    assert states(page, large.address) == {**begun, **judged, "detected": matching - 30}
    dismiss_all_that_match(page, matching)
    after = states(page, large.address)
    assert "detected" not in after
    assert after["dismissed"] == begun["dismissed"] + matching - 10
    press(page, "u")
    expect(page.locator("#progress")).to_contain_text(f"{matching - 30} findings are as before.")
    assert states(page, large.address) == {**begun, **judged, "detected": matching - 30}


def confirm_some_in_haste(page: Page) -> None:
    """Nobody waits for an answer before the next key."""
    press(page, *["j", "c"] * 10)
    expect(page.locator("tbody .state", has_text="triaged")).to_have_count(10)
    expect(page.locator("tr[aria-busy]")).to_have_count(0)
    expect(page.locator("tr.is-current .state")).to_have_text("triaged")
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
    they_share_the_width(page)
    press(page, "Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("tr.is-current a.row-title")).to_be_focused()
    press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()


def they_share_the_width(page: Page) -> None:
    """The list ends where the panel begins; where it is narrow the panel lies above it."""
    for width, is_beside in ((2560, True), (390, False), (1440, True)):
        page.set_viewport_size({"width": width, "height": 900})
        ends, begins = page.evaluate(
            "[document.querySelector('.table-frame').getBoundingClientRect().right,"
            " document.getElementById('panel').getBoundingClientRect().left]"
        )
        assert (ends <= begins) is is_beside, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate("(frame => frame.scrollWidth - frame.clientWidth)(document.querySelector('.table-frame'))") <= 0
    )


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


def dismiss_all_that_match(page: Page, matching: int) -> None:
    press(page, "A")
    expect(page.get_by_text(f"Select all {matching} that match")).to_be_visible()
    press(page, "*")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"all that match {matching - 30}")
    press(page, "d")
    expect(page.locator("#all-kind")).to_be_focused()
    page.keyboard.type("Won")
    press(page, "Tab")
    page.keyboard.type("the module goes")
    press(page, "Control+Enter")
    expect(page).to_have_url(re.compile(r"/findings/bulk/\d+/"))
    expect(page.locator("#progress")).to_contain_text(f"{matching - 30} findings dismissed.")


def test_two_people_decide_at_once(large: Running, page: Page, browser: Browser) -> None:
    """The second sees what the first did and when, keeps their text, and can send it all the same."""
    address = large.address
    steps.sign_in(page, address)
    finding = first(page, f"{address}/api/v1/findings?asset={ANOTHER}&state=detected")
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
