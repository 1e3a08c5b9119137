"""Every command in the README does what the README says."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISED = {
    "make up": "test_make_up_starts_serves_and_ends",
    "make demo": "test_make_demo_has_a_home_of_its_own",
    "make test": "test_make_test_runs_everything",
    ".venv/bin/prodsec inspect report.sarif": "test_inspect_reads_a_report",
}
SECONDS = 120.0


def make(*words: str) -> list[str]:
    """`make` that takes the environment the tests run in as installed, so that nothing is fetched."""
    stamps = [f"{sys.prefix}/.runtime", f"{sys.prefix}/.test", "src/prodsec/site/static/prodsec.css", "chromium"]
    old = [part for stamp in stamps for part in ("--assume-old", stamp)]
    return ["make", "--no-print-directory", *old, f"VENV={sys.prefix}", *words]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`make up` on a free port with a home of its own; killed with all its children at the end, come what may."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "PRODSEC_HOME": str(tmp_path / "up")}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        make("up"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    # Its end closes the pipe, so a start that hangs ends the reading below.
    watchdog = threading.Timer(SECONDS, lambda: os.killpg(process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        yield process, f"http://localhost:{port}"
    finally:
        watchdog.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def said(process: "subprocess.Popen[str]", pattern: str) -> str:
    """What `make up` says, up to the line with the pattern; the pattern's group out of it."""
    assert process.stdout is not None
    heard = []
    for line in process.stdout:
        heard.append(line)
        if found := re.search(pattern, line):
            return found[1]
    pytest.fail(f"`make up` did not say {pattern!r}:\n{''.join(heard)[-3000:]}")


def test_every_command_is_tested() -> None:
    text = (ROOT / "README.md").read_text().split("## The map")[0]
    commands = set(re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE))
    assert commands == set(PROMISED)
    assert set(PROMISED.values()) <= set(globals())


@pytest.mark.enable_socket
def test_make_up_starts_serves_and_ends(up: tuple["subprocess.Popen[str]", str], tmp_path: Path) -> None:
    process, address = up
    assert said(process, r"Prodsec is ready: (\S+)") == address
    setup = said(process, r"first admin \(this link works once\): (\S+)")
    with urllib.request.urlopen(setup, timeout=30) as page:  # noqa: S310 - our own address
        assert page.status == 200
        assert b"password" in page.read().lower()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=5)  # noqa: S310 - our own address
    assert not [path for path in Path("/proc").glob("[0-9]*") if is_of(path, tmp_path / "up")]


def is_of(process: Path, home: Path) -> bool:
    """Whether a running process belongs to this home."""
    try:
        return str(home).encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return False


def test_make_demo_has_a_home_of_its_own() -> None:
    said = subprocess.run(make("-n", "demo"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "prodsec up --demo" in said
    assert ".prodsec-demo" in said


def test_make_test_runs_everything() -> None:
    said = subprocess.run(make("-n", "test"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "pytest" in line]
    assert not re.search(r"\btests/|-k|-m |--ignore|--deselect", line), "`make test` leaves something out."


def test_inspect_reads_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.sarif"
    report.write_text('{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": []}]}')
    program = Path(sys.executable).with_name("prodsec")
    done = subprocess.run([program, "inspect", report], capture_output=True, text=True, check=True)
    assert '"sarif"' in done.stdout
