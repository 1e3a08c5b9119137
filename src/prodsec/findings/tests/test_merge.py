"""Merging: what a scan opens, reopens, moves, changes and closes, and what it leaves alone."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from prodsec.accounts.types import SYSTEM
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.models import Attribution, Finding, FindingEvent, PreviewChange
from prodsec.findings.services.merging import stage
from prodsec.findings.tests.record import (
    ASSET,
    Weakness,
    counts,
    import_report,
    kinds_of_events,
    only,
    record,
    rows_of_tables,
    sarif,
    whole_record,
)
from prodsec.findings.types import Change, DismissalReason, EventKind, State
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db

SQL, XSS = Weakness(), Weakness(rule="xss", file="app/views.py", line=30, code="return HTML(name)", level="warning")


def test_first_scan_opens_what_it_shows() -> None:
    scan = import_report(sarif(SQL, XSS))
    assert counts(scan) == {"new": 2}
    found = only(definition__rule="sql-injection")
    assert (found.state, found.detected, found.severity, found.place_label) == (
        State.DETECTED,
        True,
        Severity.HIGH,
        "app/db.py:10",
    )
    assert found.due_at is not None
    assert kinds_of_events(found) == [EventKind.OPENED]


def test_same_rows_in_new_bytes_write_one_row() -> None:
    import_report(sarif(SQL, XSS))
    before = rows_of_tables()
    scan = import_report(sarif(SQL, XSS) + b" ")
    after = rows_of_tables()
    assert counts(scan) == {"unchanged": 2}
    assert {table for table in after if after[table] != before[table]} == {"scans_scan"}
    assert after["scans_scan"] == before["scans_scan"] + 1


def test_row_repeated_in_a_report_is_one_finding_and_stays_so() -> None:
    assert counts(import_report(sarif(SQL, SQL, XSS))) == {"new": 2}
    assert counts(import_report(sarif(SQL, SQL, XSS) + b" ")) == {"unchanged": 2}


def test_gone_is_fixed_and_seen_again_is_reopened() -> None:
    import_report(sarif(SQL, XSS))
    assert counts(import_report(sarif(XSS))) == {"fixed": 1, "unchanged": 1}
    found = only(definition__rule="sql-injection")
    assert (found.state, found.detected, found.resolved_at is not None) == (State.RESOLVED, False, True)
    assert counts(import_report(sarif(SQL, XSS))) == {"reopened": 1, "unchanged": 1}
    again = only(definition__rule="sql-injection")
    assert (again.pk, again.state, again.detected, again.resolved_at) == (found.pk, State.DETECTED, True, None)
    assert EventKind.REOPENED in kinds_of_events(again)


def test_moved_line_renamed_file_and_edited_code_keep_the_finding() -> None:
    import_report(sarif(SQL, XSS))
    ids = set(Finding.objects.values_list("pk", flat=True))
    moved = Weakness(line=44)
    renamed = Weakness(rule="xss", file="web/pages.py", line=12, code=XSS.code, level="warning")
    assert counts(import_report(sarif(moved, renamed))) == {"moved": 2}
    assert set(Finding.objects.values_list("pk", flat=True)) == ids
    reasons = FindingEvent.objects.filter(kind=EventKind.MOVED).values_list("reason", flat=True)
    assert any("app/db.py:10 to app/db.py:44" in reason for reason in reasons)
    assert any("another file" in reason for reason in reasons)
    edited = Weakness(line=45, code="cursor.execute(query % user_name)")
    assert counts(import_report(sarif(edited, renamed))) == {"moved": 1, "unchanged": 1}


def test_unlike_code_of_the_same_rule_is_another_finding() -> None:
    import_report(sarif(SQL))
    other = Weakness(line=400, code="db.raw(f'DELETE FROM {table} WHERE id = {given}')")
    assert counts(import_report(sarif(other))) == {"new": 1, "fixed": 1}


def test_texts_and_opinions_follow_the_report_but_a_persons_word_stands() -> None:
    import_report(sarif(SQL, XSS))
    found = only(definition__rule="sql-injection")
    findings.set_severity(SYSTEM, [found.pk], Severity.LOW, reason="only reachable by admins")
    assert counts(import_report(sarif(Weakness(level="note", text="Reworded."), XSS))) == {"changed": 1, "unchanged": 1}
    found.refresh_from_db()
    assert (found.severity_scanner, found.severity) == (Severity.INFO, Severity.LOW)
    assert queries.finding(SYSTEM, found.pk).message == "Reworded."


def test_partial_and_failed_scans_close_nothing() -> None:
    import_report(sarif(SQL, XSS))
    assert counts(import_report(sarif(XSS), partial=True)) == {"unchanged": 1}
    failed = sarif(XSS, invocations=[{"executionSuccessful": False}])
    assert counts(import_report(failed)) == {"unchanged": 1}
    assert only(definition__rule="sql-injection").state == State.DETECTED


def test_nothing_outside_the_scope_is_touched() -> None:
    import_report(sarif(SQL))
    import_report(sarif(XSS, tool="another"))
    import_report(sarif(SQL), asset="gitlab.com/acme/web")
    before = [row for row in whole_record() if row[7] != "app/views.py"]
    import_report(sarif(tool="another"))
    assert [row for row in whole_record() if row[7] != "app/views.py"] == before
    assert only(definition__rule="xss").state == State.RESOLVED


def test_other_refs_and_dry_runs_tell_but_never_write() -> None:
    import_report(sarif(SQL, XSS))
    before = whole_record()
    branch = import_report(sarif(SQL, Weakness(line=90, code="run(other)", rule="exec")), target="feature/x")
    dry = import_report(sarif(SQL, Weakness(line=90, code="run(other)", rule="exec")), dry_run=True)
    assert counts(branch) == counts(dry) == {"new": 1, "fixed": 1, "unchanged": 1}
    assert whole_record() == before
    shown = queries.scan_diff(SYSTEM, dry.id, Change.NEW).items
    assert [(row.title, row.finding_id) for row in shown] == [("exec", None)] or shown[0].finding_id is None
    assert PreviewChange.objects.filter(scan_id=dry.id).count() == 2
    real = import_report(sarif(SQL, Weakness(line=90, code="run(other)", rule="exec")))
    assert counts(real) == counts(dry)


def test_dismissed_stays_dismissed_and_its_reason_is_kept() -> None:
    import_report(sarif(SQL, XSS))
    found = only(definition__rule="sql-injection")
    findings.dismiss(SYSTEM, [found.pk], kind=DismissalReason.FALSE_POSITIVE, reason="constant input")
    import_report(sarif(XSS))
    import_report(sarif(SQL, XSS))
    found.refresh_from_db()
    assert (found.state, found.detected) == (State.DISMISSED, True)


def test_row_the_tool_suppresses_is_dismissed_with_its_words() -> None:
    data = sarif(SQL).replace(
        b'"level": "error"', b'"level": "error", "suppressions": [{"kind": "inSource", "justification": "tested"}]'
    )
    assert counts(import_report(data)) == {"suppressed": 1}
    found = only(definition__rule="sql-injection")
    assert found.state == State.DISMISSED
    assert FindingEvent.objects.get(finding=found).reason == "suppressed by the tool: tested"
    assert counts(import_report(sarif(SQL))) == {"reopened": 1}


def test_undo_brings_back_the_record_as_it_was() -> None:
    import_report(sarif(SQL, XSS))
    before = whole_record()
    from prodsec.flows import undo_import

    scan = import_report(sarif(Weakness(line=80, level="note"), Weakness(rule="new", line=1, code="x()")))
    assert whole_record() != before
    undo_import.run(SYSTEM, scan.id)
    assert whole_record() == before
    assert counts(import_report(sarif(SQL, XSS) + b"  ")) == {"unchanged": 2}


def test_secret_is_hashed_masked_and_nowhere_stored() -> None:
    secret = "AKIAMARKERMARKER1234"
    row = {"RuleID": "aws-key", "Description": "AWS key", "File": "deploy.env", "StartLine": 3, "EndLine": 3, "StartColumn": 1,
           "EndColumn": 9, "Match": f"key={secret}", "Secret": secret, "Commit": "", "Author": "", "Email": "", "Date": "",
           "Message": "", "Tags": [], "Fingerprint": "deploy.env:aws-key:3", "Entropy": 3.1, "SymlinkFile": ""}  # fmt: skip
    import json

    import_report(json.dumps([row]).encode())
    assert_nowhere_stored(secret)


def test_a_password_that_a_scanner_of_code_quotes_is_nowhere_stored() -> None:
    secret = "teapot-Marker-4471"
    line = f'PASSWORD = "{secret}"'
    quoted = Weakness(rule="B105", code=line, text=f"Possible hardcoded password: '{secret}'", cwe=259)
    import_report(sarif(quoted))
    assert_nowhere_stored(secret)
    assert counts(import_report(sarif(quoted) + b" ")) == {"unchanged": 1}


def assert_nowhere_stored(secret: str) -> None:
    assert secret not in repr(queries.finding(SYSTEM, only().pk))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"])
            assert cursor.fetchone()[0] == 0, table


def test_statements_do_not_grow_with_rows() -> None:
    def statements(count: int, asset: str) -> int:
        rows = [Weakness(line=10 * n, code=f"execute(q{n})", rule=f"rule-{n % 7}") for n in range(1, count)]
        import_report(sarif(*rows), asset=asset)
        changed = [Weakness(line=10 * n + 3, code=f"execute(q{n})", rule=f"rule-{n % 7}") for n in range(1, count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            import_report(sarif(*changed[: count // 2]), asset=asset)
        return len(captured)

    assert statements(400, "a/large") <= statements(20, "a/small") <= 70


rows = st.builds(
    Weakness,
    rule=st.sampled_from(["r1", "r2"]),
    file=st.sampled_from(["a.py", "b.py"]),
    line=st.integers(1, 60),
    code=st.sampled_from(["run(x)", "run(y)", "eval(z)"]),
    level=st.sampled_from(["error", "note"]),
)


@settings(max_examples=15, deadline=None)
@given(history=st.lists(st.lists(rows, max_size=6), min_size=1, max_size=3), seed=st.integers(0, 1000))
def test_order_and_batches_do_not_matter(history: list[list[Weakness]], seed: int) -> None:
    shuffled = [random.Random(seed).sample(scan, len(scan)) for scan in history]
    for at, (one, other) in enumerate(zip(history, shuffled, strict=True)):
        first = import_report(sarif(*one) + b" " * at, asset=f"in/order{seed}")
        usual, stage.BATCH_ROWS = stage.BATCH_ROWS, 2
        try:
            second = import_report(sarif(*other) + b" " * at, asset=f"shuffled/order{seed}")
        finally:
            stage.BATCH_ROWS = usual
        assert counts(first) == counts(second)
    assert record(f"in/order{seed}") == record(f"shuffled/order{seed}")
    Finding.objects.all().delete()


@settings(max_examples=15, deadline=None)
@given(history=st.lists(st.lists(rows, max_size=6), min_size=1, max_size=4))
def test_the_same_report_twice_changes_nothing(history: list[list[Weakness]]) -> None:
    for at, scan in enumerate(history):
        import_report(sarif(*scan) + b" " * at, asset="twice/a")
        before = whole_record()
        again = import_report(sarif(*scan) + b" " * (at + 50), asset="twice/a")
        assert whole_record() == before
        assert set(counts(again)) <= {"unchanged"}
    detected = set(Attribution.objects.filter(closed_by=None).values_list("finding_id", flat=True))
    assert detected == set(Finding.objects.filter(detected=True).values_list("pk", flat=True))
    assert ASSET
