"""What crosses the border of `scans`: what a report says, row by row, in the vocabulary's words.

A report is read into one or more `Reading`s (one a run of one tool); a reading has a `Header` and yields `Observation`s
and `Rejected` rows in the order of the report. Nothing here knows a database.
"""

import datetime
import enum
from collections.abc import Iterator
from typing import Protocol

import msgspec

from prodsec.kit.errors import InvalidError, ProdsecError
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity


class Status(enum.StrEnum):
    """What the tool itself says of a row. Only `OPEN` rows are detections; the others are kept with their justification."""

    OPEN = "open"
    FIXED = "fixed"
    FALSE_POSITIVE = "false_positive"
    NOT_AFFECTED = "not_affected"
    ACCEPTED = "accepted"
    SUPPRESSED = "suppressed"


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one row of a report says. Text is plain text or Markdown, at most `Limits.text_characters` long.

    rule        the tool's own name of the rule, plugin or check; for a known vulnerability its id (CVE, GHSA, vendor's)
    title       one line; never empty
    pointer     the row's place in the report: JSON pointer, `line 12`, or XPath
    severity    as told by the tool, in our six words; `severity_text` is the tool's own word
    score       the base score the tool gives, 0.0–10.0 (CVSS v3, else v2), None when it gives none
    ids         vulnerability ids in upper case as published: CVE-…, GHSA-…, vendor's; the row's own first
    cwes        weakness numbers, the most telling first
    cvss        vectors as published, best version first
    epss        probability, 0.0–1.0
    fingerprint the tool's own stable fingerprint, prefixed by its name (`primaryLocationLineHash:…`); empty if none
    secret      the secret itself (of a secret, or a password that opened a host), only in memory: hashed with a key, masked and forgotten
    secret_hash the tool's own hash of the secret, prefixed by the algorithm, where the report gives only that
    """

    kind: Kind
    rule: str
    title: str
    pointer: str
    severity: Severity = Severity.UNKNOWN
    severity_text: str = ""
    score: float | None = None
    description: str = ""
    message: str = ""
    remedy: str = ""
    references: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    cwes: tuple[int, ...] = ()
    cvss: tuple[str, ...] = ()
    epss: float | None = None
    component: Component | None = None
    place: Place = Place()
    snippet: str = ""
    flow: tuple[Step, ...] = ()
    fingerprint: str = ""
    secret: str = ""
    secret_hash: str = ""
    status: Status = Status.OPEN
    justification: str = ""
    first_seen_at: datetime.datetime | None = None
    published_at: datetime.datetime | None = None
    fix_available_at: datetime.datetime | None = None
    tags: tuple[str, ...] = ()


class Rejected(msgspec.Struct, frozen=True):
    """A row that could not be read: where it is (`place` as `Observation.pointer`, with the member's name in an archive) and why."""

    place: str
    reason: str


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading is about, known before its first row.

    format      id of the format in the registry (`sarif`, `trivy`); the name of its spec
    tool        the tool's own name as the report gives it, else the format's usual tool
    analysis    the kind of analysis the scope is for; a report that mixes kinds has the kind of its main part
    complete    False when the report says that the tool did not finish; then nothing may be closed by it
    target      what was scanned as the report names it (image with tag, site, host); empty if it does not say
    """

    format: str
    tool: str
    analysis: Kind
    tool_version: str = ""
    complete: bool = True
    incomplete_reason: str = ""
    target: str = ""
    scanned_at: datetime.datetime | None = None


class Reading(Protocol):
    """One run of one tool out of a report. Iterated once; `components` is final when the iteration has ended."""

    header: Header
    components: int

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations and rejected rows in the order of the report.

        Raises: ReportError when the rest of the report cannot be read (truncated, beyond a limit).
        """
        ...


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a report may ask for. Every refusal names the limit and its value.

    rows       how many rows, of findings and of anything else, are gone through; of lines twice as many
    findings   how many rows of findings are handed out, rejected ones included
    rejected   how many rejected rows are kept to be shown; the others are only counted
    lost_rows  how many rows may be rejected where they are more than half: beyond that it is not the report it is taken for
    """

    report_bytes: int = 1_000_000_000
    row_bytes: int = 64_000_000
    depth: int = 100
    rows: int = 5_000_000
    findings: int = 1_000_000
    rejected: int = 1_000
    lost_rows: int = 100_000
    text_characters: int = 64_000
    archive_members: int = 1_000
    archive_bytes: int = 1_000_000_000
    archive_ratio: int = 200
    seconds: int = 600


class ReportError(InvalidError):
    """The file is no report we can read, or ends before it should. Says where and what to do; never a stack trace."""


class ReportTooLargeError(ReportError):
    """The report is larger than the limit, which the sentence names."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"the report is larger than the limit of {limit_bytes / 1e9:g} GB; split it and send the parts"
        )


