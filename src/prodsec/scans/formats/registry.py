"""All formats that can be read: specs and custom readers, built in, from other packages, and the installation's own.

A custom reader is a module `custom/<id>.py` with `FORMAT = CustomFormat(…)`. Its `read(member, limits)` is a generator of
readings: it opens the member (`with member.mapped() as data:`), walks it (`JsonDocument(data, paths, limits)`), and yields one
object with `header`, `components` and `__iter__` a run of a tool. The consumer finishes a reading before it asks for the next one.
Other packages register theirs under the entry-point group `prodsec.formats`; an installation keeps specs in
`PRODSEC_HOME/formats/*.yaml`. A later one of the same id replaces an earlier one.
"""

import functools
import importlib
import os
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from prodsec.scans.formats import custom, mapping
from prodsec.scans.formats.bounded import Bounded
from prodsec.scans.formats.detect import Signature, Sniff, refuse, refuse_broken, sniff
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.source import Member, members
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


@dataclass(frozen=True)
class _Known:
    formats: dict[str, Format]
    problems: tuple[str, ...]


@functools.lru_cache(maxsize=1)
def _known() -> _Known:
    found: dict[str, Format] = {}
    problems: list[str] = []
    for resource in files("prodsec.scans.formats").joinpath("specs").iterdir():
        if resource.name.endswith(".yaml"):
            spec = mapping.LazySpec(resource.read_text(encoding="utf-8"), resource.name)
            found[spec.id] = spec
    for module in pkgutil.iter_modules(custom.__path__):
        made = getattr(importlib.import_module(f"{custom.__name__}.{module.name}"), "FORMAT", None)
        if made is not None:
            found[made.id] = made
    for entry in entry_points(group="prodsec.formats"):
        try:
            made = entry.load()
        except (ImportError, AttributeError) as error:
            problems.append(f"the format {entry.name} of {entry.value} cannot be loaded: {error}")
        else:
            found[made.id] = made
    for path in sorted(_own_specs()):
        try:
            spec = mapping.LazySpec(path.read_text(encoding="utf-8"), str(path))
        except (SpecError, OSError, UnicodeDecodeError) as error:
            problems.append(str(error))
        else:
            found[spec.id] = spec
    return _Known(dict(sorted(found.items())), tuple(problems))


def formats() -> dict[str, Format]:
    """All formats by id, in the order of their ids."""
    return _known().formats


def problems() -> tuple[str, ...]:
    """What keeps formats of this installation or of other packages from being used; the others work all the same."""
    return _known().problems


def _own_specs() -> Iterator[Path]:
    folder = Path(os.environ.get("PRODSEC_HOME", ".prodsec")) / "formats"
    return folder.glob("*.yaml") if folder.is_dir() else iter(())


def named(name: str) -> Format:
    """The format of this id. Raises: ReportError naming close ones."""
    import difflib

    found = formats().get(name)
    if found is None:
        close = difflib.get_close_matches(name, formats(), 3) or sorted(formats())
        hint = f" ({'; '.join(problems())})" if problems() else ""
        raise ReportError(f"there is no format {name!r}; did you mean {', '.join(close[:8])}?{hint}")
    return found


def detect(member: Member, limits: Limits) -> Format:
    """The format of a member, told by its content. Raises: ReportError when none fits."""
    seen = sniff(member, limits)
    best = _best(seen)
    if best is None and seen.kind == "json":
        best = _best(sniff(member, limits, whole=True))
        if best is None:
            refuse_broken(member, limits)
    if best is None:
        raise refuse(member, seen)
    return best


def _best(seen: Sniff) -> Format | None:
    best: Format | None = None
    best_score = 0
    for candidate in formats().values():
        score = max((one.score(seen) for one in candidate.signatures), default=0)
        if score > best_score or (best is not None and score == best_score and candidate.id < best.id):
            best, best_score = candidate, score
    return best


def readings(
    path: Path,
    *,
    name: str | None = None,
    format: str | None = None,  # noqa: A002 - the option's name at every door
    limits: Limits | None = None,
) -> Iterator[Reading]:
    """The readings of a report, in the order of the file: one a run of a tool, an archive's members one after another.

    Each reading has to be iterated to its end (or dropped) before the next one is asked for. A place in an archive begins
    with the member's name.
    Raises: ReportError when it is no report, or cannot be read on. Members of an archive that are no reports are
    rejected as rows of the first reading; when no member is a report, the first one's refusal is raised.
    """
    limits = limits or Limits()
    deadline = time.monotonic() + limits.seconds
    with members(path, name or path.name, limits) as found:
        told: list[tuple[Member, Format]] = []
        refused: list[tuple[Member, ReportError]] = []
        for member in found:
            try:
                told.append((member, named(format) if format else detect(member, limits)))
            except ReportError as error:
                refused.append((member, error))
        if refused and not told:
            raise refused[0][1]
        left_out = [Rejected(member.label, error.sentence) for member, error in refused]
        for member, chosen in told:
            for reading in chosen.read(member, limits):
                yield Bounded(reading, member.label, limits, deadline, left_out)
                left_out = []
