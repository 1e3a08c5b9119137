"""A bulk change begun: which findings are meant is settled at once, whatever the list shows afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Q, QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.findings.models import BulkChange, Finding
from prodsec.findings.queries.listing import narrowed
from prodsec.findings.rules import deeds
from prodsec.findings.rules.filtering.clauses import Filters
from prodsec.findings.types import BulkState, Deed, DeedKind, FindingNotFoundError, State
from prodsec.inventory import queries as inventory
from prodsec.kit import jobs
from prodsec.kit.errors import ForbiddenError, InvalidError
from prodsec.vocabulary.severity import Severity

BULK_JOB = "prodsec.findings.tasks.change_findings"
MOST_NAMED = 10_000
# What fits into the answer to a click; more becomes a job.
SMALL = 500
_NEVER = Q(pk__in=())
_MEMBERS = """
INSERT INTO findings_bulkitem (bulk_id, finding_id, asset_id, outcome)
SELECT DISTINCT i.bulk_id, m.id, m.asset_id, 0
FROM findings_bulkitem i
JOIN findings_finding f ON f.id = i.finding_id AND f.is_lead
JOIN findings_finding m ON m.cluster_id = f.cluster_id AND m.asset_id = f.asset_id
WHERE i.bulk_id = %s ON CONFLICT DO NOTHING
"""
_NAMED = """
INSERT INTO findings_bulkitem (bulk_id, finding_id, asset_id, seen, outcome)
SELECT %s, f.id, f.asset_id, given.seen, 0
FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, seen) JOIN findings_finding f ON f.id = given.id
"""


@dataclass(frozen=True)
class Meant:
    """Which findings are meant: these, each with the last event that the person has seen of it, or all that filters leave.

    address     the address's part with the filters, for people to read and open again
    with_clusters   a finding that stands for its cluster means the others of it too: they are one piece of work
    """

    named: Mapping[int, int | None] = field(default_factory=dict)
    filters: Filters | None = None
    address: str = ""
    with_clusters: bool = False


@dataclass(frozen=True)
class Preview:
    """What a deed would do: findings it changes by state and by severity, and those it leaves alone, by reason."""

    matching: int
    changes: int
    already: int
    refused: int
    not_yours: int
    by_state: dict[State, int]
    by_severity: dict[Severity, int]


def preview(viewer: Viewer, deed: Deed, meant: Meant, *, is_open: bool = False) -> Preview:
    """What would become of the findings; `is_open`: whoever or whatever they are given is not chosen yet. Raises: FindingNotFoundError. Cost: 1 query that looks at all that are meant, 2 more."""
    if deed.person_id is not None:
        accounts.person(viewer, deed.person_id)
    allowed = inventory.visible_to(viewer, deeds.permission_for(deed.kind))
    found = _found(viewer, meant)
    if meant.with_clusters:
        found = _with_members(found)
    counts = found.order_by().values(
        "state", "severity", is_already=_NEVER if is_open else _already(deed), is_yours=Q(asset__in=allowed)
    )
    states: dict[State, int] = {}
    severities: dict[Severity, int] = {}
    sums = dict.fromkeys(("already", "refused", "not_yours"), 0)
    for row in counts.annotate(number=Count("pk")):
        number, state = row["number"], State(row["state"])
        if not row["is_yours"]:
            sums["not_yours"] += number
        elif row["is_already"]:
            sums["already"] += number
        elif state not in deeds.from_states(deed.kind):
            sums["refused"] += number
        else:
            states[state] = states.get(state, 0) + number
            severities[Severity(row["severity"])] = severities.get(Severity(row["severity"]), 0) + number
    changes = sum(states.values())
    return Preview(
        matching=changes + sum(sums.values()),
        changes=changes,
        **sums,
        by_state=dict(sorted(states.items())),
        by_severity=dict(sorted(severities.items(), reverse=True)),
    )


def begin(viewer: Viewer, deed: Deed, meant: Meant) -> BulkChange:
    """Write down what is to be done to which findings; `step` does it.

    All that match, asked for again while a worker is at it, is the same change: an answer was lost, or a button pressed twice.
    Raises: FindingNotFoundError, ForbiddenError when none of them is the viewer's to change, InvalidError, PersonNotFoundError.
    Cost: 2 statements over all that are meant, 5 more.
    """
    deed = deeds.checked(deed)
    if deed.person_id is not None:
        accounts.person(viewer, deed.person_id)
    allowed = inventory.visible_to(viewer, deeds.permission_for(deed.kind))
    found = _found(viewer, meant)
    mine = found.filter(asset__in=allowed)
    matching = len(meant.named) if meant.filters is None else found.count()
    if matching and not mine.exists():
        raise ForbiddenError("None of these findings is yours to change; ask for a role on their assets.")
    bulk = BulkChange(
        actor_id=viewer.person_id, actor_name=viewer.name, deed=deed.kind, dismissal=deed.dismissal, severity=deed.severity,
        person_id=deed.person_id, reason=deed.reason, justification=deed.justification, filters=meant.address,
    )  # fmt: skip
    same = None if meant.filters is None else _under_way(bulk)
    if same is not None:
        return same
    bulk.save()
    bulk.total = _note_named(bulk, meant, mine) if meant.filters is None else _note_matching(bulk, mine)
    bulk.not_yours = matching - bulk.total
    if meant.with_clusters:
        bulk.total += _note_members(bulk)
    bulk.save(update_fields=["total", "not_yours"])
    return bulk


def queue(bulk: BulkChange) -> None:
    """Let a worker do it. Cost: 2 queries."""
    bulk.job_id = jobs.enqueue_named(BULK_JOB, bulk_id=bulk.pk)
    bulk.save(update_fields=["job_id"])


def requeue_forgotten() -> None:
    """Give bulk changes whose job was lost a new one."""
    under_way = BulkChange.objects.select_for_update(skip_locked=True).filter(
        state__in=(BulkState.RUNNING, BulkState.UNDOING), job_id__isnull=False
    )
    for bulk in under_way:
        if bulk.job_id is not None and not jobs.is_live(bulk.job_id):
            queue(bulk)


def _under_way(asked: BulkChange) -> BulkChange | None:
    """The change of the same person that a worker is at and that says the very same."""
    told = ("actor_id", "deed", "dismissal", "severity", "person_id", "reason", "justification", "filters")
    rows = BulkChange.objects.filter(state=BulkState.RUNNING, job_id__isnull=False)
    return rows.filter(**{name: getattr(asked, name) for name in told}).order_by("-id").first()


def _found(viewer: Viewer, meant: Meant) -> QuerySet[Finding]:
    if meant.filters is not None:
        return narrowed(viewer, meant.filters)
    wanted = sorted(meant.named)
    if not wanted:
        raise InvalidError("choose at least one finding", place="findings")
    if len(wanted) > MOST_NAMED:
        raise InvalidError(f"at most {MOST_NAMED} findings at once; this names {len(wanted)}", place="findings")
    found = Finding.objects.filter(pk__in=wanted, asset__in=inventory.visible_to(viewer))
    seen = set(found.values_list("pk", flat=True))
    if len(seen) < len(wanted):
        raise FindingNotFoundError(f"There is no finding {min(set(wanted) - seen)}.")
    return found


def _note_named(bulk: BulkChange, meant: Meant, mine: QuerySet[Finding]) -> int:
    ids = list(mine.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [bulk.pk, ids, [meant.named[finding] for finding in ids]])
        return int(cursor.rowcount)


def _note_matching(bulk: BulkChange, mine: QuerySet[Finding]) -> int:
    chosen, values = mine.order_by().values_list("pk", "asset_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO findings_bulkitem (bulk_id, finding_id, asset_id, outcome) SELECT %s, m.*, 0 FROM ({chosen}) AS m",
            [bulk.pk, *values],
        )
        noted = int(cursor.rowcount)
        if noted > SMALL:
            # A planner that still believes the table to be empty would walk all of it for each finding of a batch.
            cursor.execute("ANALYZE findings_bulkitem (bulk_id, finding_id, outcome)")
        return noted


def _with_members(found: QuerySet[Finding]) -> QuerySet[Finding]:
    led = found.filter(is_lead=True, cluster__isnull=False).values("cluster")
    members = Finding.objects.filter(cluster__in=led)
    return Finding.objects.filter(pk__in=found.order_by().values("pk").union(members.values("pk")))


def _note_members(bulk: BulkChange) -> int:
    """A cluster is within one asset: whoever may change its lead may change the rest."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [bulk.pk])
        return int(cursor.rowcount)


def _already(deed: Deed) -> Q:
    if deed.kind is DeedKind.SEVERITY:
        return Q(severity_person=deed.severity) if deed.severity is not None else Q(severity_person__isnull=True)
    if deed.kind is DeedKind.ASSIGN:
        return Q(assignee=deed.person_id) if deed.person_id is not None else Q(assignee__isnull=True)
    return Q(state__in=deeds.done_states(deed.kind))
