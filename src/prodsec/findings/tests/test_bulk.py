"""One deed on many findings: what it changes, what it leaves alone and why, and how it is taken back."""

import datetime
from typing import Any

import pytest

from prodsec.accounts import queries as accounts
from prodsec.accounts import services
from prodsec.accounts.tests.people import person
from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.activity.models import Activity
from prodsec.findings import queries
from prodsec.findings.models import BulkChange, BulkItem, Decision, Finding, FindingEvent
from prodsec.findings.services import bulk, confirm, dismiss
from prodsec.findings.services.bulk import Meant
from prodsec.findings.tests.record import ASSET, Weakness, import_report, kinds_of_events, sarif, whole_record
from prodsec.findings.types import (
    BulkState,
    DecisionState,
    Deed,
    DeedKind,
    DismissalReason,
    EventKind,
    Outcome,
    State,
    UndoError,
)
from prodsec.flows import change_findings
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import ForbiddenError, NotFoundError
from prodsec.policies.models import Clock
from prodsec.policies.queries import rebuilt_clocks, value_of
from prodsec.vocabulary.severity import Severity

pytestmark = pytest.mark.django_db

DISMISS = Deed(DeedKind.DISMISS, reason="a test file", dismissal=DismissalReason.FALSE_POSITIVE)
CONFIRM = Deed(DeedKind.CONFIRM)
DEEDS = (
    CONFIRM,
    Deed(DeedKind.START),
    Deed(DeedKind.MITIGATE, reason="behind the firewall"),
    DISMISS,
    Deed(DeedKind.SEVERITY, reason="not reachable", severity=Severity.LOW),
)


def bring(number: int = 5) -> list[int]:
    import_report(sarif(*(Weakness(line=line, code=f"run({line})") for line in range(1, number + 1))))
    return list(Finding.objects.order_by("pk").values_list("pk", flat=True))


def do(deed: Deed, ids: list[int], viewer: Viewer = SYSTEM) -> BulkChange:
    change = change_findings.begin(viewer, deed, Meant(named=dict.fromkeys(ids)))
    return BulkChange.objects.get(pk=change)


def columns() -> list[Any]:
    return list(Finding.objects.order_by("pk").values())


def clocks() -> list[Any]:
    return list(Clock.objects.order_by("finding_id", "kind").values())


def assert_clocks_follow_from_the_history() -> None:
    for finding in Finding.objects.all():
        stored = [value_of(row) for row in Clock.objects.filter(finding=finding).order_by("kind")]
        assert stored == rebuilt_clocks(finding)


def somebody(name: str) -> Viewer:
    return accounts.viewer_of(person(name, is_admin=True))


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.kind.word)
def test_undo_restores_what_was(deed: Deed) -> None:
    ids = bring()
    confirm(SYSTEM, ids[:1])
    before, clocks_before = columns(), clocks()
    change = do(deed, ids)
    assert change.done == len(ids) - change.already
    assert columns() != before
    assert_clocks_follow_from_the_history()
    change_findings.undo(SYSTEM, change.pk)
    assert columns() == before
    assert clocks() == clocks_before
    assert_clocks_follow_from_the_history()
    change.refresh_from_db()
    assert (change.state, change.undone, change.kept) == (BulkState.UNDONE, change.done, 0)


def cluster_of_three() -> list[int]:
    """One injection that three tools see, and one that only one of them sees. Returns the former's, its lead first."""
    for tool in ("lintel", "grip", "third"):
        other = [Weakness(cwe=79, line=90, rule="xss", code="write(x)")] if tool == "third" else []
        import_report(sarif(Weakness(cwe=89, line=10, rule=f"{tool}-sql"), *other, tool=tool))
    together = Finding.objects.filter(cluster__isnull=False).order_by("-is_lead", "pk")
    return list(together.values_list("pk", flat=True))


def test_a_deed_on_a_row_that_stands_for_a_cluster_is_done_to_all_of_it_and_undone() -> None:
    lead, *others = cluster_of_three()
    assert len(others) == 2
    before = columns()
    change = change_findings.begin(SYSTEM, DISMISS, Meant(named={lead: None}, with_clusters=True))
    assert set(Finding.objects.filter(state=State.DISMISSED).values_list("pk", flat=True)) == {lead, *others}
    assert BulkChange.objects.get(pk=change).done == 3
    change_findings.undo(SYSTEM, change)
    assert columns() == before


def test_a_member_and_a_named_one_alone_are_only_themselves() -> None:
    lead, member, _rest = cluster_of_three()
    for finding, whole in ((member, True), (lead, False)):
        change = change_findings.begin(SYSTEM, DISMISS, Meant(named={finding: None}, with_clusters=whole))
        assert list(Finding.objects.filter(state=State.DISMISSED).values_list("pk", flat=True)) == [finding]
        change_findings.undo(SYSTEM, change)


