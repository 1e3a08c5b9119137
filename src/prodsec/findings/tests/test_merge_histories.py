"""What must hold after any history of imports (T17, T25, reliability.md §2.1), on the real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import msgspec
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from prodsec.accounts.types import SYSTEM
from prodsec.findings.services.merging import stage
from prodsec.findings.tests.histories import (
    ASSET,
    Imports,
    Told,
    code,
    differences,
    package,
    record,
    reports,
    row_versions,
    rows,
)
from prodsec.findings.types import State
from prodsec.inventory import services as inventory
from prodsec.policies import services as policies
from prodsec.scans.types import Observation, Status

pytestmark = pytest.mark.django_db
many = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def forgotten() -> Iterator[Imports]:
    """A history that leaves nothing behind for the next example."""
    with transaction.atomic():
        inventory.ensure_asset(SYSTEM, ASSET)
        policies.ensure_default_sla()
        yield Imports()
        transaction.set_rollback(True)


def told_by(history: "Callable[[Imports], None]", *, events: bool = True) -> dict[str, list[str]]:
    """The record at the end of a history."""
    with forgotten() as imports:
        history(imports)
        return record(events=events)


def _numbers(statement: str) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[int, ...]] = cursor.fetchall()
        return found


@many
@given(st.lists(reports, max_size=5))
def test_what_is_always_true(history: list[Told]) -> None:
    note(repr(history))
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        assert not _numbers("""
            SELECT f.id FROM findings_finding f WHERE f.detected <> EXISTS (
                SELECT FROM findings_attribution a WHERE a.finding_id = f.id AND a.closed_by_id IS NULL)""")
        assert not _numbers(f"SELECT id FROM findings_finding WHERE detected AND state = {State.RESOLVED.value}")
        assert not _numbers(f"SELECT id FROM findings_finding WHERE NOT detected AND state < {State.RESOLVED.value}")
        assert not _numbers("""
            SELECT f.id FROM findings_finding f WHERE f.detected AND f.severity_scanner <> (
                SELECT max(a.severity) FROM findings_attribution a WHERE a.finding_id = f.id AND a.closed_by_id IS NULL)""")
        assert not _numbers("SELECT id FROM findings_finding WHERE cluster_id IS NULL AND NOT is_lead")
        assert not _numbers("""
            SELECT cluster_id FROM findings_finding WHERE cluster_id IS NOT NULL
            GROUP BY cluster_id HAVING count(*) FILTER (WHERE is_lead) <> 1""")
        assert not _numbers("""
            SELECT f.id FROM findings_finding f LEFT JOIN policies_clock c ON c.finding_id = f.id AND c.kind = 2
            WHERE f.due_at IS DISTINCT FROM c.due_at OR c.severity <> f.severity OR (f.state < 5 AND c.finding_id IS NULL)
                OR (c.stopped_at IS NULL AND f.state >= 5 AND c.finding_id IS NOT NULL)
                OR (c.stopped_at IS NOT NULL AND f.state < 5)""")


@many
@given(st.lists(reports, max_size=3), reports)
def test_a_scope_shows_what_its_last_whole_report_says(history: list[Told], last: Told) -> None:
    note(f"{history} then {last}")
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        imports.take(Told(last.rows, tool=last.tool))
        shown = _numbers(f"""
            SELECT count(*) FROM findings_attribution a JOIN scans_scope s ON s.id = a.scope_id
            WHERE s.tool = '{last.tool}' AND a.closed_by_id IS NULL""")
        assert shown == [(len({row for row in last.rows if row.status is not Status.FIXED}),)]


@many
@given(st.lists(reports, max_size=3), reports)
def test_the_same_report_twice_writes_nothing(history: list[Told], last: Told) -> None:
    note(f"{history} then {last}")
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        imports.take(last)
        before = row_versions()
        scan = imports.take(last)
        assert not differences(before, row_versions())
        counted = scan.new_count, scan.reopened_count, scan.fixed_count, scan.moved_count, scan.changed_count
        assert counted == (0, 0, 0, 0, 0)


@many
@given(st.lists(reports, max_size=3), rows, st.randoms(use_true_random=False), st.booleans())
def test_order_and_repetition_of_rows_do_not_matter(
    history: list[Told], last: tuple[Observation, ...], random: Random, again: bool
) -> None:
    note(f"{history} then {Told(last)}")
    shuffled = [*last, *last[:2]] if again else list(last)
    random.shuffle(shuffled)

    def ending_with(final: tuple[Observation, ...]) -> "Callable[[Imports], None]":
        def play(imports: Imports) -> None:
            for told in (*history, Told(final)):
                imports.take(told)

        return play

    assert not differences(told_by(ending_with(last)), told_by(ending_with(tuple(shuffled))))


@many
@given(st.lists(reports, min_size=1, max_size=4))
def test_the_size_of_batches_does_not_matter(history: list[Told]) -> None:
    note(repr(history))

    def play(imports: Imports) -> None:
        for told in history:
            imports.take(told)

    at_once = told_by(play)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "BATCH_ROWS", 2)
        assert not differences(at_once, told_by(play))


@many
@given(st.lists(reports, max_size=3), reports)
def test_undo_gives_the_record_back(history: list[Told], last: Told) -> None:
    note(f"{history} then {last}")
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        before = record(events=False)
        imports.take(last)
        imports.undo_last()
        assert not differences(before, record(events=False))


@many
@given(st.lists(reports, max_size=3), reports)
def test_a_rehearsal_tells_what_the_import_does_and_writes_nothing(history: list[Told], last: Told) -> None:
    note(f"{history} then {last}")
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        before = row_versions()
        rehearsed = imports.take(Told(last.rows, tool=last.tool, partial=last.partial, dry_run=True))
        assert not differences(before, row_versions())
        done = imports.take(last)
        for name in ("new", "reopened", "fixed", "moved", "changed", "unchanged", "suppressed"):
            assert getattr(rehearsed, f"{name}_count") == getattr(done, f"{name}_count"), name


@many
@given(st.lists(reports, max_size=3), reports)
def test_nothing_outside_of_the_scope_is_closed(history: list[Told], last: Told) -> None:
    statement = f"""
        SELECT a.finding_id, a.scope_id, a.digest FROM findings_attribution a JOIN scans_scope s ON s.id = a.scope_id
        WHERE s.tool <> '{last.tool}' AND a.closed_by_id IS NULL"""
    with forgotten() as imports:
        for told in history:
            imports.take(told)
        before = sorted(_numbers(statement))
        imports.take(last)
        assert sorted(_numbers(statement)) == before


@many
@given(rows)
def test_closed_and_seen_again_is_reopened(seen: tuple[Observation, ...]) -> None:
    with forgotten() as imports:
        first = imports.take(Told(seen))
        imports.take(Told(()))
        again = imports.take(Told(seen))
        assert again.new_count == 0
        assert again.reopened_count == first.new_count


def test_todays_odds_of_an_exploit_are_no_change_of_a_finding() -> None:
    with forgotten() as imports:
        row = package("one", "CVE-2024-0001")
        imports.take(Told((row,)))
        scan = imports.take(Told((msgspec.structs.replace(row, epss=0.97),)))
        assert (scan.unchanged_count, scan.changed_count) == (1, 0)


def test_another_assets_titles_stay_when_a_tool_words_a_rule_anew() -> None:
    with forgotten() as imports:
        imports.take(Told((package("one", "CVE-2024-0001"),)))
        before = record()["findings"]
        Imports("histories.example/other").take(Told((package("two", "CVE-2024-0001"),)))
        assert set(before) <= set(record()["findings"])


def test_a_cluster_that_an_import_made_is_gone_with_it() -> None:
    with forgotten() as imports:
        imports.take(Told((code("r1", "a.py", 1),), tool="Other"))
        imports.take(Told((code("r1", "a.py", 1, cwes=(89,)),)))
        before = record(events=False)
        imports.take(Told((code("r1", "a.py", 1, cwes=(89,)),), tool="Other"))
        assert _numbers("SELECT id FROM findings_finding WHERE cluster_id IS NOT NULL")
        imports.undo_last()
        assert not differences(before, record(events=False))