class ScanState(enum.IntEnum):
    """Where a scan is in its life. Stored as its number; numbers are never reused."""

    RECEIVED = 1
    READING = 2
    DONE = 3
    FAILED = 4
    CANCELLED = 5
    UNDONE = 6

    @property
    def word(self) -> str:
        """The lower-case word used in JSON, addresses and files."""
        return self.name.lower()

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in (ScanState.RECEIVED, ScanState.READING)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan did to the record, in findings; `rejected` in rows of the report. Each finding is counted once."""

    new: int = 0
    reopened: int = 0
    fixed: int = 0
    moved: int = 0
    changed: int = 0
    unchanged: int = 0
    suppressed: int = 0
    rejected: int = 0


class ScanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A scan as lists, pages and the API show it. `seconds` is reading and merging; `rate` is rows a second so far."""

    id: int
    asset_id: int
    asset_path: str
    state: ScanState
    file_name: str
    report_sha256: str
    report_bytes: int
    format: str
    format_version: str
    tool: str
    tool_version: str
    analysis: Kind | None
    target: str
    is_record: bool
    dry_run: bool
    partial: bool
    complete: bool | None
    incomplete_reason: str
    warnings: tuple[str, ...]
    same_as: int | None
    actor_name: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    seconds: float | None
    rows_read: int
    rate: float | None
    counts: Counts
    error: str
    may_be_undone_until: datetime.datetime | None


class ScopeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A scope as pages show it, with its last scan that still counts, if there is one."""

    id: int
    tool: str
    analysis: Kind
    target: str
    scan_id: int | None
    scanned_at: datetime.datetime | None


class FormatState(enum.IntEnum):
    """Whether a format that people described reads reports. Stored as its number."""

    DRAFT = 1
    ACTIVE = 2
    OFF = 3

    @property
    def word(self) -> str:
        """The lower-case word used in JSON."""
        return self.name.lower()


class BadSpecError(InvalidError):
    """A spec cannot be used. `place` says the line and where it is wrong; `line` is 0 where no line is to blame."""

    def __init__(self, sentence: str, *, place: str = "", line: int = 0) -> None:
        super().__init__(sentence, place=place)
        self.line = line


class FormatSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A format as lists show it.

    origin      built-in, package, folder (PRODSEC_HOME/formats) or shared (of this installation, in its database)
    version     the one that reads reports: our own of a built-in one, a number of a shared one; empty when none does
    newest      the newest version of a shared one
    replaces    the origin of the format of the same id that it stands in front of
    """

    id: str
    title: str
    tool: str
    kind: Kind
    origin: str
    state: FormatState
    version: str
    newest: int | None = None
    replaces: str = ""
    place: str = ""
    changed_at: datetime.datetime | None = None


class FormatVersionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a shared format. `sample` is the sum of the sample it was made with, if there is one."""

    version: int
    text: str
    note: str
    is_active: bool
    sample: bytes | None
    sample_name: str
    created_at: datetime.datetime
    created_by_name: str


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A scan that a worker has begun: what the flow needs to know of it.

    is_record  False for dry runs and other refs: compare with the record, never write it
    attempt    1 for the first; more when a worker died or lost the database while it read
    repeats    the scan whose very bytes were the last word on the same scopes; then there is nothing to read
    """

    scan_id: int
    asset_id: int
    target: str
    is_record: bool
    dry_run: bool
    partial: bool
    format: str
    file_name: str
    report_sha256: bytes
    actor_id: int | None
    actor_name: str
    started_at: datetime.datetime
    attempt: int
    repeats: int | None = None


class ScanCancelledError(ProdsecError):
    """Somebody cancelled the scan while it was read; the import's transaction is undone."""


class ScanTakenError(ProdsecError):
    """Another worker has the scan, or has just finished it; there is nothing to do."""
