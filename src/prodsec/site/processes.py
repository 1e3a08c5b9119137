"""Child processes that end with their parent and are started again when they die."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prodsec.kit.errors import UnavailableError

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 25.0
# A child that dies sooner than this after its start, this often in a row, is broken: we stop and say so.
_QUICK_SECONDS, _QUICK_DEATHS = 3.0, 5


def end_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """What a child calls (at its start, or as `preexec_fn`) so that the kernel ends it when its parent is gone."""
    libc = ctypes.CDLL(None)

    def child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return child


@dataclass
class Child:
    """One process of ours: how to start it, and how often it died young."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    quick_deaths: int = field(default=0)
    stop_signal: int = signal.SIGTERM


def command(*arguments: str) -> Callable[[], "subprocess.Popen[bytes]"]:
    """A starter of `prodsec …` in this very Python environment."""

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "prodsec_cli.main", *arguments],
            stdin=subprocess.DEVNULL,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - only a system call between fork and exec
            start_new_session=True,
        )

    return start


def supervise(children: list[Child], *, stopped: Callable[[], bool], say: Callable[[str], None]) -> int:
    """Keep all children running until `stopped()`; then stop them, last started first. Returns the exit code."""
    try:
        while not stopped():
            for child in children:
                if child.process is not None and child.process.poll() is None:
                    continue
                if child.process is not None and not _may_restart(child, say):
                    return 4
                if not _start(child, say):
                    return 4
            time.sleep(0.2)
    finally:
        for child in reversed(children):
            _stop(child)
    return 0


def _start(child: Child, say: Callable[[str], None]) -> bool:
    """Start a child; one that does not come up is tried again a few times. Returns False when that is in vain."""
    child.process, child.started_at = None, time.monotonic()
    try:
        child.process = child.start()
    except UnavailableError as error:
        # It may have been killed while it came up, as any child may be killed at any time.
        child.quick_deaths += 1
        say(f"{child.name} did not start: {error}")
        return child.quick_deaths < _QUICK_DEATHS
    return True


def _may_restart(child: Child, say: Callable[[str], None]) -> bool:
    lived = time.monotonic() - child.started_at
    child.quick_deaths = child.quick_deaths + 1 if lived < _QUICK_SECONDS else 0
    if child.quick_deaths >= _QUICK_DEATHS:
        say(f"{child.name} ends as soon as it is started; its last words are above.")
        return False
    code = child.process.returncode if child.process else 0
    say(f"{child.name} ended (code {code}); starting it again.")
    return True


def _stop(child: Child) -> None:
    if child.process is None or child.process.poll() is not None:
        return
    child.process.send_signal(child.stop_signal)
    try:
        child.process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
