"""What people say of clusters holds against the recipe, on every later import, until they withdraw it."""

import json

import pytest

from prodsec.accounts.types import SYSTEM
from prodsec.activity.models import Activity
from prodsec.findings import queries, services
from prodsec.findings.models import Finding
from prodsec.findings.tests.record import Weakness, import_report, kinds_of_events, only, sarif
from prodsec.findings.types import ClusterWordKind, ClusterWordNotFoundError, EventKind, KinshipError
from prodsec.kit.errors import InvalidError

pytestmark = pytest.mark.django_db

SQL = Weakness(cwe=89)


def at(line: int, *, tool: str, code: str = "run(query)") -> None:
    """A scan of a tool that sees one injection, on this line."""
    import_report(sarif(Weakness(cwe=89, line=line, rule=f"{tool}-sql", code=code), tool=tool))


def of(tool: str) -> Finding:
    return only(definition__tool=tool)


def packages(purl_type: str, tool: str, *, severity: str = "high") -> bytes:
    """A flaw of a package by the same name in another ecosystem: one key, two findings."""
    component = {"type": "library", "bom-ref": "one", "name": "one", "purl": f"pkg:{purl_type}/one@1"}
    flaw = {"id": "CVE-2024-0001", "affects": [{"ref": "one"}], "ratings": [{"severity": severity}]}
    tools = {"components": [{"type": "application", "name": tool}]}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"tools": tools},
                       "components": [component], "vulnerabilities": [flaw]}).encode()  # fmt: skip


def leads_are_sound() -> None:
    for cluster in set(Finding.objects.exclude(cluster=None).values_list("cluster", flat=True)):
        assert Finding.objects.filter(cluster=cluster, is_lead=True).count() == 1
    assert not Finding.objects.filter(cluster=None, is_lead=False).exists()


def test_what_is_not_the_same_stays_apart_on_later_imports() -> None:
    at(10, tool="lintel")
    at(10, tool="grip")
    assert of("lintel").cluster_id == of("grip").cluster_id is not None
    word = services.part(SYSTEM, of("grip").pk, reason="another query")
    assert of("grip").cluster_id is None
    leads_are_sound()
    at(12, tool="grip", code="run(query )")
    at(12, tool="lintel", code="run(query )")
    at(12, tool="third")
    assert of("grip").cluster_id is None
    assert of("lintel").cluster_id == of("third").cluster_id is not None
    leads_are_sound()
    assert kinds_of_events(of("grip"))[-2:] == [EventKind.PARTED, EventKind.MOVED]
    told = queries.cluster_words(SYSTEM).items[0]
    assert (told.id, told.kind, told.tool) == (word.pk, ClusterWordKind.APART, "grip")
    assert "CWE-89" in told.recipe_reason
    assert Activity.objects.get(action="finding.parted").reason == "another query"


def test_a_withdrawn_word_lets_the_recipe_decide_again() -> None:
    at(10, tool="lintel")
    at(10, tool="grip")
    word = services.part(SYSTEM, of("grip").pk)
    services.withdraw(SYSTEM, word.pk)
    assert of("lintel").cluster_id == of("grip").cluster_id is not None
    leads_are_sound()
    at(30, tool="grip", code="run(query )")
    assert of("grip").cluster_id is None
    leads_are_sound()
    with pytest.raises(ClusterWordNotFoundError):
        services.withdraw(SYSTEM, word.pk)


def test_what_is_the_same_stays_together_and_draws_what_overlaps() -> None:
    at(10, tool="lintel")
    at(50, tool="grip")
    word = services.join(SYSTEM, of("grip").pk, of("lintel").pk, reason="one sink")
    together = of("lintel").cluster_id
    assert together == of("grip").cluster_id is not None
    leads_are_sound()
    at(52, tool="grip", code="run(query )")
    at(52, tool="third")
    assert {of(tool).cluster_id for tool in ("lintel", "grip", "third")} == {together}
    leads_are_sound()
    with pytest.raises(KinshipError):
        services.join(SYSTEM, of("grip").pk, of("lintel").pk)
    services.withdraw(SYSTEM, word.pk)
    assert of("lintel").cluster_id is None
    assert of("grip").cluster_id is None
    leads_are_sound()


def test_packages_obey_too() -> None:
    import_report(packages("pypi", "One"))
    import_report(packages("npm", "Two"))
    one, two = Finding.objects.order_by("pk")
    assert one.cluster_id == two.cluster_id is not None
    services.part(SYSTEM, two.pk)
    import_report(packages("npm", "Two", severity="low"))
    import_report(packages("pypi", "One", severity="low"))
    two.refresh_from_db()
    assert two.cluster_id is None
    leads_are_sound()


def test_an_import_undone_leaves_the_word_and_sound_leads() -> None:
    from prodsec.flows import undo_import

    at(10, tool="lintel")
    at(10, tool="grip")
    services.part(SYSTEM, of("grip").pk)
    scan = import_report(sarif(Weakness(cwe=89, line=10, rule="third-sql"), tool="third"))
    undo_import.run(SYSTEM, scan.id)
    assert of("grip").cluster_id is None
    leads_are_sound()


def test_only_what_can_be_is_joined_or_parted() -> None:
    at(10, tool="lintel")
    import_report(sarif(SQL, tool="grip"), asset="elsewhere")
    with pytest.raises(KinshipError, match="alone"):
        services.part(SYSTEM, of("lintel").pk)
    with pytest.raises(InvalidError, match="same asset"):
        services.join(SYSTEM, of("lintel").pk, of("grip").pk)
    with pytest.raises(InvalidError, match="another"):
        services.join(SYSTEM, of("lintel").pk, of("lintel").pk)
