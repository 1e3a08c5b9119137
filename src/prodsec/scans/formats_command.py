"""`prodsec formats`: the formats that reports are read by: look at them, try a spec on a file, share it with the installation."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from prodsec.scans.formats.registry import Known
    from prodsec.scans.formats.trial import Rival, Trial
    from prodsec.scans.types import FormatSummary

_MOST_BYTES = 1_000_000
_Made = TypeVar("_Made")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="show all formats, and what is wrong with those of this installation")
    listing.add_argument("--own", action="store_true", help="only those that did not come with the program")
    show = verbs.add_parser("show", help="print a format's spec, as YAML")
    show.add_argument("name", metavar="NAME", help="the format's id, as `bandit`")
    show.add_argument("--version", type=int, default=0, metavar="N", help="an older version of a shared one")
    test = verbs.add_parser("test", help="read a report by a spec that is not installed")
    test.add_argument("spec", metavar="SPEC", type=Path, help="the spec, a YAML file")
    test.add_argument("file", metavar="FILE", type=Path, help="the report; may be packed with gzip or zip")
    add = verbs.add_parser("add", help="save a spec as the next version of its format, and use it everywhere")
    add.add_argument("spec", metavar="SPEC", type=Path, help="the spec, a YAML file")
    add.add_argument("--draft", action="store_true", help="save it only; it reads nothing until it is shared")
    add.add_argument("--note", default="", help="what changed, for those who look at its versions")
    off = verbs.add_parser("off", help="let a shared format read no reports any more; its versions stay")
    off.add_argument("name", metavar="NAME", help="the format's id")
    for verb in (listing, show, test, add, off):
        verb.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what the verb says. Exit 1 when a spec does not read the file, 3 when it is refused, 4 without a database."""
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "list": _list,
        "show": _show,
        "test": _test,
        "add": _add,
        "off": _off,
    }
    return verbs[args.verb](args)


def _list(args: argparse.Namespace) -> int:
    found, faults = _with_database(_all, _here)
    shown = [one for one in found if not args.own or one.origin != "built-in"]
    if args.json:
        told = [
            {
                "id": one.id, "title": one.title, "tool": one.tool, "kind": one.kind.word, "origin": one.origin,
                "state": one.state.word, "version": one.version, "newest": one.newest, "replaces": one.replaces,
            }
            for one in shown
        ]  # fmt: skip
        sys.stdout.write(json.dumps({"formats": told, "problems": list(faults)}) + "\n")
    else:
        sys.stdout.write("".join(f"{_line(one)}\n" for one in shown) or "No formats of your own yet.\n")
        for fault in faults:
            sys.stderr.write(f"prodsec: not used: {fault}\n")
    return 0


def _line(one: "FormatSummary") -> str:
    where = {"shared": "shared", "folder": one.place, "package": one.place}.get(one.origin, "")
    state = "" if one.state.word == "active" else f" ({one.state.word}, newest version {one.newest})"
    version = f"version {one.version}" if one.origin == "shared" and one.version else ""
    replaces = f"replaces the {one.replaces} one" if one.replaces else ""
    more = ", ".join(filter(None, (where, version, replaces)))
    return f"{one.id:<24} {one.title:<36} {more}{state}".rstrip()


def _show(args: argparse.Namespace) -> int:
    text = _with_database(lambda: _text(args.name, args.version), lambda: _text_here(args.name))
    if args.json:
        sys.stdout.write(json.dumps({"id": args.name, "spec": text}) + "\n")
    else:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0


def _test(args: argparse.Namespace) -> int:
    from prodsec.kit.errors import InvalidError
    from prodsec.scans.formats import registry
    from prodsec.scans.formats.paths import SpecError
    from prodsec.scans.formats.trial import trial

    text = _spec(args.spec)
    if not args.file.is_file():
        raise InvalidError(f"There is no file {args.file}.")
    known = _with_database(_known_everywhere, registry.here)
    try:
        made = trial(text, args.file, name=args.file.name, known=known)
    except SpecError as error:
        raise InvalidError(_of_file(str(error), args.spec)) from None
    if args.json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _told(made)))
    return 0 if made.count and not made.rejected_count and made.told_as == made.format else 1


