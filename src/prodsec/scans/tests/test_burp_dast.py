"""Burp Suite DAST's page: issues with and without details, and pages that end too early."""

from pathlib import Path

import pytest

from prodsec.scans.formats import readings
from prodsec.scans.types import Limits, Observation, ReportError

TABLE = (
    "<html><head><title>Scan Remediation Report #7</title></head><body>"
    "<h1>Issues found on https://shop.example/</h1><table class='issue-table'>"
    "<tr class='issue-type-row'><td colspan='4'>Old library [2]</td></tr>"
    "<tr><td>/a</td><td>Low</td><td>Firm</td><td><a href='#1'>&gt;</a></td></tr>"
    "<tr><td>/b</td><td>Medium</td><td>Firm</td><td><a href='#2'>&gt;</a></td></tr></table>"
)
DETAILS = (
    "<div class='issue-container'><a name='2'></a><h2>Old library</h2><h3>Issue detail:</h3><div>At /b.</div></div>"
)


def read(path: Path, page: str, limits: Limits | None = None) -> list[tuple[str, str, str]]:
    path.write_text(page)
    return [
        (row.place.url, row.severity.word, row.message)
        for reading in readings(path, limits=limits)
        for row in reading
        if isinstance(row, Observation)
    ]


def test_an_issue_without_details_is_read_from_the_table(tmp_path: Path) -> None:
    assert read(tmp_path / "page", TABLE + DETAILS + "</body></html>") == [
        ("https://shop.example/b", "medium", "At /b."),
        ("https://shop.example/a", "low", ""),
    ]


@pytest.mark.parametrize(
    ("page", "limits", "sentence"),
    [
        (TABLE + DETAILS, Limits(), "cut off before its end"),
        (TABLE + "</body>", Limits(rows=1), "more than 1 rows"),
        (TABLE + DETAILS.replace("At", "x" * 200) + "</body>", Limits(row_bytes=100), "larger than 100 characters"),
        (TABLE + "</body>", Limits(seconds=-1), "longer than -1 seconds"),
    ],
)
def test_a_page_beyond_limits_or_without_its_end_is_refused(
    tmp_path: Path, page: str, limits: Limits, sentence: str
) -> None:
    with pytest.raises(ReportError, match=sentence):
        read(tmp_path / "page", page, limits)
