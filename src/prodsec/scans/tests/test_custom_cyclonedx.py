"""CycloneDX in JSON and XML, with vulnerabilities and without."""

import datetime

from prodsec.scans.tests.reading import only
from prodsec.scans.types import Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

PAPER = Component(
    name="libpaper1",
    namespace="debian",
    version="1.2-3",
    type="deb",
    purl="pkg:deb/debian/libpaper1@1.2-3?distro=debian-12",
)


def test_the_header_tells_tool_image_and_nested_components() -> None:
    run = only("cyclonedx/vulnerabilities.json")
    assert (run.header.tool, run.header.tool_version, run.header.analysis) == ("trivy", "0.60.0", Kind.CONTAINER)
    assert (run.header.target, run.components) == ("registry.example/shop/web:1.0", 3)
    assert run.header.scanned_at == datetime.datetime(2026, 1, 4, 15, 25, 30, tzinfo=datetime.UTC)


def test_a_vulnerability_is_a_row_for_each_component_it_affects() -> None:
    first, second, _, _ = only("cyclonedx/vulnerabilities.json").observations
    assert (first.rule, first.ids) == ("CVE-2031-1111", ("CVE-2031-1111", "GHSA-C2F3-G4H5-J6M7"))
    assert first.title == "CVE-2031-1111: A long sheet overflows the buffer"
    assert (first.severity, first.severity_text, first.score) == (Severity.LOW, "low", 9.8)
    assert first.cvss == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P")
    assert first.cwes == (120,)
    assert first.remedy == "Upgrade.\n\nFold by hand."
    assert first.references == ("https://advisories.example/CVE-2031-1111", "https://lists.example/1")
    assert (first.component, first.place) == (PAPER, Place(image="registry.example/shop/web:1.0"))
    assert (first.status, first.justification) == (Status.OPEN, "Reachable.\nResponse: update")
    assert first.published_at == datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    assert first.pointer == "/vulnerabilities/0/affects/0"
    assert second.component == Component(name="inkpot", namespace="org.shop", version="0.4.0")
    assert second.status is Status.NOT_AFFECTED  # all its versions are said to be unaffected


def test_analysis_and_ratings_without_a_source() -> None:
    _, _, unaffected, fixed = only("cyclonedx/vulnerabilities.json").observations
    assert (unaffected.status, unaffected.justification) == (
        Status.NOT_AFFECTED,
        "code_not_reachable\nNever called.",
    )
    assert (unaffected.severity, unaffected.score) == (Severity.MEDIUM, 5.0)
    assert unaffected.component is not None
    assert (unaffected.component.namespace, unaffected.component.name) == ("@shop", "paperjs")
    assert (fixed.status, fixed.severity, fixed.component) == (Status.FIXED, Severity.CRITICAL, None)


def test_xml_says_the_same_as_json() -> None:
    run = only("cyclonedx/vulnerabilities-1.5.xml")
    (row,) = run.observations
    assert (run.header.tool, run.header.tool_version, run.components) == ("paperscan", "1.0", 2)
    assert (row.rule, row.severity, row.score, row.cwes) == ("CVE-2031-1111", Severity.CRITICAL, 9.8, (120,))
    assert row.component == Component(
        name="inkpot", namespace="org.shop", version="0.4.0", type="maven", purl="pkg:maven/org.shop/inkpot@0.4.0"
    )
    assert (row.status, row.justification) == (
        Status.FALSE_POSITIVE,
        "code_not_present\nNot built in.\nResponse: will_not_fix",
    )
    assert row.ids == ("CVE-2031-1111", "GHSA-C2F3-G4H5-J6M7")


def test_the_extension_of_1_2_is_read_in_components_and_beside_them() -> None:
    run = only("cyclonedx/extension-1.2.xml")
    inside, beside = run.observations
    assert (run.header.tool, run.header.analysis, run.components) == ("grype", Kind.CONTAINER, 2)
    assert (inside.rule, inside.severity, inside.score) == ("GHSA-c2f3-g4h5-j6m7", Severity.HIGH, 7.5)
    assert inside.component == Component(name="inkpot", version="0.4.0")
    assert inside.cvss == ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",)
    assert (beside.rule, beside.cwes, beside.remedy) == ("CVE-2031-9999", (79,), "Upgrade")
    assert beside.component == Component(name="second", version="2")


def test_an_inventory_is_a_report_of_no_findings() -> None:
    run = only("cyclonedx/inventory.json")
    assert (run.rows, run.components) == ([], 3)


def test_rows_of_a_wrong_shape_are_rejected_with_their_place() -> None:
    run = only("cyclonedx/hostile.json")
    assert run.rejected == [
        ("/vulnerabilities/0/id", "Expected a text, got a whole number"),
        ("/vulnerabilities/1/affects/0", "Object missing required field ref"),
        ("/vulnerabilities/2", "Expected an object, got a text"),
        ("/vulnerabilities/4", "the vulnerability has no id, reference or description"),
    ]
    assert [row.severity_text for row in run.observations] == ["purple"]
