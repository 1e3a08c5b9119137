"""`prodsec web`: the web process. Stateless; run as many as needed in front of one database."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--threads", type=int, default=8, help="requests answered at the same time (default 8)")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import os

    from granian import Granian
    from granian.constants import Interfaces

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodsec.site.settings")
    from prodsec.site.settings import ENV

    Granian(
        "prodsec.site.web_worker:application",
        address=ENV.host,
        port=ENV.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=args.threads,
        log_access=False,
        log_enabled=True,
        websockets=False,
        respawn_failed_workers=True,
    ).serve()
    return 0