def test_all_that_match_are_whole_clusters_and_the_preview_knows() -> None:
    cluster_of_three()
    meant = Meant(filters=queries.filters_from({}), with_clusters=True)
    assert bulk.preview(SYSTEM, CONFIRM, meant).changes == Finding.objects.count() == 4
    change = BulkChange.objects.get(pk=change_findings.begin(SYSTEM, CONFIRM, meant))
    assert (change.total, change.done, change.not_yours) == (4, 4, 0)
    assert bulk.preview(SYSTEM, CONFIRM, Meant(filters=queries.filters_from({}))).matching == 2


def test_undoing_a_reopening_restores_decision_and_state() -> None:
    ids = bring()
    dismiss(SYSTEM, ids, kind=DismissalReason.ACCEPTED, reason="we live with it")
    before = columns()
    change = do(Deed(DeedKind.REOPEN), ids)
    assert set(Decision.objects.values_list("state", flat=True)) == {DecisionState.REVOKED}
    change_findings.undo(SYSTEM, change.pk)
    assert columns() == before
    assert set(Decision.objects.values_list("state", flat=True)) == {DecisionState.ACTIVE}


def test_undo_of_an_assignment_gives_it_back_to_whom_it_had() -> None:
    ids = bring()
    ada, bob = somebody("ada"), somebody("bob")
    do(Deed(DeedKind.ASSIGN, person_id=ada.person_id), ids[:2])
    before = columns()
    change = do(Deed(DeedKind.ASSIGN, person_id=bob.person_id), ids)
    change_findings.undo(SYSTEM, change.pk)
    assert columns() == before


def test_what_others_changed_since_stays_and_is_told() -> None:
    ids = bring()
    ada, bob = somebody("ada"), somebody("bob")
    change = do(CONFIRM, ids, ada)
    do(DISMISS, ids[:2], bob)
    change_findings.undo(ada, change.pk)
    change.refresh_from_db()
    assert (change.undone, change.kept) == (3, 2)
    states = dict(Finding.objects.values_list("pk", "state"))
    assert states == {finding: State.DISMISSED if finding in ids[:2] else State.DETECTED for finding in ids}
    assert queries.findings_of_bulk(change.pk, Outcome.KEPT) == ids[:2]


def test_what_was_changed_and_changed_back_does_not_stand_in_the_way() -> None:
    ids = bring()
    first, second = do(CONFIRM, ids), do(DISMISS, ids)
    change_findings.undo(SYSTEM, second.pk)
    change_findings.undo(SYSTEM, first.pk)
    assert set(Finding.objects.values_list("state", flat=True)) == {State.DETECTED}


def test_the_same_value_given_again_by_somebody_else_is_theirs() -> None:
    ids = bring(1)
    ada, bob = somebody("ada"), somebody("bob")
    change = do(CONFIRM, ids, ada)
    do(DISMISS, ids, bob)
    do(Deed(DeedKind.REOPEN), ids, bob)
    do(CONFIRM, ids, bob)
    change_findings.undo(ada, change.pk)
    change.refresh_from_db()
    assert (change.undone, change.kept) == (0, 1)
    assert Finding.objects.get().state == State.TRIAGED


def test_a_dismissal_undone_after_the_scan_stopped_showing_it_is_resolved() -> None:
    ids = bring(2)
    change = do(DISMISS, ids[:1])
    import_report(sarif(Weakness(line=2, code="run(2)")))
    change_findings.undo(SYSTEM, change.pk)
    gone = Finding.objects.get(pk=ids[0])
    assert (gone.state, gone.detected) == (State.RESOLVED, False)
    assert kinds_of_events(gone)[-2:] == [EventKind.REOPENED_BY_PERSON, EventKind.RESOLVED]
    assert_clocks_follow_from_the_history()


def test_an_undone_dismissal_does_not_hold_for_later_imports() -> None:
    ids = bring(1)
    change_findings.undo(SYSTEM, do(DISMISS, ids).pk)
    import_report(sarif())
    bring(1)
    assert Finding.objects.get().state == State.DETECTED


def test_undo_is_for_ten_minutes_and_for_once() -> None:
    ids = bring()
    change = do(CONFIRM, ids)
    with clock.set_to(clock.now() + datetime.timedelta(minutes=11)), pytest.raises(UndoError, match="10 minutes"):
        change_findings.undo(SYSTEM, change.pk)
    change_findings.undo(SYSTEM, change.pk)
    with pytest.raises(UndoError, match="already"):
        change_findings.undo(SYSTEM, change.pk)
    with pytest.raises(UndoError, match="nothing"):
        change_findings.undo(SYSTEM)


def test_undo_is_for_who_did_it() -> None:
    ids = bring()
    change = do(CONFIRM, ids, somebody("ada"))
    with pytest.raises(NotFoundError):
        change_findings.undo(somebody("bob"), change.pk)


