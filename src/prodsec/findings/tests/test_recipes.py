"""Recipes of clusters: tried in the shadow, switched, undone; a run that breaks off goes on; what people said holds throughout."""

import json

import pytest

from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.activity.models import Activity
from prodsec.findings import queries, services
from prodsec.findings.models import Cluster, ClusterDrift, ClusterRun, Finding
from prodsec.findings.services import recipes
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.types import ClusterRunKind, RecipeError
from prodsec.kit.errors import ForbiddenError, InvalidError

pytestmark = pytest.mark.django_db


def ruff(line: int, asset: str) -> None:
    """A tool that names no weakness by number, and gives whole paths."""
    place = {"row": line, "column": 1}
    row = {"code": "S608", "filename": "/builds/shop/app.py", "message": "Possible SQL injection vector through string-based query construction",
           "location": place, "end_location": place, "url": "https://docs.example/S608", "cell": None, "fix": None, "noqa_row": line}  # fmt: skip
    import_report(json.dumps([row]).encode(), asset=asset)


def bandit(line: int, asset: str) -> None:
    import_report(sarif(Weakness(cwe=89, line=line, rule="B608", file="app.py"), tool="Bandit"), asset=asset)


def both(line: int, asset: str) -> None:
    bandit(line, asset)
    ruff(line, asset)


def old_installation() -> None:
    """Recipe 1 is in force."""
    ClusterRun.objects.all().delete()
    ClusterRun.objects.create(
        kind=ClusterRunKind.SWITCH, recipe=1, former=1, actor_name="prodsec", finished_at="2026-01-01T00:00Z"
    )


def to_the_end(run: ClusterRun) -> ClusterRun:
    while recipes.go_on(SYSTEM, run):
        pass
    return run


def clusters() -> list[int | None]:
    return list(Finding.objects.order_by("pk").values_list("cluster", flat=True))


def leads_are_sound() -> None:
    for cluster in set(Finding.objects.exclude(cluster=None).values_list("cluster", flat=True)):
        assert Finding.objects.filter(cluster=cluster, is_lead=True).count() == 1
    assert not Finding.objects.filter(cluster=None, is_lead=False).exists()


def test_a_shadow_run_tells_and_changes_nothing() -> None:
    old_installation()
    both(10, "one")
    both(20, "two")
    assert clusters() == [None] * 4
    run = to_the_end(recipes.begin(SYSTEM, kind=ClusterRunKind.SHADOW))
    assert (run.recipe, run.former, run.assets, run.gained, run.lost) == (2, 1, 2, 2, 0)
    assert clusters() == [None] * 4
    assert not Cluster.objects.exists()
    told = queries.cluster_drift(SYSTEM, run.pk)
    assert [(row.gained, row.tool, row.rule, row.other_tool, row.other_rule, row.joins) for row in told] == [
        (True, "Bandit", "B608", "Ruff", "S608", 2)
    ]
    assert "CWE-89" in told[0].reason
    assert {told[0].finding_id, told[0].other_id} <= set(Finding.objects.values_list("pk", flat=True))
    both(30, "three")
    assert set(clusters()) == {None}


def test_a_switch_is_undone_to_what_was() -> None:
    old_installation()
    both(10, "one")
    import_report(sarif(Weakness(cwe=89, line=10, rule="third", file="app.py"), tool="Third"), asset="one")
    before = clusters()
    run = to_the_end(recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH, recipe=2))
    assert len(set(clusters())) == 1
    assert set(Cluster.objects.values_list("recipe", flat=True)) == {2}
    assert (run.gained, run.lost) == (1, 0)
    leads_are_sound()
    both(20, "two")
    assert None not in clusters()
    undone = to_the_end(recipes.begin(SYSTEM, kind=ClusterRunKind.UNDO))
    assert (undone.recipe, undone.former, undone.lost) == (1, 2, 2)
    assert clusters()[:3] == before
    assert clusters()[3:] == [None, None]
    leads_are_sound()
    assert Activity.objects.filter(action__startswith="clusters.").count() == 4
    with pytest.raises(RecipeError, match="no switch"):
        recipes.begin(SYSTEM, kind=ClusterRunKind.UNDO)


def test_what_people_said_holds_through_a_switch() -> None:
    old_installation()
    both(10, "one")
    bandit(40, "two")
    ruff(60, "two")
    apart = Finding.objects.filter(asset__path="one")
    far = Finding.objects.filter(asset__path="two")
    services.join(SYSTEM, far[0].pk, far[1].pk, reason="one sink")
    services.join(SYSTEM, apart[0].pk, apart[1].pk)
    services.part(SYSTEM, apart[0].pk, reason="another query")
    together = clusters()[2]
    to_the_end(recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH))
    assert clusters()[0] is None
    assert clusters()[2:] == [together, together]
    assert Cluster.objects.filter(pk=together or 0, recipe=0).exists()
    words = queries.cluster_words(SYSTEM).items
    assert (words[0].tool, words[0].other_tool, words[0].reason) == ("Bandit", "Ruff", "another query")
    leads_are_sound()


