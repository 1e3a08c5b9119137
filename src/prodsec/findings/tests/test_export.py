"""A list of findings as a file: the rows of the list, safe to open, recorded, with the permission of the list (T03, T21)."""

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from prodsec.accounts.tests.people import admin, person, session_door, token_door
from prodsec.activity.models import Activity
from prodsec.findings import queries
from prodsec.findings.tests.record import Weakness, import_report, sarif

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture(autouse=True)
def record() -> None:
    import_report(
        sarif(Weakness(rule=FORMULA, file="+1.py", line=1), Weakness(rule="plain", file="src/a.py", line=2)),
        asset="acme/api",
    )
    import_report(sarif(Weakness(rule="other", file="b.py", line=3)), asset="acme/web")


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_a_file_has_the_rows_of_the_list_with_all_columns() -> None:
    answer = admin().client.post("/api/v1/findings/export?asset=acme/api&not_rule=plain")
    assert "attachment" in answer["Content-Disposition"]
    (row,) = rows_of(answer)
    assert list(row) == [column.name for column in queries.EXPORT_COLUMNS]
    assert (row["asset"], row["severity"], row["state"], row["kind"], row["line"]) == (
        "acme/api",
        "high",
        "detected",
        "code",
        "1",
    )


def test_no_cell_is_a_formula() -> None:
    """T21."""
    door = admin()
    row = next(row for row in rows_of(door.client.post("/api/v1/findings/export")) if "HYPERLINK" in row["rule"])
    assert row["rule"] == f"'{FORMULA}"
    assert row["file"] == "'+1.py"
    answer: Any = door.client.post("/api/v1/findings/export?form=xlsx&asset=acme/api")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    cells = [cell for cells in sheet.iter_rows() for cell in cells]
    assert len(cells) == 3 * len(queries.EXPORT_COLUMNS)
    assert all(cell.data_type != "f" for cell in cells)


def test_a_copy_is_recorded_and_a_refused_one_is_not() -> None:
    door = admin()
    rows_of(door.client.post("/findings/export/", {"query": "severity=high&order=due", "form": "csv"}))
    noted = Activity.objects.get(action="finding.exported")
    assert (noted.object_id, noted.details) == ("csv", {"filter": "severity=high&order=due"})
    for query in ("severity=terrible", "form=doc"):
        assert door.client.post(f"/api/v1/findings/export?{query}").status_code == 422
    assert Activity.objects.filter(action="finding.exported").count() == 1


def test_only_what_one_sees_leaves_the_house() -> None:
    """T03: an export answers like the list."""
    narrow = token_door(person(is_admin=True), subtree="acme/web")
    assert [row["asset"] for row in rows_of(narrow.client.post("/api/v1/findings/export"))] == ["acme/web"]
    assert rows_of(session_door(person()).client.post("/findings/export/", {"form": "csv"})) == []


def test_more_rows_are_no_more_queries() -> None:
    door = admin()
    with CaptureQueriesContext(connection) as few:
        rows_of(door.client.post("/api/v1/findings/export?asset=acme/web"))
    import_report(
        sarif(*(Weakness(rule="many", file="b.py", line=n, code=f"x({n})") for n in range(40))), asset="acme/web"
    )
    with CaptureQueriesContext(connection) as many:
        assert len(rows_of(door.client.post("/api/v1/findings/export?asset=acme/web"))) == 40
    assert len(many) <= len(few) + 1


@pytest.mark.parametrize(("asked", "number"), [("", 3), ("asset=acme/web", 1), ("-asset:acme/web rule:plain", 1)])
def test_the_command_writes_the_same(
    tmp_path: "Path", monkeypatch: pytest.MonkeyPatch, asked: str, number: int
) -> None:
    from prodsec.site import export_command

    export_command._write(export_command._content(asked, "csv"), str(tmp_path / "out.csv"))
    assert len(list(csv.reader((tmp_path / "out.csv").read_text().splitlines()))) == number + 1


def test_every_column_is_documented() -> None:
    from pathlib import Path

    guide = (Path(__file__).parents[4] / "docs/guide/triage.md").read_text()
    missing = [one.name for one in queries.EXPORT_COLUMNS if f"| `{one.name}` | {one.meaning} |" not in guide]
    assert missing == []
