"""SPDX 2 in tag-value form, line by line: `Tag: value`, a value of several lines between `<text>` and `</text>`.

Source: spdx.github.io/spdx-spec/v2.3, clause 5 and the tag-value examples of clauses 6 and 7.
"""

from collections.abc import Iterator
from typing import IO

from prodsec.scans.formats.custom.spdx_document import CreationInfo, Document, ExternalRef, Package
from prodsec.scans.types import Limits, ReportError

_HEAD_LINES = 1_000
_LINES_OF_A_ROW = 10
_MOST_REFERENCES = 100_000
# What ends a package: the next element of another kind.
_OTHER_ELEMENTS = frozenset({b"FileName", b"SnippetSPDXID", b"LicenseID", b"Reviewer"})


class Lines:
    """The tags of a file with their line numbers. A long text is joined; none is longer than a row may be."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        """`file` is at its beginning."""
        self._file = file
        self._limit = limits.row_bytes
        self._most_lines = _LINES_OF_A_ROW * limits.rows
        self.number = 0

    def tags(self) -> Iterator[tuple[bytes, bytes]]:
        """Tag and value, in the order of the file. Raises: ReportError for a line or a text without an end."""
        while line := self._file.readline(self._limit):
            self.number += 1
            if self.number > self._most_lines:
                raise ReportError(f"more than {self._most_lines} lines; split the report", place=f"line {self.number}")
            if len(line) >= self._limit:
                raise ReportError(f"a line longer than {self._limit} bytes", place=f"line {self.number}")
            tag, colon, value = line.partition(b":")
            if not colon or tag[:1] == b"#":
                continue
            value = value.strip()
            if value.startswith(b"<text>") and b"</text>" not in value:
                value = self._text(value)
            yield tag.strip(b"\xef\xbb\xbf \t"), value

    def _text(self, first: bytes) -> bytes:
        """The rest of a text of several lines; of a long one only what may matter is kept."""
        begun, parts, size = self.number, [first], len(first)
        while line := self._file.readline(self._limit):
            self.number += 1
            size += len(line)
            if size > self._limit:
                raise ReportError(f"a text longer than {self._limit} bytes", place=f"line {begun}")
            parts.append(line)
            if b"</text>" in line:
                return b"".join(parts)
        raise ReportError("the file ends within a <text>; it was cut off", place=f"line {begun}")


def document_of(file: IO[bytes], limits: Limits) -> Document:
    """What the file says of itself before its first element. Raises: ReportError."""
    told: dict[bytes, str] = {}
    creators: list[str] = []
    lines = Lines(file, limits)
    for tag, value in lines.tags():
        if tag in _OTHER_ELEMENTS or tag == b"PackageName" or lines.number > _HEAD_LINES:
            break
        if tag == b"Creator":
            creators.append(text_of(value))
        else:
            told.setdefault(tag, text_of(value))
    return Document(
        name=told.get(b"DocumentName"),
        version=told.get(b"SPDXVersion"),
        creation_info=CreationInfo(created=told.get(b"Created"), creators=creators),
    )


def packages_of(file: IO[bytes], limits: Limits) -> Iterator[tuple[Package, str]]:
    """The packages with the line each begins at. Raises: ReportError beyond a limit."""
    lines = Lines(file, limits)
    open_package: _Open | None = None
    count = 0
    for tag, value in lines.tags():
        if tag == b"PackageName":
            if open_package is not None:
                yield open_package.closed()
            count += 1
            if count > limits.rows:
                raise ReportError(f"more than {limits.rows} packages; split the report", place=f"line {lines.number}")
            open_package = _Open(text_of(value), lines.number)
        elif open_package is None:
            continue
        elif tag == b"PackageVersion":
            open_package.version = text_of(value)
        elif tag == b"ExternalRef":
            open_package.add(text_of(value))
        elif tag == b"ExternalRefComment":
            open_package.remark(text_of(value))
        elif tag in _OTHER_ELEMENTS:
            yield open_package.closed()
            open_package = None
    if open_package is not None:
        yield open_package.closed()


class _Open:
    """A package whose tags are still coming."""

    def __init__(self, name: str, line: int) -> None:
        self._name = name
        self._line = line
        self.version = ""
        self._refs: list[ExternalRef] = []

    def add(self, value: str) -> None:
        """A reference: category, type and locator. The locator may hold white space. Raises: ReportError for too many."""
        if len(self._refs) >= _MOST_REFERENCES:
            raise ReportError(f"a package with more than {_MOST_REFERENCES} references", place=f"line {self._line}")
        parts = [*value.split(None, 2), "", "", ""]
        self._refs.append(ExternalRef(parts[0], parts[1], parts[2]))

    def remark(self, value: str) -> None:
        """A comment on the last reference."""
        if self._refs:
            last = self._refs[-1]
            self._refs[-1] = ExternalRef(last.reference_category, last.reference_type, last.reference_locator, value)

    def closed(self) -> tuple[Package, str]:
        return Package(self._name, self.version, self._refs), f"line {self._line}"


def text_of(value: bytes) -> str:
    """A value as text, without its `<text>` marks and without NUL."""
    found = value.decode("utf-8", "replace").replace("\x00", "")
    return found.replace("<text>", "", 1).replace("</text>", "", 1).strip() if "<text>" in found else found
