"""What the demo's people do to findings at the end of each week, through the services that the pages use."""

import datetime
import random
from collections.abc import Callable

from django.db import transaction

from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings import services as findings
from prodsec.findings.queries import FindingRow
from prodsec.findings.types import DismissalReason, State
from prodsec.flows.judge_findings import judged
from prodsec.kit import clock
from prodsec.site.demo.organisation import ROOT, TEAMS
from prodsec.vocabulary.severity import Severity

_FALSE_ALARMS = (
    (DismissalReason.FALSE_POSITIVE, "The value comes from an enumeration of ours, never from a request."),
    (DismissalReason.NOT_AFFECTED, "This part of the package is not loaded; checked in the bundle."),
    (DismissalReason.ACCEPTED, "Internal page, seen by three people; it goes away with the migration."),
    (DismissalReason.WONT_FIX, "The vendor has said that this version will not get a fix; replacement is planned."),
)
_WORST, _SOME = (
    frozenset({Severity.CRITICAL, Severity.HIGH}),
    frozenset({Severity.LOW, Severity.MEDIUM}),
)


def of_week(week: int, friday: datetime.datetime, viewers: dict[str, Viewer]) -> None:
    """A week's decisions: each team looks at some of its findings, and the story goes on."""
    with clock.set_to(friday):
        for team in TEAMS:
            # Every other week a team takes the time.
            for local, _ in team.members if (week + len(team.slug)) % 2 else ():
                _look(viewers[local], team.slug, random.Random(f"{local} {week}"))  # noqa: S311 - the same every time
        _story(week, viewers)


def _look(viewer: Viewer, team: str, chance: random.Random) -> None:
    """One person's hour with their team's findings."""
    grave = _sample(chance, _rows(viewer, team, _WORST, State.DETECTED), 4)
    _do(findings.confirm, viewer, grave, reason="Reproduced it.")
    _do(findings.assign, viewer, grave, viewer.person_id)
    known = _sample(chance, _rows(viewer, team, _WORST, State.TRIAGED), 2)
    _do(findings.start_remediation, viewer, known, reason="In this sprint.")
    kind, reason = chance.choice(_FALSE_ALARMS)
    minor = _sample(chance, _rows(viewer, team, _SOME, State.DETECTED), 2)
    _do(findings.dismiss, viewer, minor, kind=kind, reason=reason)


def _sample(chance: random.Random, rows: list[FindingRow], most: int) -> list[FindingRow]:
    return chance.sample(rows, min(most, len(rows)))


def _rows(viewer: Viewer, team: str, severities: frozenset[Severity], state: State) -> list[FindingRow]:
    words = [severity.word for severity in severities]
    filters = queries.filters_from({"asset": [f"{ROOT}/{team}"], "severity": words, "state": [state.word]})
    return queries.findings_list(viewer, filters, size=100).items


def _do(
    service: Callable[..., list[int]], viewer: Viewer, rows: list[FindingRow], *more: object, **options: object
) -> None:
    """Call a service on findings, and set their clocks, in one transaction."""
    if rows:
        with transaction.atomic():
            judged(lambda: service(viewer, [row.id for row in rows], *more, **options))


def _story(week: int, viewers: dict[str, Viewer]) -> None:
    """The finding in refunds.py, and the leaked key, as docs/guide/demo.md tells them."""
    ines, tomasz, jonas = viewers["ines"], viewers["tomasz"], viewers["jonas"]
    if week == 5:
        wrong = "The reference is always a number, so nothing can be injected."
        rows = _at(ines, "payments/api", "src/billing/refunds.py")
        _do(findings.dismiss, ines, rows, kind=DismissalReason.FALSE_POSITIVE, reason=wrong)
        for row in _at(jonas, "platform/deploy", "scripts/reconcile.sh"):
            with transaction.atomic():
                findings.comment(
                    jonas, row.id, "Revoked at the provider on Thursday; the audit log shows no use of it."
                )
    if week == 7:
        right = "The API takes references of partners too, and those are text: `1 OR 1=1` lists everybody's refunds."
        rows = _at(tomasz, "payments/api", "src/billing/refunds.py")
        _do(findings.reopen, tomasz, rows, reason=right)
        for row in rows:
            with transaction.atomic():
                findings.comment(tomasz, row.id, "Test added that sends text. Fix: a parameter in the query.")


def _at(viewer: Viewer, asset: str, file: str) -> list[FindingRow]:
    asked = {"asset": [f"{ROOT}/{asset}"], "file": [file], "state": ["all"]}
    return queries.findings_list(viewer, queries.filters_from(asked)).items
