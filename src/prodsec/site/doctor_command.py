"""`prodsec doctor`: looks at everything that must always hold, and says what does not."""

import argparse
import json
from importlib.metadata import version


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--json", action="store_true", help="print what was looked at as JSON")


def run(args: argparse.Namespace) -> int:
    """Look and tell. Exit 0 when all is sound, 1 when something is not."""
    from prodsec.site import django_ready

    with django_ready.database():
        from prodsec.site import soundness

        checks = []
        for check in soundness.checks():
            checks.append(check)
            if not args.json:
                print(f"{'ok' if check.ok else 'NOT SOUND':<10} {check.name:<12} {check.says}", flush=True)
    sound = all(check.ok for check in checks)
    if args.json:
        told = [{"name": check.name, "ok": check.ok, "says": check.says} for check in checks]
        print(json.dumps({"version": version("prodsec"), "sound": sound, "checks": told}))
    else:
        print("Everything is sound." if sound else "Something is not sound; see above.")
    return 0 if sound else 1
