"""Where `prodsec` begins: finds the command, loads only that one, and turns how it ended into an exit code.

Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 refused input, 4 unavailable.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

DONE, REFUSED, UNAVAILABLE, INTERRUPTED = 0, 3, 4, 130

_GROUP = "prodsec.commands"
_OWN = {"upload": ("send a report to a Prodsec server, from CI or by hand", "prodsec_cli.upload")}

# Errors are told by the name of their class or of a base: the client imports neither the server nor its libraries.
_CODES = {"UnavailableError": UNAVAILABLE, "OperationalError": UNAVAILABLE, "ProdsecError": REFUSED}


def commands() -> dict[str, tuple[str, str]]:
    """Name → (help, module) of every command: those of the installed server packages, then our own."""
    from importlib.metadata import entry_points

    found: dict[str, tuple[str, str]] = {}
    for entry in entry_points(group=_GROUP):
        found.update(entry.load())
    return {**found, **_OWN}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name. Returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    known = commands()
    parser = _parser(known, chosen=next((word for word in given if not word.startswith("-")), ""))
    args = parser.parse_args(given)
    module: ModuleType = args.module
    try:
        code: int = module.run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough; Python must not complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        code = _code_of(error)
        if not code:
            raise
        _complain(error)
    return code


def _parser(known: dict[str, tuple[str, str]], *, chosen: str) -> argparse.ArgumentParser:
    """A parser that knows the names of all commands, and the arguments of the chosen one alone."""
    parser = argparse.ArgumentParser(prog="prodsec", description="The platform a product-security department runs on.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (help_text, module_name) in sorted(known.items()):
        command = choices.add_parser(name, help=help_text, description=help_text[:1].upper() + help_text[1:] + ".")
        if name == chosen:
            module = importlib.import_module(module_name)
            module.add_arguments(command)
            command.set_defaults(module=module)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the version of the installed distribution and end."""
        from importlib.metadata import version

        parser.exit(message=f"prodsec {version('prodsec')}\n")


def _code_of(error: Exception) -> int:
    """The exit code an error stands for; 0 when it is none that we expect."""
    return next((_CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _CODES), 0)


def _complain(error: Exception) -> None:
    sentence = " ".join(str(error).split())
    sys.stderr.write(f"prodsec: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
