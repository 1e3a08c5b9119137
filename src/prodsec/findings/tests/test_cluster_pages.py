"""Pages of clusters: what people said of them, and what runs of a recipe changed; each for whom it concerns."""

import pytest

from prodsec.accounts.tests.people import person, session_door
from prodsec.accounts.types import SYSTEM
from prodsec.findings import services
from prodsec.findings.models import ClusterRun, Finding
from prodsec.findings.services import recipes
from prodsec.findings.tests.record import Weakness, import_report, only, sarif
from prodsec.findings.types import ClusterRunKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def parted() -> Finding:
    """A finding that somebody took out of its cluster, with a reason that is no markup."""
    for tool in ("lintel", "grip"):
        import_report(sarif(Weakness(cwe=89, line=10, rule=f"{tool}-sql"), tool=tool))
    found = only(definition__tool="grip")
    services.part(SYSTEM, found.pk, reason="<b>another</b> query")
    return found


def test_a_correction_is_listed_with_what_the_recipe_had_seen(parted: Finding) -> None:
    door = session_door(person("boss", is_admin=True))
    page = door.client.get("/clusters/").content.decode()
    for part in (f"/findings/{parted.pk}/", "grip-sql", "not the same", "&lt;b&gt;another&lt;/b&gt; query", "CWE-89", "Recipe 2 is in force"):  # fmt: skip
        assert part in page
    assert "All corrections of clusters" in door.client.get(f"/findings/{parted.pk}/").content.decode()


def test_whoever_does_not_see_the_asset_sees_no_correction_and_no_run(parted: Finding) -> None:
    page = session_door(person("eve")).client.get("/clusters/").content.decode()
    assert "Nobody corrected a cluster yet" in page
    assert "grip-sql" not in page
    assert "Runs of recipes" not in page


def test_a_run_tells_what_it_changed(parted: Finding) -> None:
    import_report(sarif(Weakness(cwe=89, line=10, rule="third-sql"), tool="third"))
    ClusterRun.objects.all().delete()
    old = ClusterRunKind.SWITCH
    ClusterRun.objects.create(kind=old, recipe=1, former=1, actor_name="prodsec", finished_at="2026-01-01T00:00Z")
    Finding.objects.update(cluster=None, is_lead=True)
    run = recipes.begin(SYSTEM, kind=ClusterRunKind.SHADOW)
    door = session_door(person("boss", is_admin=True))
    assert "not finished" in door.client.get("/clusters/").content.decode()
    while recipes.go_on(SYSTEM, run):
        pass
    page = door.client.get(f"/clusters/runs/{run.pk}/").content.decode()
    for part in ("tried in the shadow", "1 joins gained, 0 lost", "lintel-sql", "third-sql"):
        assert part in page
    assert door.client.get(f"/clusters/runs/{run.pk + 1}/").status_code == 404


def test_deeds_of_a_list_are_about_clusters_where_its_rows_are(parted: Finding) -> None:
    door = session_door(person("boss", is_admin=True))
    flag = '<input type="hidden" name="with_clusters" value="yes">'
    assert flag in door.client.get("/findings/").content.decode()
    assert flag not in door.client.get("/findings/?members=apart").content.decode()
