"""Published examples of the standards, read where they lie: all of one kind are read, what is none of them is refused."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.types import ReportError

SAMPLES = Path(__file__).parents[1] / "samples"
CSAF_METADATA = ("ROLIE", "aggregator", "provider-metadata")
SPDX_PACKAGES = {"SPDXLite.spdx": 1, "ControlCharacters.spdx.json": 2}


def reports_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def test_csaf_documents_are_read_and_what_lies_beside_them_is_refused(shared: Path, look: Any) -> None:
    read = 0
    for path in reports_below(shared / "reports" / "csaf"):
        found = look(path)
        assert found.read != "crashed", (path.name, found.sentence)
        if any(name in path.parts for name in CSAF_METADATA):
            assert found.read == "refused", path
            continue
        assert (found.format, found.rejected) == ("csaf", 0), (path, found)
        rows = [
            one.get("product_status") or {"": [""]} for one in json.loads(path.read_bytes()).get("vulnerabilities", [])
        ]
        assert found.count == sum(len(products) for status in rows for products in status.values()), path
        read += 1
    assert read == 43


def test_the_same_csaf_in_both_versions_is_the_same(shared: Path, look: Any) -> None:
    old, new = (shared / "reports" / "csaf" / f"csaf_{version}" / "examples" / "csaf" for version in ("2.0", "2.1"))
    compared = 0
    for path in reports_below(old):
        other = look(new / path.relative_to(old))
        assert look(path).read == other.read, path.name
        compared += 1
    assert compared == 19


def test_spdx_in_all_forms_holds_the_same_packages(shared: Path) -> None:
    found = {path.name: inspect(path) for path in reports_below(shared / "reports" / "spdx")}
    assert len(found) == 13
    for name, summary in found.items():
        assert (summary.format, summary.components) == ("spdx", SPDX_PACKAGES.get(name, 4)), name
        assert not summary.rejected
    forms = [summary.tool.name for name, summary in found.items() if name.startswith("SPDX") and "Example" in name]
    assert forms == ["LicenseFind"] * 10


@pytest.mark.parametrize("folder", ["SBOM", "VEX", "CBOM", "HBOM", "OBOM", "SaaSBOM"])
def test_published_boms_are_read_whole(shared: Path, look: Any, folder: str) -> None:
    paths = reports_below(shared / "reports" / "cyclonedx-bom-examples" / folder)
    assert paths
    for path in paths:
        found = look(path)
        assert (found.format, found.rejected) == ("cyclonedx", 0), (path, found)


NOTICED = ("component-type", "missing-component-type")


def test_nothing_is_said_of_valid_boms_and_broken_components_are_noticed(shared: Path, tmp_path: Path) -> None:
    """What is wrong in parts that are not read (hashes, licences) stays unsaid."""
    said, missed = [], []
    with zipfile.ZipFile(shared / "reports" / "cyclonedx-schema-test-data.zip") as archive:
        for name in archive.namelist():
            kind, _, about = Path(name).stem.rpartition("-")[0].partition("-")
            if (
                not name.endswith((".json", ".xml"))
                or not (kind == "valid" or about in NOTICED)
                or kind.startswith("skip")
            ):
                continue
            path = tmp_path / Path(name).name
            path.write_bytes(archive.read(name))
            try:
                warnings = inspect(path).warnings
            except ReportError:
                continue
            if kind == "valid" and warnings:
                said.append((name, warnings))
            if kind == "invalid" and not warnings:
                missed.append(name)
    assert not said
    assert not missed


VALID_SAMPLES = {
    "csaf/advisory-2.0.json": "csaf/csaf-2.0.schema.json",
    "gitlab/api-fuzzing-15.json": "gitlab-security-reports-15.0.7/dast-report-format.json",
    "gitlab/cluster-15.json": "gitlab-security-reports-15.0.7/cluster-image-scanning-report-format.json",
    "gitlab/dependency-15.json": "gitlab-security-reports-15.0.7/dependency-scanning-report-format.json",
    "osv/advisory.json": "osv.schema.json",
    "sarif/references.sarif": "sarif-2.1.0.schema.json",
    "spdx/bom.spdx.json": "spdx/spdx-2.3.schema.json",
}


@pytest.mark.parametrize("sample", VALID_SAMPLES)
def test_our_samples_are_what_the_schemas_ask_for(shared: Path, sample: str) -> None:
    schema = json.loads((shared.parent / "schemas" / VALID_SAMPLES[sample]).read_bytes())
    tree = json.loads((SAMPLES / sample).read_bytes())
    if sample.startswith("csaf/"):
        tree["vulnerabilities"].pop()  # the one that is there to be rejected
    checker = validator_for(schema)(schema, registry=_no_schema_beside(shared))
    assert [f"{list(error.path)}: {error.message}" for error in checker.iter_errors(tree)] == []


def _no_schema_beside(shared: Path) -> Registry:
    """The CVSS schemas that CSAF's refers to; nothing is fetched."""
    found = [json.loads(path.read_bytes()) for path in sorted((shared.parent / "schemas" / "cvss").glob("*.json"))]
    resources = [(str(one.get("id") or one["$id"]).partition("?")[0], Resource(one, DRAFT7)) for one in found]
    return Registry().with_resources(resources)


def test_results_of_ordinary_tests_are_no_findings(tmp_path: Path, look: Any) -> None:
    path = tmp_path / "junit.xml"
    case = '<testcase classname="tests.test_till" name="test_opens"><failure message="assert 1 == 2">E</failure></testcase>'
    for name in ("pytest", "ruff tests", "semgrep"):
        path.write_text(f'<testsuites><testsuite name="{name}" tests="1" failures="1">{case}</testsuite></testsuites>')
        assert look(path).read == "refused"
