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
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests/samples"
START_SECONDS = 120
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
ADMIN, PASSWORD = "ada@example.com", "a sentence that only Ada knows"


@dataclass(frozen=True)
class Running:
    """A Prodsec that runs: its address, the first admin's link, where its data is."""

    address: str
    setup_link: str
    home: Path

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run `prodsec` on its data."""
        done = subprocess.run(
            [sys.executable, "-m", "prodsec_cli.main", *arguments],
            env=environment(self.home, 0),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def environment(home: Path, port: int) -> dict[str, str]:
    """The environment of a Prodsec of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PRODSEC_", "DJANGO_"))}
    kept.pop("DATABASE_URL", None)
    return {**kept, "PRODSEC_HOME": str(home), **({"PORT": str(port)} if port else {})}


@contextlib.contextmanager
def prodsec_up(home: Path) -> Iterator[Running]:
    """`prodsec up` on an empty home, from when it says that it is ready until Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "prodsec_cli.main", "up"],
        env=environment(home, port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        too_late = threading.Timer(START_SECONDS, process.kill)
        too_late.start()
        link = setup_link(process)
        too_late.cancel()
        # What is said from now on is read and forgotten, so that nobody waits for a full pipe.
        reader = threading.Thread(target=process.communicate, daemon=True)
        reader.start()
        yield Running(f"http://localhost:{port}", link, home)
        process.send_signal(signal.SIGINT)
        reader.join(timeout=60)
        process.kill()


def setup_link(process: "subprocess.Popen[str]") -> str:
    """The first admin's link, which is the last thing said before all is ready."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if "/setup/" in line:
            return line.split()[-1]
    raise AssertionError(f"Prodsec did not start: {''.join(said)}")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec that nobody has used yet; for the one test that does."""
    with prodsec_up(tmp_path_factory.mktemp("fresh") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prodsec with an admin, and with findings of many kinds from tools of many kinds."""
    with prodsec_up(tmp_path_factory.mktemp("furnished") / "home") as running:
        furnish(running)
        yield running


def furnish(running: Running) -> None:
    """An admin, and reports of many tools."""
    running.command("user", "create", ADMIN, "--name", "Ada Novak", "--admin", "--password-stdin", stdin=PASSWORD)
    for report, asset in (
        ("trivy/image.json", "registry.example/payments/api"),
        ("bandit/bandit.json", "gitlab.com/acme/payments/api"),
        ("semgrep/semgrep.json", "gitlab.com/acme/payments/api"),
        ("sarif/hostile.sarif", "gitlab.com/acme/web/shop"),
        ("zap/zap.json", "shop.example.com"),
    ):
        running.command("import", str(SAMPLES / report), "--asset", asset, "--json")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else Playwright's own."""
    found = next((path for name in NAMES for path in Path("/usr/bin").glob(name)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, of the size of a laptop's."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console has to stay silent."""
    complaints: list[str] = []
    expect.set_options(timeout=15_000)
    made = context.new_page()
    made.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    assert not complaints, f"The console is not silent: {complaints}"


def sign_in(page: Page, address: str) -> None:
    """As the admin."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail address").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What needs attention")
