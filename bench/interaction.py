"""How long an analyst waits after a key, in Chromium: from the key going down until what it asks for is painted."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Book
from bench.starting import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECTION = "From a key to what it shows, painted in Chromium beside 100,000 findings"
FINDINGS, BUDGET_MS, ROUNDS, REST_MS = 100_000, 100.0, 20, 250
EMAIL, PASSWORD = "analyst@example.org", "a sentence for the benchmark alone"
PROBE = Path(__file__).with_suffix(".js")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]


@dataclass(frozen=True)
class Key:
    """A key and what it has to show.

    shows      a condition on what can be seen `now` and what `was` seen before (`probe.state` in interaction.js)
    start      keys before the first round
    before     keys before each round; somebody looks at what they show before the key itself, unless `in_haste`
    empties    the list whose options are taken away before each round, so that new ones are told from old ones
    """

    name: str
    keys: tuple[str, ...]
    shows: str
    start: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    in_haste: bool = False
    empties: str = ""


_CLEARED = ("Control+a", "Delete")
_LETTERS = tuple("sokdtarcf")
KEYS = (
    Key("j, to the next row", ("j",), "now.row !== was.row"),
    Key("x, to choose a row", ("x",), "now.isChosen !== was.isChosen"),
    Key("Enter, the side panel", ("Enter",), "now.panel === now.row", before=("Escape", "j")),
    Key(
        "Enter in haste after three j, the side panel", ("Enter",), "now.panel === now.row",
        before=("Escape", "j", "j", "j"), in_haste=True,
    ),
    Key("j, the open side panel goes along", ("j",), "now.row !== was.row && now.panel === now.row", start=("Enter",)),
    Key("c, the row says that it is under way", ("c",), "now.isBusy", before=("j",)),
    Key("c, the row is confirmed", ("c",), "now.state !== was.state", before=("j",)),
    Key("u, it is taken back", ("u",), "now.told !== was.told", before=("j", "c")),
    Key("d, the sheet to dismiss", ("d",), "now.sheet", before=("Escape",)),
    Key("Ctrl-K, the palette", ("Control+k",), "now.isPaletteOpen", before=("Escape",)),
    Key("a letter in the palette", _LETTERS, "now.found", start=("Control+k",), before=_CLEARED, empties="palette-options"),
    Key("a letter in the filter bar", _LETTERS, "now.completions", start=("/",), before=_CLEARED, empties="token-options"),
)  # fmt: skip


def run(book: Book, home: Path) -> None:
    """Each of the keys."""
    with serving(home) as (address, _):
        _furnish(home)
        with _page(address) as page:
            for key in KEYS:
                page.goto(f"{address}/findings/?state=detected", wait_until="networkidle")
                _press(page, ("j", *key.start))
                book.add(
                    SECTION, key.name, [_took(page, key, number) for number in range(ROUNDS)], BUDGET_MS, unit="ms"
                )


def _took(page: "Page", key: Key, number: int) -> float:
    """Milliseconds from the key to the paint, in one round."""
    _press(page, key.before, in_haste=key.in_haste)
    if key.empties:
        page.evaluate("name => document.getElementById(name).replaceChildren()", key.empties)
    page.evaluate(f"() => probe.arm((now, was) => {key.shows})")
    page.keyboard.press(key.keys[number % len(key.keys)])
    return float(page.evaluate("probe.took"))


def _press(page: "Page", keys: tuple[str, ...], *, in_haste: bool = False) -> None:
    for key in keys:
        page.keyboard.press(key)
        if not in_haste:
            page.wait_for_timeout(REST_MS)


def _furnish(home: Path) -> None:
    environment = {**os.environ, "PRODSEC_HOME": str(home)}
    user = (sys.executable, "-m", "prodsec_cli.main", "user", "create", EMAIL, "--admin", "--password-stdin")
    subprocess.run(user, env=environment, input=f"{PASSWORD}\n", text=True, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        (sys.executable, "-m", "bench.seed", "--counted", "--findings", str(FINDINGS)), env=environment, check=True
    )


@contextlib.contextmanager
def _page(address: str) -> Iterator["Page"]:
    """A page of Chromium, the system's or else Playwright's own, of somebody who is signed in."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in ("chromium", "chromium-browser") for path in Path("/usr/bin").glob(name)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(path=PROBE)
        page.goto(f"{address}/accounts/login/")
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
        yield page
        browser.close()
