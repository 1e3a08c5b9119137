"""All formats that can be read: specs and custom readers, built in, from other packages, and the installation's own.

A custom reader is a module `custom/<id>.py` with `FORMAT = CustomFormat(…)`. Its `read(member, limits)` is a generator of
readings: it opens the member (`with member.mapped() as data:`), walks it (`JsonDocument(data, paths, limits)`), and yields one
object with `header`, `components` and `__iter__` a run of a tool. The consumer finishes a reading before it asks for the next one.
Other packages register theirs under the entry-point group `prodsec.formats`; an installation keeps specs in
`PRODSEC_HOME/formats/*.yaml`, which are picked up while it runs, and shares others through its database (`everywhere`).
One of these two replaces a format of the same id only when it says so.
"""

import enum
import functools
import hashlib
import importlib
import os
import pkgutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from prodsec.scans.formats import custom, mapping
from prodsec.scans.formats.beginnings import beginnings_of
from prodsec.scans.formats.bounded import Bounded
from prodsec.scans.formats.detect import Signature, Sniff, refuse, refuse_broken, sniff
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.source import Member, members
from prodsec.scans.formats.spec_text import LONGEST, located
from prodsec.scans.types import Limits, Reading, Rejected, ReportError
from prodsec.vocabulary.kinds import Kind


class Format(Protocol):
    """What a spec and a custom reader have in common."""

    @property
    def id(self) -> str:
        """The format's name in commands and files."""
        ...

    @property
    def title(self) -> str:
        """The format's name for people."""
        ...

    @property
    def tool(self) -> str:
        """The tool that usually writes it."""
        ...

    @property
    def kind(self) -> Kind:
        """The usual kind of its findings."""
        ...

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """What tells it, any of them."""
        ...

    def read(self, member: Member, limits: Limits) -> Iterator[Reading]:
        """Readings of a member, one a run. Raises: ReportError."""
        ...


@dataclass(frozen=True)
class CustomFormat:
    """A format whose reader is code."""

    id: str
    title: str
    tool: str
    kind: Kind
    signatures: tuple[Signature, ...]
    reader: Callable[[Member, Limits], Iterator[Reading]]
    about: str = ""
    sample: str = ""

    def read(self, member: Member, limits: Limits) -> Iterator[Reading]:
        """Readings of a member, one a run. Raises: ReportError."""
        return self.reader(member, limits)


class Origin(enum.StrEnum):
    """Where a format comes from."""

    BUILT_IN = "built-in"
    PACKAGE = "package"
    FOLDER = "folder"
    SHARED = "shared"


@dataclass(frozen=True)
class SharedSpec:
    """A spec that an installation keeps in its database, and which version of it this is."""

    text: str
    version: int


@dataclass(frozen=True)
class Entry:
    """A format, where it comes from, and which version of it this is.

    place     the file of one from PRODSEC_HOME, the value of a package's entry point
    replaces  where the format of the same id comes from that this one stands in front of
    """

    format: Format
    origin: Origin
    version: str
    place: str = ""
    replaces: Origin | None = None

    @property
    def spec_text(self) -> str:
        """The spec as written; empty for a reader that is code."""
        return self.format.text if isinstance(self.format, mapping.LazySpec) else ""


@dataclass(frozen=True)
class Known:
    """The formats that are known to a process now, by id and in the order of their ids, and what keeps others from being used."""

    entries: dict[str, Entry]
    problems: tuple[str, ...] = ()

    @functools.cached_property
    def formats(self) -> dict[str, Format]:
        """The formats alone."""
        return {name: entry.format for name, entry in self.entries.items()}

    def version_of(self, name: str) -> str:
        """Which version of a format this is; empty for one that is not known."""
        return self.entries[name].version if name in self.entries else ""

    def may_be_empty(self, name: str) -> bool:
        """Whether a file of no bytes says, in this format, that nothing was found."""
        return name in self.entries and getattr(self.entries[name].format, "may_be_empty", False) is True

    def faults(self) -> tuple[str, ...]:
        """All that is wrong with formats that did not come with the program, also what shows only when they are used."""
        found = list(self.problems)
        for entry in self.entries.values():
            if isinstance(entry.format, mapping.LazySpec) and entry.origin in (Origin.FOLDER, Origin.SHARED):
                try:
                    _ = entry.format.spec
                except SpecError as error:
                    found.append(str(error))
        return tuple(found)