def test_a_run_that_breaks_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    old_installation()
    monkeypatch.setattr(recipes, "BATCH_ASSETS", 1)
    both(10, "one")
    both(20, "two")
    run = recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH)
    assert recipes.go_on(SYSTEM, run)
    assert [cluster is None for cluster in clusters()] == [False, False, True, True]
    both(30, "one")
    both(40, "two")
    halfway = {
        row.asset.path: row.cluster_id is None for row in Finding.objects.filter(line__gte=30).select_related("asset")
    }
    assert halfway == {"one": False, "two": True}
    with pytest.raises(RecipeError, match="not finished"):
        recipes.begin(SYSTEM, kind=ClusterRunKind.SHADOW, recipe=2)
    again = recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH)
    assert again.pk == run.pk
    to_the_end(again)
    assert None not in clusters()
    assert ClusterDrift.objects.filter(run=run).count() == 1
    leads_are_sound()


def test_only_an_admin_and_only_to_another_recipe_that_is() -> None:
    old_installation()
    with pytest.raises(ForbiddenError):
        recipes.begin(Viewer(person_id=None, name="x", is_admin=False), kind=ClusterRunKind.SHADOW)
    with pytest.raises(InvalidError, match="no recipe 99"):
        recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH, recipe=99)
    with pytest.raises(RecipeError, match="in force"):
        recipes.begin(SYSTEM, kind=ClusterRunKind.SWITCH, recipe=1)


def test_aliases_that_one_report_tells_join_two_others() -> None:
    def cyclonedx(tool: str, identifier: str) -> bytes:
        component = {"type": "library", "bom-ref": "a", "name": "Left_Pad", "purl": "pkg:pypi/left-pad@1"}
        flaw = {"id": identifier, "affects": [{"ref": "a"}], "ratings": [{"severity": "high"}]}
        tools = {"components": [{"type": "application", "name": tool}]}
        return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"tools": tools}, "components": [component], "vulnerabilities": [flaw]}).encode()  # fmt: skip

    import_report(cyclonedx("One", "GHSA-jf85-cpcp-j695"))
    import_report(cyclonedx("Two", "CVE-2019-10744"))
    assert clusters() == [None, None]
    flaw = {"id": "PYSEC-2019-1", "aliases": ["CVE-2019-10744", "GHSA-jf85-cpcp-j695"], "summary": "a flaw"}
    package = {"package": {"name": "left-pad", "version": "1", "ecosystem": "PyPI"}, "vulnerabilities": [flaw]}
    import_report(json.dumps({"results": [{"source": {"path": "/requirements.txt"}, "packages": [package]}]}).encode())
    assert len(set(clusters())) == 1
    assert None not in clusters()
    assert Cluster.objects.get().reason.startswith("CVE-2019-10744 in ")


def test_the_command_runs_to_the_end_and_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from prodsec.site import django_ready, migrate_command
    from prodsec_cli.main import main

    monkeypatch.setattr(django_ready, "database", nullcontext)
    monkeypatch.setattr(migrate_command, "ensure_tables", lambda: None)
    old_installation()
    both(10, "one")
    assert main(["clusters", "switch"]) == 0
    assert "recipe 1 → 2, 1 assets, 1 joins gained, 0 lost" in capsys.readouterr().out
    assert main(["clusters", "runs", "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)
    assert [(run["kind"], run["recipe"]) for run in runs] == [("switch", 2), ("switch", 1)]
    assert main(["clusters", "drift", str(runs[0]["id"]), "--csv"]) == 0
    assert "True,1,Bandit,B608,Ruff,S608" in capsys.readouterr().out
    assert main(["clusters", "drift", str(runs[0]["id"])]) == 0
    assert "1 gained Bandit B608 + Ruff S608: CWE-89 in app.py" in capsys.readouterr().out
    services.part(SYSTEM, Finding.objects.order_by("pk")[0].pk, reason="two queries")
    assert main(["clusters", "words", "--json"]) == 0
    (word,) = json.loads(capsys.readouterr().out)
    told = (word["kind"], word["tool"], word["rule"], word["other_tool"], word["other_rule"], word["reason"])
    assert told == ("apart", "Bandit", "B608", "Ruff", "S608", "two queries")
    assert "CWE-89" in word["recipe_reason"]
    both(11, "one")
    assert Finding.objects.filter(cluster=None).count() == 2
    assert main(["clusters", "words"]) == 0
    assert "apart    one: Bandit B608 / Ruff S608; the recipe saw CWE-89" in capsys.readouterr().out
    assert main(["clusters", "undo"]) == 0
