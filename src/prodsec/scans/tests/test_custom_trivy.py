"""Trivy's reports of images, files and clusters, of all ages."""

import datetime
import json
from pathlib import Path

import pytest

from prodsec.scans.tests.reading import only, runs_of
from prodsec.scans.types import Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

IMAGE = "registry.example/shop/web:1.0"


def test_the_header_tells_image_version_and_time() -> None:
    run = only("trivy/image.json")
    header = run.header
    assert (header.format, header.tool, header.tool_version) == ("trivy", "Trivy", "0.69.1")
    assert (header.analysis, header.target, run.components) == (Kind.CONTAINER, IMAGE, 2)
    assert header.scanned_at == datetime.datetime(2026, 1, 21, 9, 19, 22, 484900, tzinfo=datetime.UTC)


def test_a_vulnerable_package_says_all() -> None:
    row = only("trivy/image.json").observations[0]
    assert (row.kind, row.rule, row.title) == (Kind.CONTAINER, "CVE-2031-1111", "libpaper: overflow in fold()")
    assert row.ids == ("CVE-2031-1111", "DSA-9001-1")
    assert (row.severity, row.severity_text, row.score) == (Severity.HIGH, "HIGH", 7.5)
    assert row.cvss == (
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        "AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    )
    assert row.cwes == (120,)
    assert row.component == Component(
        name="libpaper1",
        namespace="debian",
        version="1.2-3",
        type="deb",
        purl="pkg:deb/debian/libpaper1@1.2-3?arch=amd64&distro=debian-12.9",
        fixed_versions=("1.2-4", "1.3-1"),
    )
    assert row.remedy == "Upgrade libpaper1 to 1.2-4 or 1.3-1."
    assert row.references == ("https://advisories.example/CVE-2031-1111", "https://lists.example/1")
    assert row.place == Place(image=IMAGE, layer="sha256:aaaa")
    assert row.published_at == datetime.datetime(2031, 2, 3, 4, 5, 6, 123000, tzinfo=datetime.UTC)


def test_statuses_and_modified_findings_are_kept_with_their_reason() -> None:
    _, told, modified, npm, _ = only("trivy/image.json").observations
    assert (told.status, told.severity) == (Status.NOT_AFFECTED, Severity.UNKNOWN)
    assert told.component == Component(name="libink2", namespace="debian", version="1", type="deb")
    assert (modified.status, modified.justification) == (
        Status.NOT_AFFECTED,
        "vulnerable_code_not_in_execute_path (OpenVEX)",
    )
    assert npm.place == Place(file="app/package-lock.json", image=IMAGE)
    assert npm.component == Component(name="paperjs", namespace="@shop", version="2.0.0", type="npm")


def test_a_secret_is_kept_as_trivy_masked_it() -> None:
    row = only("trivy/image.json").observations[-1]
    assert (row.kind, row.rule, row.snippet, row.secret) == (Kind.SECRET, "made-up-token", "TOKEN=****", "")
    assert row.place == Place(file="app.env", line=2, end_line=2, image=IMAGE, layer="sha256:cccc")


def test_only_failed_and_excepted_checks_are_rows() -> None:
    run = only("trivy/config.json")
    failed, excepted = run.observations
    assert run.header.analysis is Kind.IAC
    assert (failed.kind, failed.rule, failed.message) == (Kind.IAC, "AVD-XYZ-0001", "Bucket sets acl to public-read")
    assert failed.place == Place(file="main.tf", line=3, end_line=5, resource="bucket.shop")
    assert (failed.snippet, failed.remedy) == ("resource bucket shop {", "Set acl to private.")
    assert excepted.status is Status.SUPPRESSED


def test_a_cluster_names_its_workloads() -> None:
    run = only("trivy/cluster.json")
    package, check = run.observations
    assert (run.header.analysis, run.header.target) == (Kind.CLUSTER, "shop-cluster")
    assert (package.kind, package.place) == (
        Kind.CONTAINER,
        Place(resource="web/Deployment/shop", image=IMAGE),
    )
    assert (check.kind, check.place) == (Kind.CLUSTER, Place(resource="web/Deployment/shop"))
    assert check.pointer == "/Resources/0/Results/1/Misconfigurations/0"


def test_the_bare_list_of_results_before_version_2() -> None:
    run = only("trivy/list-of-results.json")
    (row,) = run.observations
    assert (run.header.analysis, row.kind, row.severity) == (Kind.CONTAINER, Kind.CONTAINER, Severity.MEDIUM)
    assert row.place == Place(image="debian", layer="sha256:bbbb")


def test_rows_of_a_wrong_shape_are_rejected_with_their_place() -> None:
    run = only("trivy/hostile.json")
    assert run.rejected == [
        ("/Results/0/Vulnerabilities/0", "Object missing required field VulnerabilityID"),
        ("/Results/0/Vulnerabilities/1/CVSS", "Expected an object, got a text"),
        ("/Results/0/Vulnerabilities/2", "Expected an object, got a whole number"),
    ]
    (row,) = run.observations
    assert (row.rule, row.score, row.published_at) == ("CVE-2031-2", 7.0, None)


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        (["secret"], Kind.SECRET),
        (["config", "secret"], Kind.IAC),
        (["config", "lang-pkgs"], Kind.DEPENDENCY),
        ([], Kind.DEPENDENCY),
    ],
)
def test_the_kind_of_a_file_scan_is_that_of_its_main_part(tmp_path: Path, classes: list[str], kind: Kind) -> None:
    path = tmp_path / "report.json"
    results = [{"Target": "x", "Class": class_} for class_ in classes]
    path.write_text(
        json.dumps({"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem", "Results": results})
    )
    assert [run.header.analysis for run in runs_of(path)] == [kind]
