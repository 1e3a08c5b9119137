"""What breaks a rule of its standard is read all the same, and the rule is named with its first place."""

import json
from pathlib import Path

import pytest

from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.tests.reading import SAMPLES

RUN = {"tool": {"driver": {"name": "Lintfox"}}}
CSAF = {"category": "csaf_vex", "csaf_version": "2.0"}
BOM = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://vex.example/1"}
PRODUCTS = [{"@id": "pkg:npm/inkpot@1"}]
BROKEN = {
    "SARIF §3.19.8": {"version": "2.1.0", "runs": [{"tool": {"driver": {}}, "results": []}]},
    "SARIF §3.13.2": {"version": "2.0.0", "$schema": "https://schemas.example/sarif-2.1.0", "runs": [{**RUN, "results": []}]},
    "SARIF §3.14.2": {"version": "2.1.0", "runs": [{**RUN, "externalPropertyFileReferences": {"results": []}}]},
    "SARIF §3.27.10": {"version": "2.1.0", "runs": [{**RUN, "results": [{"ruleId": "a", "message": {"text": "b"}, "level": "bad"}]}]},
    "SARIF §3.27.9": {"version": "2.1.0", "runs": [{**RUN, "results": [{"ruleId": "a", "message": {"text": "b"}, "kind": "bad"}]}]},
    "SARIF §3.27.11": {"version": "2.1.0", "runs": [{**RUN, "results": [{"ruleId": "a"}]}]},
    "CSAF asks for document.tracking.id": {"document": {**CSAF, "publisher": {"name": "a"}}},
    "CSAF asks for document.publisher.name": {"document": {**CSAF, "tracking": {"id": "a"}}},
    "CSAF test 6.1.1": {"document": CSAF, "vulnerabilities": [{"cve": "CVE-2031-1", "product_status": {"fixed": ["a"]}}]},
    "CSAF test 6.1.6": {
        "document": CSAF,
        "vulnerabilities": [{"cve": "CVE-2031-1", "product_status": {"known_affected": ["a"], "fixed": ["a"]}}],
    },
    "CycloneDX: specVersion": {**BOM, "specVersion": "9.9"},
    "CycloneDX asks for the name": {**BOM, "components": [{"type": "library"}]},
    "CycloneDX asks for one of its types": {**BOM, "components": [{"name": "a", "type": "thing"}]},
    "CycloneDX asks for a bom-ref only once": {**BOM, "components": [{"name": "a", "bom-ref": "x"}, {"name": "b", "bom-ref": "x"}]},
    "CycloneDX: affects[].ref": {**BOM, "vulnerabilities": [{"id": "CVE-2031-1", "affects": [{"ref": "nowhere"}]}]},
    "CycloneDX: analysis.state": {**BOM, "vulnerabilities": [{"id": "CVE-2031-1", "analysis": {"state": "odd"}}]},
    "CycloneDX: ratings[].severity": {**BOM, "vulnerabilities": [{"id": "CVE-2031-1", "ratings": [{"severity": "odd"}]}]},
    "OpenVEX asks for the document's @id": {"@context": VEX["@context"], "statements": []},
    "OpenVEX asks for a justification": {
        **VEX,
        "statements": [{"vulnerability": {"name": "CVE-2031-1"}, "products": PRODUCTS, "status": "not_affected"}],
    },
    "OpenVEX asks for an action_statement": {
        **VEX,
        "statements": [{"vulnerability": {"name": "CVE-2031-1"}, "products": PRODUCTS, "status": "affected"}],
    },
    "GitLab's schema asks for version and scan": {"scan": {"type": "sast"}, "vulnerabilities": []},
    "GitLab's schema 15.0 asks for scan.analyzer": {"version": "15.0.7", "scan": {"type": "sast"}, "vulnerabilities": []},
    "GitLab's schema 15.0 asks for id": {"version": "15.0.7", "scan": {"type": "sast"}, "vulnerabilities": [{"name": "a"}]},
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named_and_the_rest_is_read(rule: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(BROKEN[rule]))
    found = inspect(path)
    assert [sentence for sentence in found.warnings if sentence.startswith(rule)], found.warnings
    assert not found.rejected


@pytest.mark.parametrize(
    "sample",
    ["csaf/vex-2.1.json", "cyclonedx/vulnerabilities-1.5.xml", "gitlab/dependency-15.json", "sarif/references.sarif",
     "openvex/attested-0.0.1.json", "trivy/image.json", "bandit/bandit.json"],
)  # fmt: skip
def test_nothing_is_said_of_what_keeps_the_rules(sample: str) -> None:
    assert inspect(SAMPLES / sample).warnings == []


def test_a_rule_is_told_once_with_its_first_place_and_how_often() -> None:
    remarks = Remarks()
    for place in ("/a", "/b", "/c"):
        remarks.note("Rule 1", place)
    remarks.note("Rule 2", "")
    assert remarks.sentences() == ("Rule 1: /a and 2 more", "Rule 2: /")