def test_what_does_not_fit_is_left_alone_and_told_in_the_preview_and_afterwards() -> None:
    ids = bring()
    do(DISMISS, ids[:1])
    confirm(SYSTEM, ids[1:3])
    meant = Meant(filters=queries.filters_from({"state": ["all"]}), address="state=all")
    told = bulk.preview(SYSTEM, CONFIRM, meant)
    assert (told.matching, told.changes, told.already, told.refused, told.not_yours) == (5, 2, 2, 1, 0)
    assert told.by_state == {State.DETECTED: 2}
    assert sum(told.by_severity.values()) == 2
    change = BulkChange.objects.get(pk=change_findings.begin(SYSTEM, CONFIRM, meant))
    assert (change.done, change.already, change.refused, change.total) == (2, 2, 1, 5)


def test_only_what_is_the_viewers_to_change_is_changed() -> None:
    ids = bring()
    import_report(sarif(Weakness()), asset="acme/red")
    red = inventory.asset_at(SYSTEM, "acme/red").pk
    rest = inventory.asset_at(SYSTEM, ASSET).pk
    works_on_red = accounts.viewer_of(person("dora", roles={"developer": red, "viewer": rest}))
    meant = Meant(filters=queries.filters_from({}))
    told = bulk.preview(works_on_red, CONFIRM, meant)
    assert (told.changes, told.not_yours) == (1, 5)
    change = BulkChange.objects.get(pk=change_findings.begin(works_on_red, CONFIRM, meant))
    assert (change.done, change.not_yours) == (1, 5)
    assert Finding.objects.get(state=State.TRIAGED).asset_id == red
    with pytest.raises(ForbiddenError):
        do(CONFIRM, ids, works_on_red)
    with pytest.raises(NotFoundError):
        do(CONFIRM, ids, accounts.viewer_of(person("eve")))


def test_who_lost_their_role_meanwhile_changes_nothing_more() -> None:
    ids = bring()
    asset = inventory.asset_at(SYSTEM, ASSET).pk
    dora = person("dora", roles={"developer": asset})
    change = bulk.begin(accounts.viewer_of(dora), CONFIRM, Meant(named=dict.fromkeys(ids)))
    services.remove_grant(SYSTEM, accounts.grants(SYSTEM).get(person=dora).pk)
    assert not change_findings.step(change.pk)
    assert set(Finding.objects.values_list("state", flat=True)) == {State.DETECTED}
    change.refresh_from_db()
    assert (change.done, change.not_yours, change.state) == (0, 5, BulkState.DONE)


def test_one_row_of_activity_and_one_event_a_finding() -> None:
    ids = bring()
    do(DISMISS, ids, somebody("ada"))
    row = Activity.objects.filter(action="finding.dismissed").get()
    assert (row.object_type, row.details["count"], row.details["findings"]) == ("bulk_change", 5, ids)
    assert FindingEvent.objects.filter(kind=EventKind.DISMISSED, finding__in=ids).count() == 5
    change_findings.undo(accounts.viewer_of(accounts.person(SYSTEM, row.actor_id or 0)))
    assert Activity.objects.get(action="finding.dismiss_undone").details["count"] == 5


def test_what_somebody_changed_in_between_is_not_overruled() -> None:
    ids = bring(3)
    ada, bob = somebody("ada"), somebody("bob")
    seen = queries.revisions(ids)
    do(CONFIRM, ids[:1], bob)
    change = BulkChange.objects.get(pk=change_findings.begin(ada, DISMISS, Meant(named=dict(seen))))
    assert (change.done, change.changed_since) == (2, 1)
    assert Finding.objects.get(pk=ids[0]).state == State.TRIAGED
    (told,) = queries.changes_since(ada, {ids[0]: seen[ids[0]]})
    assert (told.actor, told.kind) == ("Bob", EventKind.TRIAGED)
    again = BulkChange.objects.get(pk=change_findings.begin(ada, DISMISS, Meant(named=dict(queries.revisions(ids)))))
    assert (again.done, again.already) == (1, 2)


def test_old_items_are_forgotten_and_running_ones_are_not() -> None:
    ids = bring()
    do(CONFIRM, ids)
    waiting = bulk.begin(SYSTEM, DISMISS, Meant(named=dict.fromkeys(ids)))
    with clock.set_to(clock.now() + datetime.timedelta(days=2)):
        bulk.drop_old_items()
    assert set(BulkItem.objects.values_list("bulk_id", flat=True)) == {waiting.pk}


def test_undoing_everything_leaves_the_record_as_imported() -> None:
    ids = bring()
    before = whole_record()
    for deed in DEEDS:
        do(deed, ids)
        change_findings.undo(SYSTEM)
    assert whole_record() == before
