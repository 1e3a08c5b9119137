"""An engineer who comes from a link: let in by an administrator, shown what is theirs, and nothing else."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import steps
from tests.browser.conftest import WAIT_MS, Running
from tests.browser.test_pages import first

EMAIL, NAME, PASSWORD = "noor@example.com", "Noor Haddad", "a sentence that only Noor knows"
GROUP, FOREIGN = "seed.example/group-5", "seed.example/group-6"

pytestmark = pytest.mark.xdist_group("stories")


def test_an_engineer_arrives_from_a_link(large: Running, page: Page, browser: Browser) -> None:
    steps.sign_in(page, large.address)
    let_in(page, large.address)
    own = first(page, f"{large.address}/api/v1/findings?asset={GROUP}&state=detected")
    foreign = first(page, f"{large.address}/api/v1/findings?asset={FOREIGN}")

    theirs = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
    theirs.set_default_timeout(WAIT_MS)
    theirs.goto(f"{large.address}/findings/{own}/")
    theirs.get_by_label("E-mail address").fill(EMAIL)
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs).to_have_url(f"{large.address}/findings/{own}/")
    for part in ("What is wrong", "Why it matters", "How to fix it", "By when"):
        expect(theirs.get_by_role("heading", name=part, exact=True)).to_be_visible()
    theirs.get_by_role("button", name="Confirm").click()
    expect(theirs.locator(".finding-head .state")).to_have_text("triaged")
    what_is_not_theirs_is_not_there(theirs, large.address, foreign)
    theirs.context.close()


def let_in(page: Page, address: str) -> None:
    """The administrator adds a person and gives them a role on a part of the tree."""
    page.goto(f"{address}/admin/people/")
    form = page.get_by_role("region", name="Add a person")
    form.get_by_label("Name", exact=True).fill(NAME)
    form.get_by_label("E-mail address").fill(EMAIL)
    form.get_by_label("First password").fill(PASSWORD)
    form.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    page.goto(f"{address}/assets/{first(page, f'{address}/api/v1/assets?path={GROUP}')}/people/")
    page.get_by_label("Role").select_option(label="Developer")
    page.get_by_label("Who").select_option(label=NAME)
    page.get_by_role("button", name="Give role").click()
    expect(page.get_by_role("row").filter(has_text=NAME)).to_contain_text("Developer")


def what_is_not_theirs_is_not_there(page: Page, address: str, foreign: int) -> None:
    """Neither in lists nor by its number, and no page of administration."""
    page.goto(f"{address}/findings/")
    rows = page.locator("table[data-rows] tbody tr")
    expect(rows.filter(has_text="group-5/").first).to_be_visible()
    expect(rows.filter(has_not_text="group-5/")).to_have_count(0)
    refused = {
        path: page.request.get(f"{address}{path}").status for path in (f"/findings/{foreign}/", "/admin/people/")
    }
    assert refused == {f"/findings/{foreign}/": 404, "/admin/people/": 403}
