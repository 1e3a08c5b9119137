"""A Prodsec of its own, started as people start it, and a Chromium in front of it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.browser import steps

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests/samples"
START_SECONDS = 240
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WAIT_MS = 20_000
REPORTS = (
    ("trivy/image.json", "registry.example/payments/api"),
    ("bandit/bandit.json", "gitlab.com/acme/payments/api"),
    ("semgrep/semgrep.json", "gitlab.com/acme/payments/api"),
    ("sarif/hostile.sarif", "gitlab.com/acme/web/shop"),
    ("zap/zap.json", "shop.example.com"),
)
MISSING = "/nowhere/"
SEEDED = 100_000


@dataclass(frozen=True)
class Running:
    """A Prodsec that runs: its address, the first admin's link, where its data is, what it said."""

    address: str
    setup_link: str
    home: Path
    said: list[str]


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a Prodsec of its own, with more of our settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRODSEC_", "DJANGO_"))}
    kept.pop("DATABASE_URL", None)
    return {**kept, "PRODSEC_HOME": str(home), **({"PORT": str(port)} if port else {}), **more}


@contextlib.contextmanager
def prodsec_up(home: Path, **more: str) -> Iterator[Running]:
    """`prodsec up` on an empty home, from when it says that it is ready until Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("prodsec"), "up"],
        env=environment(home, port, **more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said: list[str] = []
    ready = threading.Event()
    reader = threading.Thread(target=listen, args=(process, said, ready), daemon=True)
    with process:
        reader.start()
        try:
            assert ready.wait(START_SECONDS), f"Prodsec did not start in {START_SECONDS} s: {''.join(said)}"
            link = next((line.split()[-1] for line in said if "/setup/" in line), "")
            assert link, f"Prodsec ended with {process.wait()}: {''.join(said)}"
            yield Running(f"http://localhost:{port}", link, home, said)
        finally:
            process.send_signal(signal.SIGINT)
            reader.join(timeout=60)
            process.kill()


def listen(process: "subprocess.Popen[str]", said: list[str], ready: threading.Event) -> None:
    """Keep what Prodsec says; it is ready when it has named the first admin's link, or has nothing more to say."""
    assert process.stderr
    for line in process.stderr:
        said.append(line)
        if "/setup/" in line:
            ready.set()
    ready.set()


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec that nobody has used yet; for the one test that does."""
    with prodsec_up(tmp_path_factory.mktemp("fresh") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else Playwright's own."""
    found = next((path for name in NAMES for path in Path("/usr/bin").glob(name)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def furnished(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec with an admin, a team, a token, and findings of many kinds from tools of many kinds."""
    with prodsec_up(tmp_path_factory.mktemp("furnished") / "home") as running:
        page = browser.new_page()
        page.set_default_timeout(WAIT_MS)
        steps.become_admin(page, running.setup_link)
        for report, asset in REPORTS:
            steps.upload(page, SAMPLES / report, asset)
        steps.add_team(page, running.address, "Payments")
        steps.make_token(page, running.address, "nightly pipeline")
        page.context.close()
        yield running


@pytest.fixture(scope="session")
def large(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec with an admin and very many findings, which its worker begins to count; for stories.

    Findings of groups below `seed.example` are anybody's who takes them: each test has groups of its own.
    """
    home = tmp_path_factory.mktemp("large") / "home"
    with prodsec_up(home, PRODSEC_ALLOW_HOSTS="127.0.0.1") as running:
        page = browser.new_page()
        page.set_default_timeout(WAIT_MS)
        steps.become_admin(page, running.setup_link)
        page.context.close()
        seed = [sys.executable, "-m", "bench.seed", "--findings", str(SEEDED)]
        subprocess.run(seed, cwd=ROOT, env=environment(home, 0), check=True, stdout=subprocess.DEVNULL)
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, of the size of a laptop's."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(WAIT_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console has to stay silent."""
    complaints: list[str] = []
    expect.set_options(timeout=WAIT_MS)
    made = context.new_page()

    def complain(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not said.location["url"].endswith(MISSING):
            complaints.append(said.text)

    made.on("console", complain)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    assert not complaints, f"The console is not silent: {complaints}"
