"""Signing in with a passkey, and a form that outlives its session."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.browser import steps

pytestmark = pytest.mark.xdist_group("browser")

# A device that has a fingerprint of its owner and says yes.
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_and_signs_in(furnished: Any, context: BrowserContext, page: Page) -> None:
    with_a_device(context, page)
    steps.sign_in(page, furnished.address)
    page.get_by_role("button", name=steps.NAME).click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Passkey or security key").click()
    page.get_by_label("Password").fill(steps.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Blue laptop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert len(re.findall(r"\d{8}", page.locator("#recovery-codes").inner_text())) == 10
    sign_out(page)
    page.goto(f"{furnished.address}/accounts/login/?next=/assets/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{furnished.address}/assets/")
    sign_out(page)
    the_password_alone_is_not_enough(page, furnished.address)
    remove_it(page, furnished.address)


def with_a_device(context: BrowserContext, page: Page) -> None:
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=steps.NAME).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def the_password_alone_is_not_enough(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    steps.fill_in(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page).to_have_url(f"{address}/")


def remove_it(page: Page, address: str) -> None:
    page.goto(f"{address}/account/")
    page.get_by_role("link", name="Remove Blue laptop").click()
    page.get_by_label("Password").fill(steps.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Remove key").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_a_form_outlives_its_session(furnished: Any, context: BrowserContext) -> None:
    page = context.new_page()  # one whose console may say that it was answered 401
    steps.sign_in(page, furnished.address)
    page.goto(f"{furnished.address}/admin/teams/")
    page.get_by_label("Name", exact=True).fill('Night <b>shift</b> & "co"')
    context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add team").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value('Night <b>shift</b> & "co"')
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    steps.fill_in(opened.value)
    expect(opened.value.get_by_role("button", name=steps.NAME)).to_be_visible()
    opened.value.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("You are signed in again.")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text('Night <b>shift</b> & "co"')
