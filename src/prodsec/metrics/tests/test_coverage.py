"""What was scanned and what was not: as scans end, are undone, and grow old."""

import datetime

import pytest

from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.findings.tests.histories import Imports, Told, code, package
from prodsec.inventory import services as inventory
from prodsec.inventory.models import Asset
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock
from prodsec.metrics import queries
from prodsec.metrics import services as metrics
from prodsec.metrics.queries import Coverage
from prodsec.vocabulary.kinds import Kind

pytestmark = pytest.mark.django_db
START = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
ONE, TWO = "acme.example/one", "acme.example/two"


@pytest.fixture(autouse=True)
def _tree() -> None:
    for path in (ONE, TWO):
        inventory.create_asset(SYSTEM, path, kind=AssetKind.PROJECT)


def count() -> None:
    while not metrics.catch_up().is_done:
        pass


def at(days: int) -> datetime.datetime:
    return START + datetime.timedelta(days=days)


def scanned(path: str, days: int, *, analysis: Kind = Kind.CODE, imports: Imports | None = None) -> Imports:
    imports = imports or Imports(path)
    rows = (code("r1", "a.py", 3),) if analysis is Kind.CODE else (package("one", "CVE-2024-0001"),)
    with clock.set_to(at(days)):
        imports.take(Told(rows, tool=f"Tool of {analysis.word}", analysis=analysis))
    return imports


def said(days: int, *, under: str = "", viewer: Viewer = SYSTEM) -> dict[Kind, tuple[int, int, int, int]]:
    with clock.set_to(at(days)):
        found: list[Coverage] = queries.coverage(viewer, under=under)
    return {one.analysis: (one.expected, one.recent, one.older, one.never) for one in found}


def test_never_lately_and_longer_ago() -> None:
    scanned(ONE, 0)
    count()
    assert said(1) == {Kind.DEPENDENCY: (2, 0, 0, 2), Kind.CODE: (2, 1, 0, 1), Kind.SECRET: (2, 0, 0, 2)}
    assert said(40)[Kind.CODE] == (2, 0, 1, 1)
    assert said(1, under=TWO)[Kind.CODE] == (1, 0, 0, 1)


def test_each_number_is_a_list() -> None:
    scanned(ONE, 0)
    count()
    with clock.set_to(at(40)):
        late = queries.unscanned(SYSTEM, Kind.CODE)
        never = queries.unscanned(SYSTEM, Kind.CODE, days=None)
        assert set(late.values_list("path", flat=True)) == {ONE, TWO}
        assert list(never.values_list("path", flat=True)) == [TWO]


def test_a_scan_that_was_undone_was_none() -> None:
    imports = scanned(ONE, 0)
    count()
    scanned(ONE, 50, imports=imports)
    count()
    assert said(51)[Kind.CODE] == (2, 1, 0, 1)
    with clock.set_to(at(51)):
        imports.undo_last()
    count()
    assert said(51)[Kind.CODE] == (2, 0, 1, 1)


def test_one_report_may_look_for_several_things() -> None:
    with clock.set_to(START):
        Imports(ONE).take(
            Told((code("r1", "a.py", 3),)),
            Told((package("one", "CVE-2024-0001"),), tool="Other", analysis=Kind.DEPENDENCY),
        )
    count()
    found = queries.last_scans(SYSTEM, [Asset.objects.get(path=ONE).pk])
    assert [one.analysis for scans in found.values() for one in scans] == [Kind.DEPENDENCY, Kind.CODE]


def test_nothing_is_expected_of_groups_and_of_what_is_archived() -> None:
    inventory.archive_asset(SYSTEM, Asset.objects.get(path=TWO).pk)
    assert said(1)[Kind.CODE] == (1, 0, 0, 1)


def test_who_sees_nothing_is_told_nothing() -> None:
    scanned(ONE, 0)
    count()
    stranger = Viewer(person_id=None, name="stranger", is_admin=False)
    assert said(1, viewer=stranger) == {}
    assert queries.last_scans(stranger, [Asset.objects.get(path=ONE).pk]) == {}
    assert queries.standings(stranger, [Asset.objects.get(path=ONE).pk]) == {}


def test_places_stand_as_their_subtrees_do() -> None:
    scanned(ONE, 0)
    scanned(TWO, 0, analysis=Kind.DEPENDENCY)
    count()
    top, one = Asset.objects.get(path="acme.example"), Asset.objects.get(path=ONE)
    with clock.set_to(at(200)):
        found = queries.standings(SYSTEM, [top.pk, one.pk])
    assert (found[top.pk].total, found[one.pk].total) == (2, 1)
    assert (found[top.pk].overdue, found[one.pk].overdue) == (2, 1)
