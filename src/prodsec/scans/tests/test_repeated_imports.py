"""What a later import of the same scope does, and how its diff tells it."""

import datetime
import json
from collections.abc import Callable
from unittest import mock

import pytest

from prodsec.findings.models import Finding
from prodsec.kit import clock
from prodsec.scans import formats
from prodsec.scans.models import Scan
from prodsec.scans.tests.doors import Door, sarif
from prodsec.scans.tests.importing import import_now, row_counts


def test_new_bytes_without_news_write_one_row(received: Callable[..., int]) -> None:
    import_now(received, sarif(1, 2))
    before = row_counts()
    scan = import_now(received, sarif(1, 2) + b"\n")
    assert scan.unchanged_count == 2
    after = row_counts()
    assert {table: after[table] - before[table] for table in after if after[table] != before[table]} == {
        "scans_scan": 1
    }


def test_the_identical_file_is_not_even_read(received: Callable[..., int]) -> None:
    first = import_now(received, sarif(1, 2))
    with mock.patch.object(formats, "readings", side_effect=AssertionError("it was read")):
        second = import_now(received, sarif(1, 2))
    assert (second.same_as_id, second.unchanged_count, second.new_count) == (first.pk, 2, 0)
    assert (second.tool, second.scope_ids) == (first.tool, first.scope_ids)


def test_the_identical_file_is_read_when_another_came_between(received: Callable[..., int]) -> None:
    import_now(received, sarif(1, 2))
    import_now(received, sarif(1))
    assert import_now(received, sarif(1, 2)).same_as_id is None


@pytest.mark.parametrize(
    "options", [{"partial": True}, {"dry_run": True}, {"target": "topic"}, {"file_name": "eslint.json"}]
)
def test_the_identical_file_is_read_when_more_was_asked(
    options: dict[str, object], received: Callable[..., int]
) -> None:
    import_now(received, sarif(1, 2))
    assert import_now(received, sarif(1, 2), **options).same_as_id is None


def test_the_identical_file_after_an_undo_is_read(received: Callable[..., int], admin: Door) -> None:
    first = import_now(received, sarif(1, 2))
    assert admin.post(f"/{first.pk}/undo").json()["state"] == "undone"
    again = import_now(received, sarif(1, 2))
    assert (again.same_as_id, again.new_count + again.reopened_count) == (None, 2)


def test_the_diff_tells_every_change_page_by_page(received: Callable[..., int], admin: Door) -> None:
    import_now(received, sarif(1, 40, 80))
    later = json.loads(sarif(40, 120, 160))
    for result in later["runs"][0]["results"][1:]:
        result["ruleId"] = "no-exec"
    scan = import_now(received, json.dumps(later).encode())
    assert (scan.new_count, scan.fixed_count) == (2, 2)
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"/{scan.pk}/diff", limit="1", cursor=cursor).json()
        seen += [row["change"] for row in page["items"]]
        cursor = page["next"]
    assert seen == ["new", "new", "fixed", "fixed"]
    fixed = admin.get(f"/{scan.pk}/diff", change="fixed").json()["items"]
    assert sorted(row["place"] for row in fixed) == ["app/views.py:1", "app/views.py:80"]
    assert admin.get(f"/{scan.pk}/diff", cursor="nonsense").status_code == 422
    assert admin.get("/99/diff").status_code == 404


def test_a_rehearsal_has_a_diff_and_no_findings(received: Callable[..., int], admin: Door) -> None:
    scan = import_now(received, sarif(1, 2), dry_run=True)
    rows = admin.get(f"/{scan.pk}/diff").json()["items"]
    assert [(row["change"], row["finding"]) for row in rows] == [("new", None)] * 2
    assert not Finding.objects.exists()


def test_what_cannot_be_undone_says_why(received: Callable[..., int], admin: Door) -> None:
    waiting, rehearsal, old = (
        received(sarif(1)),
        import_now(received, sarif(2), dry_run=True),
        import_now(received, sarif(3)),
    )
    Scan.objects.filter(id=old.pk).update(finished_at=clock.now() - datetime.timedelta(days=11))
    for scan_id, word in (
        (waiting, "received"),
        (rehearsal.pk, "never wrote the record"),
        (old.pk, "older than 10 days"),
    ):
        answer = admin.post(f"/{scan_id}/undo")
        assert answer.status_code == 409
        assert word in answer.json()["detail"]
