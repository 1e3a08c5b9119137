"""Decisions wider than one finding: what they cover later, and what a person said against them."""

import pytest

from prodsec.accounts.types import SYSTEM
from prodsec.findings import services as findings
from prodsec.findings.models import Decision, Finding
from prodsec.findings.tests.record import ASSET, Weakness, counts, import_report, only, sarif
from prodsec.findings.types import DecisionScope, DismissalReason, State
from prodsec.inventory import queries as inventory

pytestmark = pytest.mark.django_db

SQL, TOO = Weakness(), Weakness(file="app/report.py", code="run(f'SELECT {name}')")


def decide_about_the_rule() -> Decision:
    return findings.decide(
        SYSTEM, scope=DecisionScope.RULE, value="lintel sql-injection", asset=inventory.asset_at(SYSTEM, ASSET),
        kind=DismissalReason.ACCEPTED, reason="a prototype",
    )  # fmt: skip


def come_and_go() -> dict[str, int]:
    """All findings are resolved and then seen again; what the second scan did."""
    import_report(sarif())
    return counts(import_report(sarif(SQL, TOO)))


def states() -> dict[str, State]:
    return {found.file: State(found.state) for found in Finding.objects.all()}


def test_a_persons_reopening_holds_against_the_wider_decision() -> None:
    import_report(sarif(SQL, TOO))
    decide_about_the_rule()
    assert set(states().values()) == {State.DISMISSED}
    findings.reopen(SYSTEM, [only(file=SQL.file).pk], reason="this one is real")
    for _ in range(2):
        assert come_and_go() == {"reopened": 1, "unchanged": 1}
        assert states() == {SQL.file: State.DETECTED, TOO.file: State.DISMISSED}


def test_it_also_holds_when_the_finding_had_a_decision_of_its_own() -> None:
    import_report(sarif(SQL, TOO))
    findings.dismiss(SYSTEM, [only(file=SQL.file).pk], kind=DismissalReason.FALSE_POSITIVE, reason="constant")
    decide_about_the_rule()
    findings.reopen(SYSTEM, [only(file=SQL.file).pk], reason="this one is real")
    come_and_go()
    assert states()[SQL.file] is State.DETECTED


def test_a_decision_made_after_the_reopening_covers_it_again() -> None:
    import_report(sarif(SQL, TOO))
    findings.revoke(SYSTEM, decide_about_the_rule().pk)
    assert set(states().values()) == {State.DETECTED}
    findings.dismiss(SYSTEM, [only(file=SQL.file).pk], kind=DismissalReason.FALSE_POSITIVE, reason="constant")
    findings.reopen(SYSTEM, [only(file=SQL.file).pk])
    import_report(sarif())
    decide_about_the_rule()
    assert counts(import_report(sarif(SQL, TOO))) == {"suppressed": 2}
    assert set(states().values()) == {State.DISMISSED}


def test_a_decision_taken_back_says_nothing_against_another() -> None:
    import_report(sarif(SQL, TOO))
    first = decide_about_the_rule()
    decide_about_the_rule()
    findings.revoke(SYSTEM, first.pk)
    come_and_go()
    assert set(states().values()) == {State.DISMISSED}
