"""What holds for every reading, whoever wrote its reader: time, rows kept, places in archives, texts that can be stored, no stack traces."""

import time
from collections.abc import Iterator, Sequence

import msgspec

from prodsec.scans.types import Header, Limits, Observation, Reading, Rejected, ReportError

_LOOK_AT_CLOCK = 16


def storable(text: str) -> str:
    """The text without what no database takes: NUL, and halves of surrogate pairs."""
    if text.isprintable():
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _header(header: Header) -> Header:
    told = ("tool", "tool_version", "incomplete_reason", "target")
    changes = {name: text for name in told if (text := storable(getattr(header, name))) != getattr(header, name)}
    return msgspec.structs.replace(header, **changes) if changes else header


def _checked(item: Observation | Rejected) -> Observation | Rejected:
    """The row with a place that can be stored; rejected when it names nothing."""
    if isinstance(item, Rejected):
        return Rejected(storable(item.place), storable(item.reason))
    pointer = storable(item.pointer)
    if not item.title.strip() or not item.rule.strip():
        return Rejected(pointer, "the row has neither a title nor a rule")
    return item if pointer == item.pointer else msgspec.structs.replace(item, pointer=pointer)


class Bounded:
    """A reading within its limits. `rejected` counts all rejected rows, of which at most `Limits.rejected` are handed out.

    `warnings` are rules of its standard that the report breaks and that it was read in spite of; final like `components`.
    """

    def __init__(
        self, reading: Reading, label: str, limits: Limits, deadline: float, left_out: Sequence[Rejected] = ()
    ) -> None:
        """`label` is the member's name in an archive, `deadline` an instant of the monotonic clock.

        `left_out` are members of the archive that are no reports: rejected before the first row.
        """
        self.header: Header = _header(reading.header)
        self.components = reading.components
        self.warnings: tuple[str, ...] = ()
        self._reading = reading
        self._label = label
        self._limits = limits
        self._deadline = deadline
        self._left_out = left_out
        self.rejected = len(left_out)

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report. Raises: ReportError."""
        yield from self._left_out[: self._limits.rejected]
        place = ""
        try:
            for number, item in enumerate(map(_checked, self._reading)):
                if number % _LOOK_AT_CLOCK == 0 and time.monotonic() > self._deadline:
                    raise ReportError(
                        f"reading took longer than {self._limits.seconds} seconds; split the report", place=place
                    )
                if number >= self._limits.findings:
                    raise ReportError(f"more than {self._limits.findings} findings; split the report", place=place)
                if isinstance(item, Observation):
                    place = item.pointer
                    yield item if not self._label else msgspec.structs.replace(item, pointer=self._within(item.pointer))
                else:
                    place = item.place
                    self.rejected += 1
                    if self.rejected > self._limits.lost_rows and 2 * self.rejected > number:
                        raise ReportError(
                            f"more than {self._limits.lost_rows} rows, and more than half, could not be read: {item.reason}",
                            place=place,
                        )
                    if self.rejected <= self._limits.rejected:
                        yield Rejected(self._within(item.place), item.reason) if self._label else item
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            what = f"{type(error).__name__}: {error}"[:300]
            raise ReportError(f"the report has a shape its reader cannot read ({what})", place=place or "/") from error
        self.components = self._reading.components
        # Most readers notice nothing, and those of other packages need not know that they could.
        self.warnings = tuple(getattr(self._reading, "warnings", ()))

    def _within(self, place: str) -> str:
        """A place of the member as one of the archive: `shop.csv line 2`, `shop.json/results/0`."""
        return f"{self._label}{place}" if place.startswith("/") else f"{self._label} {place}"