def _delivered_specs() -> dict[str, mapping.LazySpec]:
    folder = Path(str(files("prodsec.scans.formats").joinpath("specs")))
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    begun = beginnings_of(texts, folder)
    specs = [mapping.LazySpec(text, name, beginning=begun[name]) for name, text in texts.items()]
    return {spec.id: spec for spec in specs}


@functools.lru_cache(maxsize=1)
def _delivered() -> Known:
    """What comes with the program and with other packages; it never changes while a process runs."""
    own = version("prodsec")
    found: dict[str, Entry] = {}
    problems: list[str] = []
    for name, spec in _delivered_specs().items():
        found[name] = Entry(spec, Origin.BUILT_IN, own)
    for module in pkgutil.iter_modules(custom.__path__):
        made = getattr(importlib.import_module(f"{custom.__name__}.{module.name}"), "FORMAT", None)
        if made is not None:
            found[made.id] = Entry(made, Origin.BUILT_IN, own)
    for entry in entry_points(group="prodsec.formats"):
        try:
            made = entry.load()
        except (ImportError, AttributeError) as error:
            problems.append(f"the format {entry.name} of {entry.value} cannot be loaded: {error}")
        else:
            packed = entry.dist.version if entry.dist else ""
            before = found.get(made.id)
            found[made.id] = Entry(made, Origin.PACKAGE, packed, entry.value, before.origin if before else None)
    return Known(found, tuple(problems))


Fingerprint = tuple[tuple[str, int, int], ...]


@functools.lru_cache(maxsize=2)
def _here(fingerprint: Fingerprint) -> Known:
    """With the specs of PRODSEC_HOME/formats, which are read again when one of the files is another."""
    delivered = _delivered()
    found = dict(delivered.entries)
    problems = list(delivered.problems)
    for name, _, _ in fingerprint:
        try:
            text = _spec_file(Path(name))
            spec = mapping.LazySpec(text, name, is_own=True)
            entry = Entry(spec, Origin.FOLDER, f"file {hashlib.sha256(text.encode()).hexdigest()[:12]}", name)
            found[spec.id] = _in_front(entry, found.get(spec.id), name)
        except SpecError as error:
            problems.append(str(error))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{name}: cannot be read: {error}")
    return Known(dict(sorted(found.items())), tuple(problems))


@functools.lru_cache(maxsize=2)
def _everywhere(fingerprint: Fingerprint, shared: tuple[SharedSpec, ...]) -> Known:
    here = _here(fingerprint)
    found = dict(here.entries)
    problems = list(here.problems)
    for one in shared:
        try:
            spec = mapping.LazySpec(one.text, f"version {one.version}", is_own=True)
            entry = Entry(spec, Origin.SHARED, str(one.version))
            found[spec.id] = _in_front(entry, found.get(spec.id), f"{spec.id}, version {one.version}")
        except SpecError as error:
            problems.append(f"a shared format cannot be used: {error}")
    return Known(dict(sorted(found.items())), tuple(problems))


def _in_front(entry: Entry, before: Entry | None, name: str) -> Entry:
    """The entry, knowing what it replaces. Raises: SpecError when its spec does not say that it means to."""
    if before is None:
        return entry
    refuse_shadow(entry.format, before, name)
    return replace(entry, replaces=before.origin)


def refuse_shadow(made: Format, before: Entry | None, name: str) -> None:
    """Raise SpecError when a spec has the id of another format and does not say that it replaces it."""
    if before is not None and isinstance(made, mapping.LazySpec) and not made.replaces:
        error = SpecError(
            f"{name}: id",
            f"{made.id} is already a format ({before.origin}); choose another id, or say `replaces: true`",
        )
        raise located(error, made.text, name)


def spec_of(text: str, name: str) -> mapping.LazySpec:
    """A spec that somebody wrote, read up to its `detect`. `name` is for messages. Raises: SpecError."""
    return mapping.LazySpec(text, name, is_own=True)


def here() -> Known:
    """What is known without a database: built in, of other packages, and of PRODSEC_HOME/formats. Cost: a look at the folder."""
    return _here(_fingerprint())


