"""How long starting takes: the installation, the second start, the command line in a pipeline."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Book, timed

SECTION = "Starting"
START_SECONDS = 90.0


def run(book: Book, home: Path, *, runs: int) -> None:
    """The start times of budgets.md §4 that need no network."""
    command_line(book, runs=runs)
    firsts, seconds = [], []
    for number in range(runs):
        own = home / f"start-{number}"
        with serving(own) as (_, first):
            firsts.append(first)
        with serving(own) as (_, second):
            seconds.append(second)
    book.add(SECTION, "prodsec up: first start, to the first page", firsts)
    book.add(SECTION, "prodsec up: second start, to the first page", seconds, 4.0)


def command_line(book: Book, *, runs: int) -> None:
    """Importing the light client, and a whole `prodsec --help`."""
    code = "import time; t = time.perf_counter(); import prodsec_cli.main; print(time.perf_counter() - t)"
    imports = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) for _ in range(runs)
    ]
    book.add(SECTION, "import of prodsec_cli", [value * 1000 for value in imports], 150, unit="ms")
    program = [sys.executable, "-m", "prodsec_cli.main", "--help"]
    helps = [timed(lambda: subprocess.run(program, stdout=subprocess.DEVNULL, check=True)) for _ in range(runs)]
    book.add(SECTION, "prodsec --help, the whole process", [value * 1000 for value in helps], 150, unit="ms")


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, float]]:
    """`prodsec up` on a free port inside the block: its address, and the seconds until its first page was answered."""
    port = _free_port()
    environment = {**os.environ, "PRODSEC_HOME": str(home), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    began = time.perf_counter()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "prodsec_cli.main", "up"],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        address = f"http://localhost:{port}"
        _await_page(f"{address}/accounts/login/", process, home / "up.log")
        yield address, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _await_page(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise SystemExit(f"prodsec up did not come up:\n{re.sub(r'(?m)^', '  ', log.read_text()[-2000:])}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
