"""The beginnings of specs, up to `detect`: enough to list a format and to tell it.

Those of the specs that came with the program are kept compiled beside them, as Python keeps its modules: to read three hundred of
them takes a quarter of a second, which every command would wait for.
"""

import contextlib
import hashlib
import os
import re
import sys
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from prodsec.scans.formats import detect
from prodsec.scans.formats.detect import Signature, signature
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.spec_text import parsed
from prodsec.vocabulary.kinds import Kind

MEMBERS = frozenset({
    "id", "replaces", "title", "tool", "kind", "reader", "detect", "run", "each", "where", "fields", "blocks", "headings", "ends",
    "document", "components", "together", "sample", "about",
})  # fmt: skip
_RULES = re.compile(r"^(?:components|together|each|where|run|fields|blocks|headings|ends|document):", re.MULTILINE)
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Beginning:
    """What a spec says of itself before it says how rows are read.

    may_be_empty    tools that write a line for each finding write no byte when they find nothing; any other has failed then
    """

    id: str
    replaces: bool
    tool: str
    title: str
    kind: Kind
    about: str
    sample: str
    signatures: tuple[Signature, ...]
    may_be_empty: bool


class _Kept(msgspec.Struct):
    """What stands in the file beside the specs: by the name of a spec's file. `made_of` is the sum of all that went into it."""

    made_of: str
    beginnings: dict[str, Beginning]


def beginning_of(text: str, name: str) -> Beginning:
    """Compile the beginning of a spec. Raises: SpecError when it cannot be used."""
    start = _RULES.search(text)
    given = parsed(text[: start.start()] if start else text, name)
    if start and not given.get("detect"):
        given = parsed(text, name)
    refuse_unknown(given, MEMBERS, name)
    for needed in ("id", "tool", "kind", "reader", "detect"):
        if not given.get(needed):
            raise SpecError(name, f"{needed} is missing")
    conditions = given["detect"] if isinstance(given["detect"], list) else [given["detect"]]
    told = [signature(one, f"{name}: detect[{number}]") for number, one in enumerate(conditions)]
    if given["reader"] == "json":  # which reads one document
        told = [replace(one, lines=False) for one in told]
    return Beginning(
        id=_id(given["id"], name),
        replaces=given.get("replaces") is True,
        tool=str(given["tool"]),
        title=str(given.get("title") or given["tool"]),
        kind=kind_of(given["kind"], name),
        about=str(given.get("about") or ""),
        sample=str(given.get("sample") or ""),
        signatures=tuple(told),
        may_be_empty=given["reader"] in ("jsonl", "text"),
    )


def beginnings_of(specs: dict[str, str], folder: Path) -> dict[str, Beginning]:
    """The beginnings of the specs of a folder, by the names of their files. `specs` are their texts.

    Raises: SpecError when one cannot be used. Where the folder cannot be written, they are compiled each time.
    """
    made_of = _sum_of(specs)
    file = folder / "__pycache__" / "beginnings.json"
    with contextlib.suppress(OSError, msgspec.DecodeError):
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
        if kept.made_of == made_of:
            return kept.beginnings
    found = {name: beginning_of(text, name) for name, text in specs.items()}
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            _write(file, msgspec.json.encode(_Kept(made_of, found)))
    return found


def _sum_of(specs: dict[str, str]) -> str:
    """Of the specs, and of the code that compiles them."""
    summed = hashlib.blake2b(version("prodsec").encode(), digest_size=16)
    for code in (__file__, detect.__file__):
        summed.update(Path(code).read_bytes())
    for name, text in sorted(specs.items()):
        summed.update(f"{name}\0{text}\0".encode())
    return summed.hexdigest()


def _write(file: Path, data: bytes) -> None:
    """In one step, since several processes may start at once."""
    file.parent.mkdir(exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}")
    made.write_bytes(data)
    made.replace(file)


def _id(given: object, name: str) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise SpecError(f"{name}: id", f"{given!r} is no id; use small letters, digits and _, a letter first")
    return given


def kind_of(given: Any, place: str) -> Kind:
    """The kind a spec names. Raises: SpecError."""
    try:
        return Kind[str(given).upper()]
    except KeyError:
        words = ", ".join(kind.word for kind in Kind)
        raise SpecError(f"{place}: kind", f"{given!r} is none of {words}") from None


def refuse_unknown(given: object, known: frozenset[str], place: str) -> None:
    """Raises: SpecError for what is no object, or has a member that is not known."""
    if not isinstance(given, dict):
        raise SpecError(place, "give an object")
    if unknown := sorted(set(map(str, given)) - known):
        raise SpecError(place, f"{unknown[0]!r} is not known here; use {', '.join(sorted(known))}", key=unknown[0])
