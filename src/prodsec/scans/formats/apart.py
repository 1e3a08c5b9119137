"""What strangers write, run in a process of its own: a sample looked at, a spec tried on it.

A page tries a spec that is being written on a sample that may be hostile. Whatever the two do to each other, it ends with the
child: its memory and its seconds are counted by the kernel, and the web process stays as it was. No Django is loaded, so a child
costs a few tenths of a second.
"""

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec

from prodsec.scans.formats import guesses, registry
from prodsec.scans.formats.drafts import Draft, id_of, yaml_of
from prodsec.scans.formats.outline import LARGEST_SAMPLE, Node, RowList, outline
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.registry import SharedSpec
from prodsec.scans.formats.source import members
from prodsec.scans.formats.trial import Trial, trial
from prodsec.scans.types import Limits, ReportError

SECONDS, MEMORY_BYTES = 20, 1_500_000_000
_LIMITS = Limits(report_bytes=LARGEST_SAMPLE, archive_bytes=LARGEST_SAMPLE, archive_members=20, seconds=SECONDS // 2)
_LENGTH_BYTES = 8


class Looked(msgspec.Struct, frozen=True):
    """A sample as the page shows it: its tree, its lists, and a spec that is likely to read it."""

    reader: str
    root: Node
    lists: tuple[RowList, ...]
    guess: Draft


class Shown(msgspec.Struct, frozen=True):
    """A sample, and what a spec (or the guess) reads out of it; `fault` says why it reads nothing, `line` of the spec where."""

    looked: Looked
    trial: Trial | None
    fault: str = ""
    line: int = 0


class _Asked(msgspec.Struct, frozen=True):
    name: str
    spec: str | None
    each: str | None
    shared: tuple[SharedSpec, ...]
    looks: bool = False


class _Refused(msgspec.Struct, frozen=True):
    sentence: str
    place: str
    is_spec: bool
    line: int = 0
    key: str = ""


class _Answer(msgspec.Struct, frozen=True):
    looked: Looked | None = None
    trial: Trial | None = None
    refused: _Refused | None = None


def looked_at(sample: bytes, *, name: str, each: str | None = None) -> Looked:
    """The shape of a sample, and a guess at its spec; with `each`, for these rows. Raises: ReportError."""
    return _sure(_run(_Asked(name, None, each, ()), sample).looked)


def shown(
    sample: bytes, *, name: str, spec: str | None = None, each: str | None = None, shared: tuple[SharedSpec, ...]
) -> Shown:
    """A sample with what a spec reads out of it; without a spec, what the guess does. Raises: ReportError for the sample."""
    answer = _run(_Asked(name, spec, each, shared, looks=True), sample)
    refused = answer.refused
    fault = (refused.sentence if refused else "") or ("" if answer.trial else "no rows were found in the sample")
    if refused and refused.place:
        inner = refused.place.partition(": ")[2] if refused.is_spec else refused.place
        fault = f"{inner}: {fault}" if inner else fault
    return Shown(_sure(answer.looked), answer.trial, fault, refused.line if refused else 0)


def tried(spec: str, sample: bytes, *, name: str, shared: tuple[SharedSpec, ...]) -> Trial:
    """A spec tried on a sample, beside all other formats. Raises: SpecError, ReportError."""
    return _sure(_run(_Asked(name, spec, None, shared), sample).trial)


_Made = TypeVar("_Made")


def _sure(made: _Made | None) -> _Made:
    if made is None:
        raise ReportError("the sample could not be looked at")
    return made


def _run(asked: _Asked, sample: bytes) -> _Answer:
    if len(sample) > LARGEST_SAMPLE:
        raise ReportError(f"a sample has at most {LARGEST_SAMPLE // 1_000_000} MB; cut some of its rows out")
    head = msgspec.json.encode(asked)
    data = len(head).to_bytes(_LENGTH_BYTES, "big") + head + sample
    try:
        child = subprocess.run(
            [sys.executable, "-m", __name__], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=3 * SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _too_much() from None
    try:
        answer = msgspec.json.decode(child.stdout, type=_Answer)
    except msgspec.DecodeError:
        raise _too_much() from None
    if answer.refused is not None and answer.looked is None:
        _raise(answer.refused)
    return answer


def _too_much() -> ReportError:
    return ReportError(
        f"trying this took more than {SECONDS} seconds or {MEMORY_BYTES / 1e9:g} GB of memory; "
        "take a smaller sample, or simpler expressions"
    )


def _raise(refused: _Refused) -> None:
    if refused.is_spec:
        raise SpecError(refused.place, refused.sentence, key=refused.key, line=refused.line)
    raise ReportError(refused.sentence, place=refused.place)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    start = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "big")
    asked = msgspec.json.decode(data[_LENGTH_BYTES:start], type=_Asked)
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data[start:])
        answer = _answered(asked, Path(f"/proc/{os.getpid()}/fd/{file.fileno()}"))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _answered(asked: _Asked, path: Path) -> _Answer:
    looked = None
    try:
        if asked.looks or asked.spec is None:
            looked = _looked(path, asked.name, asked.each)
        if asked.spec is None and not asked.looks:
            return _Answer(looked=looked)
        spec = asked.spec if asked.spec is not None else yaml_of(named(looked.guess)) if looked else ""
        known = registry.everywhere(asked.shared)
        return _Answer(looked, trial(spec, path, name=asked.name, known=known, limits=_LIMITS))
    except SpecError as error:
        refused = _Refused(error.reason, error.place, True, error.line, error.key)
    except ReportError as error:
        refused = _Refused(error.sentence, error.place, False)
    except (MemoryError, RecursionError):
        refused = _Refused("this sample and this spec need too much memory; take a smaller sample", "", False)
    return _Answer(looked, refused=refused)


def named(draft: Draft) -> Draft:
    """A draft that has a name, be it a made-up one, so that it can be tried."""
    tool = draft.tool or "My tool"
    return replace(draft, tool=tool, title=draft.title or tool, id=draft.id or id_of(tool))


def _looked(path: Path, name: str, each: str | None) -> Looked:
    with members(path, name, _LIMITS) as found:
        seen = outline(found[0], _LIMITS)
    rows = next((one for one in seen.lists if one.each == each), None) or guesses.likely_rows(seen.lists)
    facts = guesses.likely_facts(rows) if rows else {}
    tool = guesses.likely_tool(seen)
    chosen = rows.each if rows else ""
    guess = Draft(
        tool=tool,
        kind=guesses.likely_kind(facts),
        reader="csv" if seen.reader == "xlsx" else seen.reader,
        each=chosen,
        run=guesses.likely_run(seen),
        fields=facts,
        marks=tuple(guesses.marks_of(seen, chosen)),
    )
    return Looked(seen.reader, seen.root, seen.lists, guess)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        _main()
