"""Plain-text reports: rows, what follows them, headings, facts of the whole; told by lines; no pattern runs for ever."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import mapping, readings
from prodsec.scans.formats.detect import Signature, sniff
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Limits, Observation, Rejected, ReportError

SPEC = """
id: own
tool: Own
kind: host
reader: text
detect: {lines_like: ['Own scanner', '== ']}
document: ['Own scanner (?P<version>[\\d.]+)', 'Ended: (?P<ended>.*)']
headings: ['== (?P<area>.*) ==', '-- (?P<part>.*) --']
ends: 'done'
run: {version: $.version, scanned_at: $.ended}
blocks:
  - each: ['FOUND (?P<rule>\\w+): (?P<file>/.*)', 'ALSO (?P<rule>\\w+)']
    fields:
      severity: "#text | capture('level=(\\\\w+)')"
      file: file
  - each: 'OTHER (?P<rule>\\w+)'
    kind: code
    fields: {severity: "'low'"}
fields:
  rule: rule
  title: "{^.area}/{^.part}: {rule}"
  message: "#text"
"""
REPORT = """Own scanner 1.2
== files ==
-- etc --
FOUND one: /etc/one
  level=high
\x1b[31mFOUND two:\x1b[0m /etc/two
done
  level=high
== rest ==
  nothing here
ALSO three
OTHER four
Ended: 2026-01-02T03:04:05Z
"""


@pytest.fixture
def member(tmp_path: Path) -> Callable[[str], Member]:
    """A member that holds a text."""

    def made(text: str) -> Member:
        path = tmp_path / "report"
        path.write_text(text, newline="")
        return Member(path, "report")

    return made


def test_rows_have_groups_lines_headings_and_the_document(member: Callable[[str], Member]) -> None:
    reading = next(opened := mapping.load(SPEC, "own.yaml").read(member(REPORT), Limits()))
    rows = [row for row in reading if isinstance(row, Observation)]
    assert list(opened) == []
    assert [(row.rule, row.title, row.severity.word, row.place.file, row.pointer) for row in rows] == [
        ("one", "files/etc: one", "high", "/etc/one", "line 4"),
        ("two", "files/etc: two", "unknown", "/etc/two", "line 6"),
        ("three", "rest/: three", "unknown", "", "line 11"),
        ("four", "rest/: four", "low", "", "line 12"),
    ]
    assert rows[0].message == "FOUND one: /etc/one\n  level=high"
    assert [row.kind.word for row in rows] == ["host", "host", "host", "code"]
    assert reading.header.tool_version == "1.2"
    assert reading.header.scanned_at is not None
    assert reading.header.scanned_at.isoformat() == "2026-01-02T03:04:05+00:00"


def test_a_report_without_rows_still_has_its_header(member: Callable[[str], Member]) -> None:
    for reading in mapping.load(SPEC, "own.yaml").read(member("Own scanner 3\r\n== files ==\r\n"), Limits()):
        assert (list(reading), reading.header.tool_version) == ([], "3")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (REPORT, True),
        ("[12:00] Own scanner\n", False),
        ("Own scanner 1\n== a ==\n", True),
        ("Own scanner, 1\na,b\n== a\n", True),
        ("[12:01] Own\nOwn scanner\n== a\n", True),
        ('["Own scanner",\n"== a"]', False),
        ("x\n" * 500 + REPORT, False),
    ],
)
def test_text_is_told_by_its_first_lines(member: Callable[[str], Member], text: str, told: bool) -> None:
    look = Signature(lines_like=("Own scanner", "== "))
    assert bool(look.score(sniff(member(text), Limits()))) is told


@pytest.mark.parametrize("each", ["(?P<a>(x+)+)y", "(?P<a>.*) .* (?P<b>.+) .*", "(?P<a>["])
def test_a_pattern_that_is_wrong_or_may_run_for_ever_is_refused(each: str) -> None:
    spec = SPEC.replace("'OTHER (?P<rule>\\w+)'", repr(each))
    with pytest.raises(SpecError, match=r"own\.yaml: line \d+: each"):
        mapping.load(spec, "own.yaml")


def _drain(member: Member, limits: Limits) -> None:
    for reading in mapping.load(SPEC, "own.yaml").read(member, limits):
        list(reading)


@pytest.mark.parametrize(
    ("text", "limits", "sentence"),
    [
        ("ALSO x\nFOUND one: /a/long/path", Limits(row_bytes=10), "longer than 10 characters"),
        ("ALSO x\n" * 100, Limits(seconds=-1), "longer than -1 seconds"),
        ("ALSO x\n" * 3, Limits(rows=2), "more than 2 rows"),
    ],
)
def test_lines_rows_and_time_have_limits(
    member: Callable[[str], Member], text: str, limits: Limits, sentence: str
) -> None:
    with pytest.raises(ReportError, match=sentence):
        _drain(member(text), limits)


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_no_text_makes_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "report"
    path.write_bytes(REPORT.encode() + text.encode("utf-8", "replace"))
    for reading in mapping.load(SPEC, "own.yaml").read(Member(path, "report"), Limits()):
        assert all(isinstance(row, Observation | Rejected) for row in reading)


def test_what_no_format_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Just some notes\nof nobody\n")
    with pytest.raises(ReportError, match="no report we can read"):
        list(readings(path))
