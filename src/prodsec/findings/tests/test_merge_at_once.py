"""Imports at the same time (T26): each is in, once, whatever they share, and none waits for another for ever."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import connection, connections, transaction

from prodsec.accounts.types import SYSTEM
from prodsec.findings import services
from prodsec.findings.models import Attribution, Decision, Definition, Finding, FindingEvent
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.types import DismissalReason, EventKind, State
from prodsec.flows.judge_findings import judged
from prodsec.kit import isolation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _without_limits() -> Iterator[None]:
    """The limits of an import are those of its process; the imports here share the one of the tests."""
    with mock.patch.object(isolation, "bounded", return_value=nullcontext()):
        yield


def at_once(*works: Callable[[], object]) -> None:
    """Do all of it at once, each on a connection of its own; what goes wrong anywhere goes wrong here, as does waiting for ever."""
    together = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        try:
            together.wait(timeout=30)
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(do, work) for work in works]:
            done.result(timeout=60)


def packages_of(*packages: str, tool: str) -> bytes:
    """A report of vulnerable packages in CycloneDX, which any tool can give."""
    components = [{"type": "library", "bom-ref": name, "name": name, "purl": f"pkg:pypi/{name}@1"} for name in packages]
    flaws = [
        {"id": "CVE-2024-0001", "affects": [{"ref": name}], "ratings": [{"severity": "high"}]} for name in packages
    ]
    tools = {"components": [{"type": "application", "name": tool}]}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"tools": tools},
                       "components": components, "vulnerabilities": flaws}).encode()  # fmt: skip


def test_two_tools_that_show_the_same_packages_share_one_finding_each() -> None:
    names = [f"package{number}" for number in range(60)]
    at_once(
        lambda: import_report(packages_of(*names, tool="One"), asset="at-once/shared"),
        lambda: import_report(packages_of(*reversed(names), tool="Two"), asset="at-once/shared"),
    )
    assert Finding.objects.count() == len(names)
    assert Attribution.objects.filter(closed_by=None).count() == 2 * len(names)


def test_assets_that_meet_new_rules_in_opposite_orders_do_not_block_each_other() -> None:
    rows = [Weakness(rule=f"rule{number}", line=number, code=f"run({number})") for number in range(1, 80)]
    at_once(
        *(
            lambda of=of, order=order: import_report(sarif(*rows[::order]), asset=f"at-once/{of}")
            for of, order in (("a", 1), ("b", -1), ("c", 1), ("d", -1))
        )
    )
    assert Finding.objects.count() == 4 * len(rows)
    assert Definition.objects.filter(rule__startswith="rule").count() == len(rows)


def test_one_scope_scanned_twice_at_once_is_as_if_one_after_the_other() -> None:
    first = [Weakness(line=line, code=f"run({line})") for line in range(1, 40)]
    second = first[20:] + [Weakness(line=line, code=f"eval({line})") for line in range(100, 120)]
    at_once(
        lambda: import_report(sarif(*first), asset="at-once/twice"),
        lambda: import_report(sarif(*second), asset="at-once/twice"),
    )
    shown = {row.code for row in first}, {row.code for row in second}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM findings_attribution WHERE closed_by_id IS NULL")
        assert cursor.fetchone()[0] in {len(codes) for codes in shown}
        cursor.execute("SELECT count(*) - count(DISTINCT (asset_id, identity, ordinal)) FROM findings_finding")
        assert cursor.fetchone()[0] == 0


def test_people_who_decide_about_the_same_findings_at_once_do_it_once() -> None:
    rows = [Weakness(line=line, code=f"run({line})") for line in range(1, 40)]
    import_report(sarif(*rows), asset="at-once/decided")
    ids = list(Finding.objects.order_by("id").values_list("id", flat=True))

    def dismiss(order: int) -> list[int]:
        with transaction.atomic():
            return judged(
                lambda: services.dismiss(SYSTEM, ids[::order], kind=DismissalReason.ACCEPTED, reason="we live with it")
            )

    at_once(*(lambda order=order: dismiss(order) for order in (1, -1, 1, -1)))
    assert set(Finding.objects.values_list("state", flat=True)) == {State.DISMISSED.value}
    assert FindingEvent.objects.filter(kind=EventKind.DISMISSED).count() == len(ids)
    assert Decision.objects.count() == len(ids)
