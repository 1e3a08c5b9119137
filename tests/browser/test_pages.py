"""Every page, in both colours and at three widths: accessible, silent, never wider than the screen.

PRODSEC_SCREENSHOTS=1 also puts pictures of all of them into screenshots/, to be looked at.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser import steps
from tests.browser.conftest import MISSING, ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "screenshots"
WIDTHS = (390, 1440, 2560)
THEMES = ("light", "dark")
PAGES = {
    "home": "/",
    "findings": "/findings/",
    "findings-narrowed": "/findings/?severity=high&kind=code&due=none",
    "finding-container": "/findings/{container}/",
    "finding-code": "/findings/{code}/",
    "views": "/views/",
    "search": "/search/?text=payments",
    "findings-grouped": "/findings/?group=remediation",
    "findings-wrong": "/findings/?severity=enormous&owner=nobody-like-this",
    "bulk": "/findings/bulk/new/?severity=high",
    "assets": "/assets/",
    "assets-none": "/assets/?text=nothing-like-this",
    "asset-group": "/assets/{group}/",
    "asset": "/assets/{project}/",
    "asset-people": "/assets/{project}/people/",
    "asset-edit": "/assets/{project}/edit/",
    "asset-new": "/assets/new/",
    "asset-import": "/assets/import/",
    "imports": "/imports/",
    "import": "/imports/{import}/",
    "import-rejected": "/imports/{rejecting}/?show=rejected",
    "upload": "/imports/upload/",
    "formats": "/formats/",
    "format": "/formats/of/bandit/",
    "format-new": "/formats/new/",
    "format-write": "/formats/write/",
    "clusters": "/clusters/",
    "metrics": "/metrics/",
    "metrics-counted": "/metrics/findings/?measure=open",
    "notices": "/notifications/",
    "notice-settings": "/notifications/settings/",
    "channels": "/admin/channels/",
    "roles": "/admin/roles/",
    "people": "/admin/people/",
    "person": "/admin/people/1/",
    "person-sign-in": "/admin/people/1/sign-in/",
    "sign-in-rules": "/admin/sign-in/",
    "account": "/account/",
    "teams": "/admin/teams/",
    "team": "/admin/teams/1/",
    "tokens": "/admin/tokens/",
    "identity-providers": "/admin/sign-in/providers/",
    "identity-provider-new": "/admin/sign-in/providers/add/oidc/",
    "saml-provider-new": "/admin/sign-in/providers/add/saml/",
    "due-dates": "/admin/sla/",
    "jobs": "/admin/jobs/",
    "demo": "/admin/demo/",
    "activity": "/admin/activity/",
    "activity-narrowed": "/admin/activity/?within=7d&action=scan",
    "forwarding": "/admin/activity/forwarding/",
    "docs": "/docs/guide/triage/",
    "docs-search": "/docs/search/?text=due+date",
    "password": "/accounts/password/change/",
    "missing": MISSING,
}

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def signed_in(furnished: Any, page: Page) -> Page:
    """A page of a person who is signed in, on the furnished installation."""
    steps.sign_in(page, furnished.address)
    return page


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible(furnished: Any, signed_in: Page, theme: str) -> None:
    assert AXE.is_file(), "axe-core is missing; `make assets` installs it"
    source = AXE.read_text(encoding="utf-8")
    wear(signed_in, furnished.address, theme)
    faults: dict[str, list[str]] = {}
    for name in open_pages(signed_in, furnished.address):
        signed_in.evaluate(source)
        found = signed_in.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
        told = [
            f"{fault['id']}: {node['html'][:160]}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]
        if told:
            faults[name] = told
    assert not faults


def test_pages_fit_the_screen(furnished: Any, signed_in: Page) -> None:
    wide = []
    for name in open_pages(signed_in, furnished.address):
        for width in WIDTHS:
            signed_in.set_viewport_size({"width": width, "height": 900})
            needed = signed_in.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                wide.append(f"{name} needs {needed} of {width}")
    assert not wide


@pytest.mark.skipif(not os.environ.get("PRODSEC_SCREENSHOTS"), reason="PRODSEC_SCREENSHOTS=1 takes pictures")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS[:2])
def test_pictures(furnished: Any, signed_in: Page, theme: str, width: int) -> None:
    PICTURES.mkdir(exist_ok=True)
    wear(signed_in, furnished.address, theme)
    signed_in.set_viewport_size({"width": width, "height": 900})
    for name in open_pages(signed_in, furnished.address):
        picture = PICTURES / f"{name}-{theme}-{width}.png"
        signed_in.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 1000


def wear(page: Page, address: str, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])


def open_pages(page: Page, address: str) -> Iterator[str]:
    """Open all, one after another; gives the name of the one that is open."""
    numbers = {
        "container": first(page, f"{address}/api/v1/findings?kind=container"),
        "code": first(page, f"{address}/api/v1/findings?kind=code"),
        "group": first(page, f"{address}/api/v1/assets?path=gitlab.com/acme"),
        "project": first(page, f"{address}/api/v1/assets?path=gitlab.com/acme/payments/api"),
        "import": first(page, f"{address}/api/v1/imports?asset=gitlab.com/acme/payments/api", "scan"),
        "rejecting": first(page, f"{address}/api/v1/imports?asset=gitlab.com/acme/web/shop", "scan"),
    }
    for name, path in PAGES.items():
        answer = page.goto(address + path.format(**numbers))
        assert answer is not None
        assert answer.status == (404 if path == MISSING else 200), f"{answer.url} answers {answer.status}"
        yield name


def first(page: Page, address: str, name: str = "id") -> int:
    """The number of the first thing in a list of the API."""
    items = page.request.get(address).json()["items"]
    assert items, f"{address} is empty"
    return int(items[0][name])


def test_wrong_form_is_refused(furnished: Any, page: Page) -> None:
    """A form from elsewhere changes nothing and gets a page, no stack trace."""
    answer = page.request.post(
        f"{furnished.address}/accounts/login/", form={"login": "ada@example.com", "password": "x"}
    )
    assert answer.status == 403
    assert "nothing was changed" in answer.text()
    assert "Traceback" not in answer.text()