def _told(made: "Trial") -> list[str]:
    counts = made.severities
    words = ("critical", "high", "medium", "low", "info", "unknown")
    told = ", ".join(f"{getattr(counts, word)} {word}" for word in words if getattr(counts, word))
    lines = [f"{made.count} rows of {made.tool} read as {made.kind}: {told or 'none'}."]
    lines += [f"Severity {one.word!r} is {one.severity} ({one.count})." for one in made.words]
    lines += [f"\nThe first {len(made.rows)}:"] if made.rows else []
    for row in made.rows:
        lines.append(f"  {row.place}  {row.severity:<8} {row.title}")
        lines += [f"      {fact}: {' '.join(text.split())[:160]}" for fact, text in row.facts.items()]
    if made.rejected_count:
        lines.append(f"\n{made.rejected_count} rows were rejected:")
        lines += [f"  {row.place}: {row.reason}" for row in made.rejected]
    is_told = made.told_as == made.format
    told_as = f"It would be told as {made.told_as}" if made.told_as else "No format would be told"
    lines.append(
        "\nIt would be told without a hint."
        if is_told
        else f"\n{told_as}; name this format with --format, or change `detect`."
    )
    lines += [_rivalry(one) for one in made.rivals]
    return lines


def _rivalry(one: "Rival") -> str:
    what = f"Every report of {one.id} also fits this spec" if one.always else f"The file also fits {one.id}"
    return f"{what}; {one.id if one.wins else 'this spec'} wins."


def _add(args: argparse.Namespace) -> int:
    from prodsec.site import django_ready, migrate_command

    text = _spec(args.spec)
    with django_ready.database():
        from django.db import transaction

        from prodsec.accounts.types import SYSTEM
        from prodsec.kit.errors import InvalidError
        from prodsec.scans import services as scans
        from prodsec.scans.types import BadSpecError

        migrate_command.ensure_tables()
        try:
            with transaction.atomic():
                saved = scans.save_format(SYSTEM, text=text, share=not args.draft, note=args.note)
        except BadSpecError as error:
            raise InvalidError(f"{args.spec}: {error}") from None
    if args.json:
        sys.stdout.write(json.dumps({"id": saved.id, "version": saved.version, "active": saved.is_active}) + "\n")
    else:
        use = "reads reports from now on, on every machine" if saved.is_active else "is saved as a draft"
        sys.stdout.write(f"Version {saved.version} of {saved.id} {use}.\n")
    return 0


def _off(args: argparse.Namespace) -> int:
    from prodsec.site import django_ready, migrate_command

    with django_ready.database():
        from django.db import transaction

        from prodsec.accounts.types import SYSTEM
        from prodsec.scans import services as scans

        migrate_command.ensure_tables()
        with transaction.atomic():
            scans.switch_off(SYSTEM, args.name)
    if args.json:
        sys.stdout.write(json.dumps({"id": args.name, "active": False}) + "\n")
    else:
        sys.stdout.write(f"{args.name} reads no reports any more; its versions stay.\n")
    return 0


def _spec(path: Path) -> str:
    from prodsec.kit.errors import InvalidError

    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InvalidError(f"{path} is not UTF-8.") from None


def _of_file(sentence: str, path: Path) -> str:
    return sentence.replace("spec:", f"{path}:", 1)


def _with_database(there: "Callable[[], _Made]", here: "Callable[[], _Made]") -> "_Made":
    """What the installation's database knows, if there is one; what this machine knows alone, if not."""
    home = Path(os.environ.get("PRODSEC_HOME", ".prodsec")).expanduser()
    if not os.environ.get("DATABASE_URL") and not (home / "postgres").is_dir():
        return here()
    from prodsec.site import django_ready, migrate_command

    with django_ready.database():
        migrate_command.ensure_tables()
        return there()


def _all() -> "tuple[list[FormatSummary], tuple[str, ...]]":
    from prodsec.accounts.types import SYSTEM
    from prodsec.scans import queries

    return queries.formats_and_faults(SYSTEM)


def _here() -> "tuple[list[FormatSummary], tuple[str, ...]]":
    from prodsec.scans.formats import listing, registry

    known = registry.here()
    return listing.summaries(known), known.faults()


def _known_everywhere() -> "Known":
    from prodsec.scans import queries

    return queries.known_formats()


def _text(name: str, version: int) -> str:
    from prodsec.accounts.types import SYSTEM
    from prodsec.kit.errors import NotFoundError
    from prodsec.scans import queries

    if not version:
        return _sure(name, queries.format_text(SYSTEM, name))
    found = next((one for one in queries.format_versions(SYSTEM, name) if one.version == version), None)
    if found is None:
        raise NotFoundError(f"The format {name} has no version {version}.")
    return found.text


def _text_here(name: str) -> str:
    from prodsec.scans.formats import registry

    registry.named(name)
    return _sure(name, registry.here().entries[name].spec_text)


def _sure(name: str, text: str) -> str:
    from prodsec.kit.errors import NotFoundError

    if not text:
        raise NotFoundError(f"The reader of {name} is code, not a spec; see docs/reference/formats.md.")
    return text