def everywhere(shared: tuple[SharedSpec, ...]) -> Known:
    """What is known here, and what the installation shares. Cost: as `here`, as long as nothing changed."""
    return _everywhere(_fingerprint(), shared)


def formats() -> dict[str, Format]:
    """All formats by id that are known here, in the order of their ids."""
    return here().formats


def problems() -> tuple[str, ...]:
    """What keeps formats of this machine or of other packages from being used; the others work all the same."""
    return here().problems


def _fingerprint() -> Fingerprint:
    folder = Path(os.environ.get("PRODSEC_HOME", ".prodsec")).expanduser() / "formats"
    try:
        with os.scandir(folder) as found:
            looks = [(entry.path, entry.stat()) for entry in found if entry.name.endswith(".yaml")]
    except OSError:
        return ()
    return tuple(sorted((path, look.st_mtime_ns, look.st_size) for path, look in looks))


def _spec_file(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(4 * LONGEST + 1).decode("utf-8")


def named(name: str, known: Known | None = None) -> Format:
    """The format of this id. Raises: ReportError naming close ones."""
    import difflib

    known = known or here()
    found = known.formats.get(name)
    if found is None:
        close = difflib.get_close_matches(name, known.formats, 3) or sorted(known.formats)
        hint = f" ({'; '.join(known.problems)})" if known.problems else ""
        raise ReportError(f"there is no format {name!r}; did you mean {', '.join(close[:8])}?{hint}")
    return found


def detect(member: Member, limits: Limits, known: Known | None = None) -> Format:
    """The format of a member, told by its content. Raises: ReportError when none fits."""
    candidates = (known or here()).formats.values()
    seen = sniff(member, limits)
    best = _best(seen, candidates)
    if best is None and seen.kind == "json":
        best = _best(sniff(member, limits, whole=True), candidates)
        if best is None:
            refuse_broken(member, limits)
    if best is None:
        best = _nearest(seen, candidates)
    if best is None:
        raise refuse(member, seen)
    return best


def _best(seen: Sniff, candidates: Collection[Format]) -> Format | None:
    best: Format | None = None
    best_score = 0
    for candidate in candidates:
        score = max((one.score(seen) for one in candidate.signatures), default=0)
        if score > best_score or (best is not None and score == best_score and candidate.id < best.id):
            best, best_score = candidate, score
    return best


def _nearest(seen: Sniff, candidates: Collection[Format]) -> Format | None:
    """The one format whose table this is but for a column: exports let people choose, and versions rename."""
    near = sorted(max((one.nearly(seen) for one in candidate.signatures), default=0) for candidate in candidates)
    if len(near) < 2 or near[-1] == near[-2]:
        return None
    return next(one for one in candidates if any(mark.nearly(seen) == near[-1] for mark in one.signatures))


def readings(
    path: Path,
    *,
    name: str | None = None,
    format: str | None = None,  # noqa: A002 - the option's name at every door
    limits: Limits | None = None,
    known: Known | None = None,
) -> Iterator[Bounded]:
    """The readings of a report, in the order of the file: one a run of a tool, an archive's members one after another.

    Each reading has to be iterated to its end (or dropped) before the next one is asked for. A place in an archive begins
    with the member's name.
    A file of no bytes is a report only when its format is given, and is one of lines.
    Raises: ReportError when it is no report, or cannot be read on. Members of an archive that are no reports are
    rejected as rows of the first reading; when no member is a report, the first one's refusal is raised.
    """
    limits = limits or Limits()
    known = known or here()
    deadline = time.monotonic() + limits.seconds
    may_be_empty = format is not None and known.may_be_empty(format)
    with members(path, name or path.name, limits, may_be_empty=may_be_empty) as found:
        told: list[tuple[Member, Format]] = []
        refused: list[tuple[Member, ReportError]] = []
        for member in found:
            try:
                told.append((member, named(format, known) if format else detect(member, limits, known)))
            except ReportError as error:
                refused.append((member, error.with_traceback(None)))  # which holds all that was looked at
        if refused and not told:
            raise refused[0][1]
        left_out = [Rejected(member.label, error.sentence) for member, error in refused]
        for member, chosen in told:
            for reading in chosen.read(member, limits):
                yield Bounded(reading, member.label, limits, deadline, left_out)
                left_out = []
