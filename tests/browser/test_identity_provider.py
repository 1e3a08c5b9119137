"""An administrator sets up OpenID Connect on the page, signs out, and signs in through the provider."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser import steps
from tests.browser.conftest import Running
from tests.signin import oidc_process, oidc_provider

pytestmark = pytest.mark.xdist_group("stories")

SHOTS = Path(__file__).parents[2] / "screenshots"


@pytest.fixture(scope="module")
def idp() -> Iterator[oidc_process.Idp]:
    with oidc_process.running() as idp:
        user = {
            "sub": "u-7",
            "email": steps.ADMIN,
            "email_verified": True,
            "name": steps.NAME,
            "groups": ["acme/payments"],
        }
        idp.order(user=user, lies={"asks": True})
        yield idp


def test_an_administrator_sets_up_oidc_and_signs_in_through_it(
    page: Page, large: Running, idp: oidc_process.Idp
) -> None:
    steps.sign_in(page, large.address)
    steps.add_team(page, large.address, "Payments")
    set_up(page, large, idp)
    give_team(page)
    page.get_by_role("button", name=steps.NAME).click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{large.address}/accounts/login/?next=/admin/sign-in/providers/")
    look(page, "sign-in")
    page.get_by_role("link", name="Sign in with Acme").click()
    page.get_by_role("button", name=f"Go on as {steps.NAME}").click()
    page.wait_for_url(f"{large.address}/admin/sign-in/providers/")
    page.get_by_role("link", name="Acme", exact=True).click()
    expect(page.get_by_role("row").filter(has=page.get_by_role("link", name=steps.NAME))).to_contain_text(steps.ADMIN)
    look(page, "provider")


def set_up(page: Page, running: Running, idp: oidc_process.Idp) -> None:
    """Add the provider, and let it be tried."""
    page.goto(f"{running.address}/admin/sign-in/providers/")
    look(page, "empty")
    page.get_by_role("link", name="Add OpenID Connect").click()
    page.get_by_label("Name", exact=True).fill("Acme")
    page.get_by_label("Issuer").fill(idp.issuer)
    page.get_by_label("Client id").fill(oidc_provider.CLIENT)
    page.get_by_label("Client secret").fill(oidc_provider.SECRET)
    page.get_by_label("Trusted for the domains").fill("example.com")
    look(page, "form")
    page.get_by_role("button", name="Add provider").click()
    expect(page.locator("#return-address")).to_have_text(f"{running.address}/accounts/oidc/acme/login/callback/")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It knows the client id and the secret.")).to_be_visible()
    expect(page.get_by_label("Client secret")).to_have_value("")
    look(page, "tried")


def give_team(page: Page) -> None:
    """Let a group give a team."""
    page.get_by_label("Group, as the provider names it").fill("acme/payments")
    page.get_by_label("Gives a place in the team").select_option(label="Payments")
    page.get_by_role("button", name="Add group").click()
    expect(page.get_by_role("row").filter(has_text="acme/payments")).to_contain_text("the team Payments")


def look(page: Page, name: str) -> None:
    """Keep pictures, light and dark, wide and narrow, to be looked at (with PRODSEC_SCREENSHOTS=1)."""
    if "PRODSEC_SCREENSHOTS" not in os.environ:
        return
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=SHOTS / f"identity-provider-{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
