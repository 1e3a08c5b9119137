"""`prodsec demo fill|remove`: a believable organisation in this installation, and out of it again."""

import argparse
import sys
from collections.abc import Callable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with the demo."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("fill", help="put the demo into an empty installation")
    actions.add_parser("remove", help="take the demo out again; what else is here stays")


def run(args: argparse.Namespace) -> int:
    """Fill or remove."""
    from prodsec.site import django_ready
    from prodsec.site.migrate_command import migrate

    with django_ready.database():
        migrate()
        if args.action == "fill":
            fill(say=_say)
        else:
            from prodsec.site.demo import removal

            print(f"The demo is gone, with {removal.remove()} assets and everything on them. Its people are disabled.")
    return 0


def fill(say: Callable[[str], None]) -> None:
    """Fill an installation that nobody has used yet; leave every other one as it is, and say so."""
    from prodsec.site import soundness
    from prodsec.site.demo import replay

    if replay.is_here():
        say(f"The demo is here already; sign in as {replay.ADMIN}. `prodsec user password` sets a new password.")
        return
    if soundness.holds_anything():
        say("This installation is in use, so the demo stays out of it; use another PRODSEC_HOME.")
        return
    password = replay.play(say)
    say(f"Demo: sign in as {replay.ADMIN}, or as {replay.MEMBER} of Payments, with the password {password}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
