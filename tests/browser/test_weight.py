"""How much a browser that comes for the first time has to fetch: less than 200 kB for any first page; only charts weigh more."""

import pytest
from playwright.sync_api import Browser
from tests.browser import steps
from tests.browser.conftest import Running

MOST_BYTES = 200_000
PAGES = ("/accounts/login/", "/", "/findings/", "/assets/", "/docs/")

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("path", PAGES)
def test_a_first_page_is_light(furnished: Running, browser: Browser, path: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    if path != "/accounts/login/":
        steps.sign_in(page, furnished.address)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    fetched: list[float] = []
    wire.on("Network.loadingFinished", lambda told: fetched.append(told["encodedDataLength"]))
    page.goto(f"{furnished.address}{path}", wait_until="networkidle")
    context.close()
    assert 0 < sum(fetched) < MOST_BYTES, f"{path}: {sum(fetched):,.0f} bytes in {len(fetched)} answers"
