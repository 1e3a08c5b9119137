"""HTML: tables are read whatever stands around and inside them, and a page that means harm or is cut off is refused."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import html_rows
from prodsec.scans.tests.reading import SAMPLES, runs_of
from prodsec.scans.types import Header, Limits, ReportError

REPORT = (SAMPLES / "sonarqube" / "sonar-report.html").read_text(encoding="utf-8")
NOTHING = (SAMPLES / "sonarqube" / "sonar-report-nothing.html").read_text(encoding="utf-8")
PIECES = ["<table>", "</table>", "<tr>", "</tr>", "<td>", "<th>A", "</td>", "<dl>", "<dt>", "<dd>", "</dl>", "<title>", "<script>",
          "</script>", "<!--", "-->", "<![CDATA[", "<![x", "]]>", "<?", "<!", "<a href='", "'>", "&amp", "&#", "<", ">", "text", "\x00",
          "</body>", "</", "<svg/>", "<td", "="]  # fmt: skip


def table(inner: str, before: str = "") -> bytes:
    return f"<!doctype html><html><body>{before}<table>{inner}</table></body></html>".encode()


def rows(page: bytes, path: str = "A", limits: Limits | None = None) -> list[Any]:
    """The rows of a page and the root that belongs to them."""
    return [row.value for row in html_rows.html_rows(io.BytesIO(page), (path,), limits or Limits())]


@pytest.fixture
def header(tmp_path: Path) -> Callable[[str], Header]:
    """The header of a report with this text."""

    def read(text: str) -> Header:
        path = tmp_path / "report"
        path.write_text(text, encoding="utf-8")
        (run,) = runs_of(path)
        return run.header

    return read


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<tr><th>A<th>B<tr><td>1<td>2<tr><td>3", [{"A": "1", "B": "2"}, {"A": "3"}]),
        ("<tr><th>A</th></tr><tr></tr><tr><td> &lt;b&gt; x</td><td>more</td></tr>", [{"A": "<b> x"}]),
        ("<tr><th>A</th></tr><tr><td>a<br>b<p>c</p></td></tr>", [{"A": "a\nb\nc"}]),
        ("<tr><th>A</th></tr><tr><td>a<table><tr><td>1</td></tr></table>b</td></tr>", [{"A": "a\n\n1\n\nb"}]),
        ("<tr><th>A</th></tr><tr><td>a<script>if (1 < 2) x</script><style>y</style>b</td></tr>", [{"A": "ab"}]),
        ("<tr><th>A</th></tr><tr><td><a href='x'>y</a></td></tr>", [{"A": {"#text": "y", "@href": ["x"]}}]),
        ("<tr><th>A</th></tr><!-- <tr><td>no</td></tr> --><tr><td><![CDATA[ no ]]>1</td></tr>", [{"A": "1"}]),
        ("<tr><td>no heading</td></tr><tr><td>A</td></tr>", []),
        ("<tr><th>B</th></tr><tr><td>1</td></tr>", []),
    ],
)
def test_rows_of_a_table(inner: str, found: list[Any]) -> None:
    assert rows(table(inner)) == found


def test_the_rest_of_a_page_is_its_root() -> None:
    page = table("<tr><th>K</th><th>V</th></tr><tr><td>a</td><td>1</td></tr>",
                 "<title>T</title><dl><dt>\U0001f4c5 Made on<dd>Monday<dt>Empty</dt></dl>")  # fmt: skip
    root = html_rows.html_root(io.BytesIO(page), ("A",), Limits())
    assert root == {"title": "T", "facts": {"Made on": "Monday"}, "tables": {"K, V": [{"K": "a", "V": "1"}]}}


def test_pieces_of_any_size_make_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(REPORT.encode(), "Rule, Severity")
    assert len(whole) == 2
    for size in (1, 7, 100):
        monkeypatch.setattr(html_rows, "_CHUNK", size)
        assert rows(REPORT.encode(), "Rule, Severity") == whole


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.7, 0.9, 0.98])
def test_a_page_cut_off_is_refused(header: Callable[[str], Header], cut: float) -> None:
    with pytest.raises(ReportError, match="cut off"):
        header(REPORT[: int(len(REPORT) * cut)])


@pytest.mark.parametrize(
    ("page", "limits", "sentence"),
    [
        (table("<tr><th>A" + "<tr><td>1" * 20), Limits(rows=10), "more than 10 rows"),
        (table("<tr><th>A<tr><td>" + "x" * 2_000), Limits(row_bytes=1_000), "larger than 1000"),
        (table("<tr>" + "<td>" * 2_000), Limits(row_bytes=1_000), "larger than 1000"),
        (b"<html><a title='" + b"x" * 9_000_000, Limits(), "longer than"),
        (b"<html><!--" + b"<!--" * 2_500_000, Limits(), "longer than"),
        (table("", "<p>" + "x" * 40_000_000), Limits(), "without a row"),
        (table("<tr><th>A<tr><td>1"), Limits(seconds=0), "longer than 0 seconds"),
    ],
)
def test_limits_of_a_page(page: bytes, limits: Limits, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        rows(page, limits=limits)


def test_what_piles_up_beside_the_rows_is_bounded() -> None:
    page = table("<tr><th>K" + ("<tr><td>" + "x" * 1_000_000) * 34)
    with pytest.raises(ReportError, match=r"beside the rows|without a row"):
        html_rows.html_root(io.BytesIO(page), ("A",), Limits())


def test_tables_nest_without_an_end() -> None:
    deep = "<table><tr><td>" * 100_000 + "x" + "</table>" * 100_000
    assert rows(table(f"<tr><th>A</th></tr><tr><td>{deep}</td></tr>"))[0]["A"].strip() == "x"


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_page_is_read_or_refused(pieces: list[str]) -> None:
    page = ("<html>" + "".join(pieces)).encode()
    assert isinstance(html_rows.html_title(page), str)
    refusal, found = "", []
    try:
        found = rows(page)
        html_rows.html_root(io.BytesIO(page), ("A",), Limits())
    except ReportError as error:
        refusal = str(error)
    assert not refusal or "cut off" in refusal
    assert all(isinstance(row, dict) for row in found)


def test_a_sonar_report_says_whether_it_is_whole(header: Callable[[str], Header]) -> None:
    assert header(REPORT).complete
    assert header(NOTHING).complete
    assert not header(REPORT.replace("<dd>No</dd>", "<dd>Yes</dd>")).complete
    hidden = header(NOTHING.replace("<td>0</td>", "<td>3</td>"))
    assert not hidden.complete
    assert "details" in hidden.incomplete_reason
