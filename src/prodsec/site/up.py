"""`prodsec up`: everything on this machine with one command, and gone with Ctrl-C."""

import argparse
import contextlib
import functools
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from prodsec.kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prodsec.site.env import Env
    from prodsec.site.processes import Child


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--demo", action="store_true", help="fill an empty installation with a believable organisation")


def run(args: argparse.Namespace) -> int:
    """Start the database, migrate, then keep web and worker running until Ctrl-C."""
    from prodsec.site import django_ready
    from prodsec.site.processes import Child, command, supervise

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    django_ready.set_up()
    from prodsec.site.settings import ENV

    _refuse_taken_port(ENV.host, ENV.port)
    with _database(ENV) as children:
        setup_path = _prepare(demo=args.demo)
        name = "localhost" if ENV.host == "127.0.0.1" else ENV.host
        threading.Thread(target=_announce, args=(f"http://{name}:{ENV.port}", setup_path, stop), daemon=True).start()
        children += [Child("web", command("web")), Child("worker", command("worker"))]
        return supervise(children, stopped=stop.is_set, say=_say)


@contextlib.contextmanager
def _database(env: "Env") -> "Iterator[list[Child]]":
    """The embedded database as the first of the children, so that it is started again too; none with DATABASE_URL."""
    from prodsec.kit import embedded_postgres
    from prodsec.site.processes import Child

    if env.database_url:
        yield []
        return
    with embedded_postgres.ownership(env.home) as is_ours:
        if not is_ours:
            raise UnavailableError(f"Prodsec already runs with the data in {env.home}; stop that one first.")
        start = functools.partial(embedded_postgres.start, env.home)
        server = Child("PostgreSQL", start, process=start(), stop_signal=signal.SIGINT)
        try:
            yield [server]
        finally:
            if server.process is not None:
                embedded_postgres.stop(server.process)


def _prepare(*, demo: bool) -> str:
    """Migrate, fill in the demo when asked. Returns the path of the first admin's link, empty when there is an admin."""
    from django.db import connections

    from prodsec.accounts import services as accounts
    from prodsec.site.migrate_command import migrate

    migrate()
    if demo:
        from prodsec.site import demo_command

        demo_command.fill(say=_say)
    token = accounts.setup_link_if_needed()
    connections.close_all()
    return f"/setup/{token}/" if token else ""


def _announce(address: str, setup_path: str, stop: threading.Event) -> None:
    """Print the address once the first page is answered."""
    probe = f"{address}/accounts/login/"
    while not stop.wait(0.1):
        try:
            urllib.request.urlopen(probe, timeout=5).close()  # noqa: S310 - our own address
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            continue
        _say(f"Prodsec is ready: {address}")
        if setup_path:
            _say(f"Create the first admin (this link works once): {address}{setup_path}")
        return


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UnavailableError(
                f"Cannot listen on {host}:{port} ({error.strerror}); choose another with PORT=8481 make up."
            ) from None
