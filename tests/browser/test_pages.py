"""Every page, in both colours and at three widths: accessible, silent, never wider than the screen.

PRODSEC_SCREENSHOTS=1 also puts pictures of all of them into screenshots/, to be looked at.
"""

import os
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import ROOT, sign_in

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "screenshots"
WIDTHS = (390, 1440, 2560)
THEMES = ("light", "dark")
PAGES = {
    "home": "/",
    "findings": "/findings/",
    "findings-none": "/findings/?text=nothing-like-this",
    "finding": "/findings/1/",
    "finding-code": "/findings/6/",
    "assets": "/assets/",
    "assets-none": "/assets/?text=nothing-like-this",
    "asset-group": "/assets/1/",
    "asset": "/assets/3/",
    "asset-edit": "/assets/3/edit/",
    "asset-new": "/assets/new/",
    "asset-import": "/assets/import/",
    "imports": "/imports/",
    "import": "/imports/1/",
    "import-rejected": "/imports/4/?show=rejected",
    "upload": "/imports/upload/",
    "people": "/admin/people/",
    "person": "/admin/people/1/",
    "teams": "/admin/teams/",
    "tokens": "/admin/tokens/",
    "due-dates": "/admin/sla/",
    "jobs": "/admin/jobs/",
    "activity": "/admin/activity/",
    "docs": "/docs/guide/triage/",
    "password": "/accounts/password/change/",
    "missing": "/nowhere/",
}

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def signed_in(furnished: Any, page: Page) -> Page:
    """A page of a person who is signed in, on the furnished installation."""
    sign_in(page, furnished.address)
    return page


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible(furnished: Any, signed_in: Page, theme: str) -> None:
    assert AXE.is_file(), "axe-core is missing; `make assets` installs it"
    source = AXE.read_text(encoding="utf-8")
    wear(signed_in, furnished.address, theme)
    faults: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        open_page(signed_in, furnished.address + path)
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


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen(furnished: Any, signed_in: Page, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 900})
    wide = {}
    for name, path in PAGES.items():
        open_page(signed_in, furnished.address + path)
        needed = signed_in.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            wide[name] = needed
    assert not wide, f"Wider than {width}: {wide}"


@pytest.mark.skipif(not os.environ.get("PRODSEC_SCREENSHOTS"), reason="PRODSEC_SCREENSHOTS=1 takes pictures")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS[:2])
def test_pictures(furnished: Any, signed_in: Page, theme: str, width: int) -> None:
    PICTURES.mkdir(exist_ok=True)
    wear(signed_in, furnished.address, theme)
    signed_in.set_viewport_size({"width": width, "height": 900})
    for name, path in PAGES.items():
        open_page(signed_in, furnished.address + path)
        picture = PICTURES / f"{name}-{theme}-{width}.png"
        signed_in.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 1000


def wear(page: Page, address: str, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])


def open_page(page: Page, address: str) -> None:
    """Open it; the error page is asked for, and the console says so."""
    answer = page.goto(address)
    assert answer is not None
    expected = 404 if "nowhere" in address else 200
    assert answer.status == expected, f"{address} answers {answer.status}"


def test_wrong_form_is_refused(furnished: Any, page: Page) -> None:
    """A form from elsewhere changes nothing and gets a page, no stack trace."""
    answer = page.request.post(
        f"{furnished.address}/accounts/login/", form={"login": "ada@example.com", "password": "x"}
    )
    assert answer.status == 403
    assert "nothing was changed" in answer.text()
    assert "Traceback" not in answer.text()
