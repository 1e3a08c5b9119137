"""JSON lines, and whole JSON documents put together: values one after another."""

from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.json_scan import ARRAY, BROKEN, MOST_VALUES, OBJECT, Data, Scanner, few_values
from prodsec.scans.formats.json_walk import Row
from prodsec.scans.types import Limits, ReportError


def json_lines(data: Data, limits: Limits) -> Iterator[Row]:
    """Top-level values one after another: JSON lines, or whole documents put together.

    A value that cannot be told from its neighbours is yielded as its line, so that it is rejected and the rest goes on.
    """
    lines = _Lines(Scanner(data, limits))
    at, line, count = (3 if data[:3] == b"\xef\xbb\xbf" else 0), 1, 0
    while True:
        start = lines.scanner.space(at)
        line += data[at:start].count(b"\n")
        if start >= lines.scanner.size:
            return
        at = lines.value_end(start)
        if at - start > limits.row_bytes:
            raise ReportError(f"a value larger than {limits.row_bytes} bytes", place=f"line {line}")
        count += 1
        if count > limits.rows:
            raise ReportError(f"more than {limits.rows} rows; split the report", place=f"line {line}")
        raw = data[start:at]
        if not few_values(raw):
            raise ReportError(f"a value of more than {MOST_VALUES} values", place=f"line {line}")
        yield Row(raw, f"line {line}")
        line += raw.count(b"\n")
        lines.scanner.drop(at)


class _Lines:
    """Where values end. A line is looked at as a whole once only, however many values are on it."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self._line_end = -1

    def value_end(self, at: int) -> int:
        """The end of a value: of its line when that is one value or none, else (a value on several lines, several on one) found by scanning."""
        data, size = self.scanner.data, self.scanner.size
        if at >= self._line_end:
            line_end = data.find(b"\n", at)
            self._line_end = size if line_end < 0 else line_end
            if self._line_end - at <= self.scanner.limits.row_bytes and _is_value(data[at : self._line_end]):
                return self._line_end
        if data[at] not in (OBJECT, ARRAY):
            return self._line_end
        try:
            return self.scanner.skip(at)
        except ReportError:
            return self._line_end


def _is_value(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except BROKEN:
        return False
    return True
