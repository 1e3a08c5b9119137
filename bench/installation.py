"""A Prodsec of our own in a folder of its own: started with `prodsec up`, its processes found, killed, counted."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from prodsec.site.processes import end_with_parent

START_SECONDS = 90.0
TARGETS = ("worker", "web", "postgres")


class Installation:
    """`prodsec up` with its data below `home`. Only its own descendants are ever killed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.environ = {**os.environ, "PRODSEC_HOME": str(home), "PORT": str(self.port)}
        self.environ.pop("DATABASE_URL", None)
        self._log = home.with_suffix(".log")
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Installation":
        with self._log.open("ab") as log:
            self._up = subprocess.Popen(
                _program("up"),
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent(),  # noqa: PLW1509 - only a system call between fork and exec
            )
        self._await_first_page()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._up is not None:
            self._up.terminate()
            self._up.wait(60)

    def run(self, *arguments: str) -> str:
        """What a command of the program prints. Raises: SystemExit with its complaint."""
        done = subprocess.run(_program(*arguments), env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"prodsec {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def left_behind(self) -> list[int]:
        """Processes of this home that outlived `prodsec up`; asked for after it ended."""
        mark = f"PRODSEC_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
        return found

    def is_up(self) -> bool:
        """Whether `prodsec up` itself still runs."""
        return self._up is not None and self._up.poll() is None

    def log(self) -> str:
        """What it said so far."""
        return self._log.read_text(errors="replace")

    def kill(self, target: str, *, older_than: float) -> bool:
        """SIGKILL a process of this kind, if one lived that many seconds. Returns whether there was one.

        `prodsec up` gives up on a process that dies again and again right after its start, and rightly so.
        """
        for pid in self._pids(target):
            if _age(pid) > older_than:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def _pids(self, target: str) -> list[int]:
        """Direct children of `prodsec up` of this kind."""
        if self._up is None:
            return []
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _parent(entry) == self._up.pid:
                words = _command(entry)
                is_postgres = bool(words) and Path(words[0]).name == "postgres"
                if is_postgres if target == "postgres" else target in words:
                    found.append(int(entry.name))
        return found

    def _await_first_page(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/accounts/login/")
                connection.getresponse()
            except (OSError, http.client.HTTPException):
                if not self.is_up():
                    break
                time.sleep(0.1)
            else:
                return
            finally:
                connection.close()
        raise SystemExit(f"prodsec up does not answer; it said:\n{self.log()}")


def _program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "prodsec_cli.main", *arguments]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _command(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _age(pid: int) -> float:
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    up_seconds = float(Path("/proc/uptime").read_text().split()[0])
    return up_seconds - ticks / os.sysconf("SC_CLK_TCK")
