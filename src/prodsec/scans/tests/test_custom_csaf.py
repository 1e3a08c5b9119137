"""CSAF 2.0 and 2.1: the product tree, statuses, what is said of which product, and the ratings of all versions."""

import datetime
import json
from pathlib import Path

import pytest

from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.tests.reading import SAMPLES, only, runs_of
from prodsec.scans.types import ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

INKPOT = Component(name="inkpot", version="1.0", type="npm", namespace="@shop", purl="pkg:npm/%40shop/inkpot@1.0",
                   fixed_versions=("1.1",))  # fmt: skip


def test_the_header_tells_publisher_and_document() -> None:
    run = only("csaf/advisory-2.0.json")
    assert (run.header.tool, run.header.tool_version, run.header.target) == ("Ink & Paper PSIRT", "2", "IP-2031-0001")
    assert run.header.scanned_at == datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    assert run.components == 5  # a combination of two products is none


def test_a_product_is_known_by_its_package_url_or_its_branches() -> None:
    by_url, by_range, part, *_ = only("csaf/advisory-2.0.json").observations
    assert by_url.component == INKPOT
    assert (by_range.component, by_range.message) == (
        Component(name="Inkpot", namespace="Ink & Paper"),
        "Inkpot before 1.0: <1.0\nSeen in the wild.",
    )
    assert (part.component, part.place) == (INKPOT, Place(resource="Press 5"))


def test_statuses_flags_and_impact() -> None:
    rows = only("csaf/advisory-2.0.json").observations
    assert [row.status for row in rows[:6]] == [
        *[Status.OPEN] * 4,
        Status.NOT_AFFECTED,
        Status.FIXED,
    ]
    assert rows[3].tags == ("IP-2031-0001", "under_investigation")
    assert rows[4].justification == "component_not_present\nThere is no buffer in the box."
    recommended = rows[7]
    assert (recommended.status, recommended.component) == (Status.FIXED, Component(name="UNHEARD-OF"))


def test_what_is_said_of_a_product_or_of_a_group() -> None:
    first, old, part, other, *_ = only("csaf/advisory-2.0.json").observations
    assert (first.remedy, old.remedy) == ("Update to 1.1.\n\nFold by hand.", "Update to 1.1.")
    assert part.remedy == "No fix is planned.\nPress 5 is at its end."
    assert (first.severity, first.severity_text, first.score) == (Severity.CRITICAL, "CRITICAL", 9.8)
    assert first.cvss == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P")
    assert (old.severity, old.score, old.cvss) == (Severity.HIGH, 7.5, ("AV:N/AC:L/Au:N/C:P/I:P/A:P",))
    assert (other.severity, other.severity_text) == (Severity.HIGH, "Important")  # the whole document's
    assert first.fix_available_at == datetime.datetime(2031, 2, 1, tzinfo=datetime.UTC)


def test_names_weaknesses_and_pages() -> None:
    first, *_, unnamed, _, alone = only("csaf/advisory-2.0.json").observations
    assert (first.rule, first.ids, first.cwes) == ("CVE-2031-1001", ("CVE-2031-1001", "GHSA-C2F3-G4H5-J6M7"), (120,))
    assert first.description == "A sheet of more than a metre overflows the buffer."
    assert first.references[:2] == (
        "https://advisories.example/CVE-2031-1001",
        "https://psirt.example/ip-2031-0001.json",
    )
    assert (unnamed.rule, unnamed.title) == ("IP-BUG-9", "IP-BUG-9 in Press")
    assert (alone.rule, alone.component, alone.pointer) == ("CVE-2031-1002", None, "/vulnerabilities/2")


def test_a_vulnerability_that_says_nothing_is_rejected() -> None:
    assert only("csaf/advisory-2.0.json").rejected == [
        ("/vulnerabilities/3", "the vulnerability has no CVE, id, title, note, product or threat")
    ]


def test_version_2_1_metrics_paths_and_exploitation() -> None:
    affected, unknown, fixed = only("csaf/vex-2.1.json").observations
    assert (affected.severity, affected.score, affected.epss) == (Severity.MEDIUM, 5.4, 0.42)
    assert [vector[:8] for vector in affected.cvss] == ["CVSS:3.1", "CVSS:4.0"]
    assert (affected.cwes, affected.tags) == ((79, 116), ("IP-VEX-7", "exploited"))
    assert affected.place == Place(resource="Press 5 on Office 2031")
    assert affected.component is not None
    assert (affected.component.namespace, affected.component.type) == ("debian", "deb")
    assert (unknown.severity, unknown.severity_text, unknown.tags[-1]) == (Severity.LOW, "low", "unknown")
    assert (fixed.status, unknown.remedy) == (Status.FIXED, "A fix is planned.\nIn spring.")


def test_order_of_members_changes_nothing(tmp_path: Path) -> None:
    tree = json.loads((SAMPLES / "csaf" / "advisory-2.0.json").read_text())
    path = tmp_path / "report.json"
    path.write_text(json.dumps(dict(reversed(tree.items()))))
    (run,) = runs_of(path)
    assert run.rows == only("csaf/advisory-2.0.json").rows


@pytest.mark.parametrize(
    ("members", "sentence"),
    [({"csaf_version": "1.2"}, "the document says CSAF 1.2"), ({"publisher": 7}, "this is no CSAF document")],
)
def test_other_versions_and_shapes_are_refused(members: dict[str, object], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    about = {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {"id": "1"}, "publisher": {}, **members}
    path.write_text(json.dumps({"document": about}))
    with pytest.raises(ReportError, match=sentence):
        inspect(path)


def test_products_that_are_parts_of_each_other_end(tmp_path: Path) -> None:
    names = [("A", "B"), ("B", "A")]
    relations = [
        {"category": "installed_on", "product_reference": part, "relates_to_product_reference": part,
         "full_product_name": {"product_id": name, "name": name}}
        for name, part in names
    ]  # fmt: skip
    tree = {
        "document": {"category": "csaf_vex", "csaf_version": "2.0"},
        "product_tree": {"relationships": relations},
        "vulnerabilities": [{"cve": "CVE-2031-1", "product_status": {"known_affected": ["A"]}}],
    }
    path = tmp_path / "report.json"
    path.write_text(json.dumps(tree))
    assert inspect(path).count == 1
