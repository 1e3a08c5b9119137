"""Steps that several stories share, each as a person takes it."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

NAME, ADMIN, PASSWORD = "Ada Novak", "ada@example.com", "a sentence that only Ada knows"


def become_admin(page: Page, link: str) -> None:
    """Through the first admin's link."""
    page.goto(link)
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("E-mail address").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create admin and sign in").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def sign_in(page: Page, address: str) -> None:
    """As the admin."""
    page.goto(f"{address}/accounts/login/")
    fill_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("My work")


def fill_in(page: Page, password: str = PASSWORD) -> None:
    """The form of signing in."""
    page.get_by_label("E-mail address").fill(ADMIN)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def upload(page: Page, report: Path, asset: str) -> None:
    """A report; then wait until it is in. The page waits for the worker by itself."""
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_role("link", name="Upload a report").first.click()
    page.get_by_label("Report", exact=True).set_input_files(report)
    page.get_by_label("Asset", exact=True).fill(asset)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".page-head").get_by_text("done")).to_be_visible()


def tab(page: Page, name: str) -> Locator:
    """One kind of change on the page of an import."""
    return page.get_by_role("navigation", name="What it changed").get_by_role("link", name=name)


def add_team(page: Page, address: str, name: str) -> None:
    """A team with the admin in it."""
    page.goto(f"{address}/admin/teams/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add team").click()
    page.get_by_label("Person").select_option(label=NAME)
    page.get_by_role("button", name="Add member").click()
    expect(page.get_by_role("link", name=NAME)).to_be_visible()


def make_token(page: Page, address: str, name: str) -> None:
    """A token that may import."""
    page.goto(f"{address}/admin/tokens/")
    page.get_by_label("What it is for").fill(name)
    page.get_by_role("button", name="Make token").click()
    expect(page.locator("#token-text")).to_contain_text("pst_")
