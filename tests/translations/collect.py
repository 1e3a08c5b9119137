"""Collects every text that pages say and brings the catalogues up to date: `make messages`.

A text that a catalogue has keeps its translation; a new one is added without; one that is gone is dropped.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "prodsec"
LOCALES = SOURCE / "site" / "locale"
DOMAIN = "django"
# Babel knows the names of gettext's own functions; these are Django's.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def collected() -> Catalog:
    """Every text of templates and code, with the files that say it."""
    catalog = Catalog(charset="utf-8")
    for path, source in _sources():
        for _line, message, comments, context in extract("python", io.BytesIO(source), KEYWORDS):
            place = path.relative_to(ROOT).as_posix()
            catalog.add(message, locations=[(place, None)], auto_comments=comments, context=context)
    return catalog


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is stored."""
    path = file_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def file_of(language: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages() -> list[str]:
    """The languages there is a catalogue for."""
    return sorted(path.name for path in LOCALES.glob("*") if path.is_dir())


def up_to_date(language: str) -> Catalog:
    """The stored catalogue with exactly the texts there are now."""
    fresh = Catalog(
        locale=language,
        project="Prodsec",
        charset="utf-8",
        fuzzy=False,
        header_comment="# What the pages say. `make messages` keeps it up to date.\n#",
    )
    stored = catalogue(language)
    for message in collected():
        if message.id:
            known = stored.get(message.id, message.context)
            fresh.add(
                message.id,
                known.string if known else None,
                auto_comments=message.auto_comments,
                context=message.context,
            )
    return fresh


def write(language: str, catalog: Catalog) -> None:
    """Store a catalogue: sorted by text, without line numbers and dates, so that its changes can be read."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    told = r'"(?:POT-Creation-Date|PO-Revision-Date|Report-Msgid-Bugs-To|Last-Translator|Language-Team|Generated-By|Project-Id-Version):[^\n]*\n'
    text = re.sub(told, "", out.getvalue().decode())
    file_of(language).parent.mkdir(parents=True, exist_ok=True)
    file_of(language).write_text(text, encoding="utf-8")


def _sources() -> Iterator[tuple[Path, bytes]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield path, path.read_bytes()
    for path in sorted(SOURCE.rglob("templates/**/*")):
        if path.suffix in (".html", ".txt"):
            calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            yield path, re.sub(r"(?m)^[ \t]+", "", calls).encode()  # indented as a page, not as Python


def main() -> int:
    """Bring every catalogue up to date, and say what it lacks."""
    for language in languages():
        fresh = up_to_date(language)
        write(language, fresh)
        missing = sum(1 for message in fresh if message.id and not is_translated(message.string))
        print(f"{language}: {len(fresh)} texts, {missing} without a translation")  # noqa: T201
    return 0


def is_translated(said: object) -> bool:
    """Whether there is a translation, of every plural form."""
    return all(said) if isinstance(said, list | tuple) else bool(said)


if __name__ == "__main__":
    sys.exit(main())
