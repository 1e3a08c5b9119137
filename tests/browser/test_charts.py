"""The charts of the metrics: drawn as their tables say, in every colour and width; a bar opens the list that it counts."""

import datetime
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import steps
from tests.browser.conftest import Running
from tests.browser.test_pages import THEMES, wear

pytestmark = pytest.mark.xdist_group("stories")

CHARTS = ("open", "flow", "sla", "age", "teams")
MOST_COUNTED = 10_000
TURNS = 240
# A bar is a path with the thin line that parts it from the next; patterns are further paths over it. Series come one after another.
BARS = """chart => [...chart.querySelectorAll('svg path[stroke-width="0.5"]')]
    .filter(path => !path.getAttribute('fill').startsWith('url'))
    .map(path => path.getBoundingClientRect())
    .map(box => ({x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width, height: box.height}))"""
CELLS = """table => [...table.querySelectorAll('thead th[data-series]')].flatMap(head => [...table.tBodies[0].rows]
    .map(row => row.cells[head.cellIndex])
    .filter(cell => Number(cell.dataset.value) > 0)
    .map(cell => ({value: Number(cell.dataset.value), address: cell.querySelector('a').href,
        counted: table.dataset.percent === undefined ? Number(cell.dataset.value)
            : [...cell.parentElement.cells].slice(2).reduce((sum, other) => sum + Number(other.dataset.value), 0)})))"""


@dataclass(frozen=True)
class Bar:
    """A bar: its middle on the page, how long it is; the cell it is drawn from, and how many findings that one counts."""

    x: float
    y: float
    length: float
    value: float
    counted: int
    address: str


@pytest.fixture(scope="module")
def counted(large: Running, browser: Browser) -> Running:
    """The installation once its worker has counted everything that is in it now."""
    begun = datetime.datetime.now(datetime.UTC)
    page = browser.new_page()
    steps.sign_in(page, large.address)
    for _ in range(TURNS):
        said = re.search(r'Counted <time[^>]* datetime="([^"]+)"', page.request.get(f"{large.address}/metrics/").text())
        if said and datetime.datetime.fromisoformat(said[1]) > begun:
            page.context.close()
            return large
        page.wait_for_timeout(1000)
    raise AssertionError(f"Not counted after {TURNS} s.")


@pytest.fixture
def metrics(counted: Running, page: Page) -> Page:
    """The metrics, as an admin sees them."""
    steps.sign_in(page, counted.address)
    page.goto(f"{counted.address}/metrics/")
    return page


@pytest.mark.parametrize("theme", THEMES)
def test_charts_are_drawn_as_their_tables_say(large: Running, metrics: Page, theme: str) -> None:
    wear(metrics, large.address, theme)
    for width in (1440, 390):
        metrics.set_viewport_size({"width": width, "height": 900})
        metrics.reload()
        for name in CHARTS:
            drawn = bars(metrics, name)
            assert drawn, name
            scale = max(bar.length for bar in drawn) / max(bar.value for bar in drawn)
            wrong = [bar for bar in drawn if abs(bar.length - max(bar.value * scale, 1)) > 1.5]
            assert not wrong, f"{name} at {width}"
        assert metrics.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", CHARTS)
def test_a_bar_opens_what_it_counts(metrics: Page, name: str) -> None:
    drawn = [bar for bar in bars(metrics, name) if bar.length > 4 and bar.counted < MOST_COUNTED]
    chosen = drawn[len(drawn) // 2]
    metrics.mouse.click(chosen.x, chosen.y)
    expect(metrics).to_have_url(chosen.address)
    expect(metrics.get_by_role("heading", level=1)).to_have_text(f"{chosen.counted:,} findings")


def test_what_a_bar_opens_is_reached_by_keys(metrics: Page) -> None:
    summary = metrics.locator(".chart-panel summary").first
    twin = metrics.locator("#table-open")
    expect(twin).to_be_hidden()
    metrics.locator("#chart-open button").focus()
    for _ in range(4):
        metrics.keyboard.press("Tab")
        if summary.evaluate("summary => summary === document.activeElement"):
            break
    metrics.keyboard.press("Enter")
    expect(twin).to_be_visible()
    metrics.keyboard.press("Tab")
    link = twin.get_by_role("link").first
    expect(link).to_be_focused()
    address, number = link.get_attribute("href") or "", link.inner_text()
    metrics.keyboard.press("Enter")
    metrics.wait_for_url(f"**{address}")
    expect(metrics.get_by_role("heading", level=1)).to_have_text(f"{number} findings")


def bars(page: Page, name: str) -> list[Bar]:
    """The bars of a chart, each with its cell; there is one for each that counts something, and no other."""
    chart, table = page.locator(f"[data-chart-of=table-{name}]"), page.locator(f"#table-{name}")
    expect(chart.locator("svg")).to_be_visible()
    chart.scroll_into_view_if_needed()
    lies = table.get_attribute("data-lies") is not None
    drawn, cells = chart.evaluate(BARS), table.evaluate(CELLS)
    assert len(drawn) == len(cells), name
    return [
        Bar(
            box["x"], box["y"], box["width"] if lies else box["height"], cell["value"], cell["counted"], cell["address"]
        )
        for box, cell in zip(drawn, cells, strict=True)
    ]
