"""Findings of different tools about one thing become one cluster, and no others: as labelled in `pairs.csv`."""

from pathlib import Path

import pytest
from bench import joins
from bench.joins import PRECISION, RECALL, Pair

from prodsec.accounts.types import SYSTEM
from prodsec.scans import queries, services, tasks
from prodsec.scans.types import ScanState

ASSET = "gitlab.example/shop"
ENOUGH = 300


def imported(report: Path, asset: str = ASSET) -> None:
    with report.open("rb") as stream:
        scan = services.receive_report(SYSTEM, stream=stream, file_name=report.name, asset_path=asset, queued=False)
    tasks.import_now(scan)
    assert queries.scan(SYSTEM, scan).state is ScanState.DONE, queries.scan(SYSTEM, scan).error


def test_pairs_are_many_and_told_once() -> None:
    labelled = list(joins.pairs())
    both = {frozenset((pair.one, pair.other)) for pair in labelled}
    assert len(both) == len(labelled)
    assert sum(pair.same for pair in labelled) >= ENOUGH
    assert all(pair.why and pair.one[0] != pair.other[0] for pair in labelled)
    assert len({frozenset((pair.one[0], pair.other[0])) for pair in labelled if pair.same}) >= ENOUGH // 10


@pytest.mark.django_db
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_pairs_are_joined_as_labelled(backwards: bool) -> None:
    for report in sorted(joins.reports(), reverse=backwards):
        imported(report)
    found = joins.score(joins.clusters_of(ASSET), list(joins.pairs()))
    assert not found.unknown, found.unknown[:5]
    assert found.precision >= PRECISION, found.wrong
    assert found.recall >= RECALL, found.lost


def test_a_score_counts_what_went_wrong() -> None:
    one, other, third = (("a", "r", "f:1"), ("b", "r", "f:1"), ("c", "r", "f:1"))
    told = [Pair(True, one, other, "same"), Pair(False, one, third, "other"), Pair(True, other, third, "same")]
    found = joins.score({one: {1}, other: {1}, third: {1, 2}}, told)
    assert (found.precision, found.recall) == (pytest.approx(200 / 3), 100)
    found = joins.score({one: {1}, other: set(), third: {1}}, told)
    assert (found.precision, found.recall, found.wrong) == (0, 0, [told[1]])
