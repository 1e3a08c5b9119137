"""A browser that loses the server while a deed is sent: the person finds what became of it."""

import pytest
from playwright.sync_api import Browser, Route, expect
from tests.browser import steps
from tests.browser.conftest import WAIT_MS, Running

pytestmark = pytest.mark.xdist_group("browser")

LISTED = "/findings/?asset=gitlab.com/acme/payments/api"


def test_who_lost_the_answer_sees_what_was_done_and_may_send_it_again(furnished: Running, browser: Browser) -> None:
    # A page of its own: its console tells of the connection that is cut.
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    steps.sign_in(page, furnished.address)
    page.goto(f"{furnished.address}{LISTED}")
    told, state = page.locator("#told"), page.locator("tr.is-current .state")

    def done_but_unheard(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/findings/bulk/", done_but_unheard, times=1)
    page.keyboard.press("j")
    expect(state).to_have_text("detected")
    page.keyboard.press("c")
    expect(told).to_contain_text("it is not known whether anything was changed")
    page.keyboard.press("c")
    expect(state).to_have_text("triaged")
    page.reload()
    expect(told).to_contain_text("1 finding confirmed.")
    page.keyboard.press("u")
    expect(told).to_contain_text("1 finding is as before.")
    page.context.close()
