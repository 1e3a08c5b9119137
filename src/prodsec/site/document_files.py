"""The files of docs/: where they are, and in what order people read them."""

import functools
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.kit import markdown

_PACKAGED = Path(__file__).parent / "docs"
_IN_A_CLONE = Path(__file__).parents[3] / "docs"

SECTIONS: tuple[tuple[str, Promise], ...] = (
    ("guide", _("Guide")),
    ("how-to", _("How to change Prodsec")),
    ("reference", _("Reference")),
    ("decisions", _("Decisions")),
)
FIRST = ("first-steps", "import-reports", "views", "triage", "ci", "operate", "demo", "README")


@dataclass(frozen=True)
class Document:
    """One file of docs/: its name without the ending, and its heading."""

    name: str
    title: str


@dataclass(frozen=True)
class Section:
    """A folder of docs/."""

    title: Promise
    documents: tuple[Document, ...]


def folder() -> Path:
    """Where docs/ is: inside the installed package, else in the clone it runs from."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_A_CLONE


@functools.cache
def sections() -> tuple[Section, ...]:
    """What there is to read, in the order to read it."""
    return tuple(Section(title, documents) for name, title in SECTIONS if (documents := _documents_in(folder() / name)))


def _documents_in(place: Path) -> tuple[Document, ...]:
    def order(path: Path) -> tuple[int, str]:
        return (FIRST.index(path.stem) if path.stem in FIRST else len(FIRST), path.stem)

    return tuple(
        Document(f"{place.name}/{path.stem}", markdown.title_of(path.read_text(encoding="utf-8")) or path.stem)
        for path in sorted(place.glob("*.md"), key=order)
    )
