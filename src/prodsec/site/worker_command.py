"""`prodsec worker`: runs background jobs. As many workers as needed, on as many machines."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--concurrency", type=int, default=1, help="jobs at the same time (default 1)")
    parser.add_argument("--until-idle", action="store_true", help="end when the queue is empty")


def run(args: argparse.Namespace) -> int:
    """Work until told to stop."""
    from prodsec.site import django_ready

    django_ready.set_up()
    from prodsec.kit import jobs

    jobs.run_worker(concurrency=args.concurrency, wait=not args.until_idle)
    return 0
