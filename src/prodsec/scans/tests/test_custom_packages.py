"""Reports of dependency scanners: Grype, OSV-Scanner, npm audit, Snyk; and how packages are put together."""

import datetime
import json
from pathlib import Path

import pytest
from packageurl import PackageURL

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component, distribution_of, parse_purl
from prodsec.scans.tests.reading import SAMPLES, only, runs_of
from prodsec.scans.types import ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.purls import type_of
from prodsec.vocabulary.severity import Severity


def test_grype_takes_what_related_vulnerabilities_add() -> None:
    run = only("grype/image.json")
    row = run.observations[0]
    assert (run.header.tool, run.header.tool_version, run.header.analysis) == ("Grype", "0.96.0", Kind.CONTAINER)
    assert run.header.target == "registry.example/shop/web:1.0"
    assert (row.rule, row.ids) == ("GHSA-c2f3-g4h5-j6m7", ("GHSA-C2F3-G4H5-J6M7", "CVE-2031-3333"))
    assert (row.severity, row.score, row.epss, row.cwes) == (Severity.HIGH, 9.8, 0.25, (200,))
    assert row.cvss == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P")
    assert row.component == Component(
        name="ink-pot", version="0.4.0", type="pypi", purl="pkg:pypi/Ink_Pot@0.4.0", fixed_versions=("0.4.1",)
    )
    assert row.place == Place(
        file="/usr/lib/python3/inkpot/METADATA", image="registry.example/shop/web:1.0", layer="sha256:aaaa"
    )
    assert row.fix_available_at == datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)
    assert row.tags == ("known-exploited",)
    assert "https://lists.example/2" in row.references


def test_grype_keeps_ignored_matches_with_their_reason() -> None:
    _, negligible, vex, ignored = only("grype/image.json").observations
    assert (negligible.severity, negligible.severity_text, negligible.tags) == (
        Severity.INFO,
        "Negligible",
        ("wont-fix",),
    )
    assert (vex.status, vex.justification) == (Status.NOT_AFFECTED, "vulnerable_code_not_present")
    assert (ignored.status, ignored.justification) == (Status.SUPPRESSED, "Accepted by Pat.")


def test_osv_has_a_row_for_each_group_of_aliases() -> None:
    run = only("osv/lockfiles.json")
    first, second, third = run.observations
    assert (run.header.tool, run.components) == ("OSV-Scanner", 2)
    assert (first.rule, first.title) == ("GHSA-c2f3-g4h5-j6m7", "Prototype pollution in paperjs")
    assert first.ids == ("GHSA-C2F3-G4H5-J6M7", "MAL-2031-1", "CVE-2031-2222")
    assert (first.severity, first.severity_text, first.score) == (Severity.MEDIUM, "5.3", 5.3)
    assert first.component == Component(
        name="paperjs", namespace="@shop", version="2.0.0", type="npm", fixed_versions=("2.0.1",)
    )
    assert (first.place, first.pointer) == (Place(file="web/package-lock.json"), "/results/0/packages/0/groups/0")
    assert (first.cwes, first.tags) == ((1321,), ("not-called",))
    assert (second.severity, second.severity_text) == (Severity.HIGH, "HIGH")
    assert (third.rule, third.cwes, third.place.file) == ("GO-2031-0001", (79,), "go.mod")


def test_npm_6_has_a_row_for_each_installed_version() -> None:
    run = only("npm_audit/v6.json")
    first, second, third = run.observations
    assert (run.header.tool, run.components) == ("npm audit", 43)
    assert (first.rule, first.ids) == ("CVE-2031-7777", ("CVE-2031-7777", "GHSA-GGGG-HHHH-JJJJ", "NPM-1064"))
    assert (first.severity, first.score, first.cwes, first.tags) == (Severity.MEDIUM, 7.5, (1333,), ("dev",))
    assert first.component == Component(name="ansi", version="3.0.0", type="npm", fixed_versions=("5.0.1",))
    assert (first.message, first.pointer) == ("a>ansi\nb>ansi", "/advisories/1064/findings/0")
    assert second.component == Component(name="ansi", version="4.1.0", type="npm", fixed_versions=("5.0.1",))
    assert (third.rule, third.component) == ("NPM-146", Component(name="growler", version="1.9.2", type="npm"))


def test_npm_7_has_a_row_for_each_advisory_and_one_for_a_package_at_fault_through_another() -> None:
    first, second, third = only("npm_audit/v7.json").observations
    assert (first.rule, first.severity, first.pointer) == (
        "GHSA-gggg-hhhh-jjjj",
        Severity.HIGH,
        "/vulnerabilities/ansi/via/0",
    )
    assert first.remedy == "Upgrade ansi to 5.0.1. This is a breaking change."
    assert first.component == Component(name="ansi", type="npm", fixed_versions=("5.0.1",))
    assert (second.rule, second.severity, second.score) == ("NPM-2", Severity.LOW, None)
    assert (third.rule, third.title) == (
        "vulnerable-dependency",
        "printer depends on vulnerable versions of ansi",
    )
    assert (third.remedy, third.tags) == ("Run npm audit fix.", ("direct",))


def test_an_audit_that_failed_is_no_report() -> None:
    with pytest.raises(ReportError, match="requires an existing lockfile"):
        only("npm_audit/error.json")


def test_snyk_reads_all_projects_and_what_their_policies_ignore() -> None:
    run = only("snyk/projects.json")
    first, license_, ignored = run.observations
    assert (run.header.analysis, run.components) == (Kind.DEPENDENCY, 47)
    assert (run.header.complete, run.header.incomplete_reason) == (False, "Could not read the lock file.")
    assert (first.rule, first.title) == ("SNYK-JS-PAPERJS-1234567", "Prototype Pollution")
    assert first.ids == ("SNYK-JS-PAPERJS-1234567", "CVE-2031-2222", "GHSA-C2F3-G4H5-J6M7")
    assert (first.score, first.epss, first.cwes, len(first.cvss)) == (6.5, 0.00046, (1321,), 2)
    assert first.component == Component(
        name="paperjs", namespace="@shop", version="2.0.0", type="npm", fixed_versions=("2.0.1",)
    )
    assert (first.remedy, first.place.file) == ("Upgrade print to 1.1.0.", "web/package-lock.json")
    assert first.message == "shop@1.0.0 > print@1.0.0 > @shop/paperjs@2.0.0"
    assert (license_.ids, license_.tags) == ((), ("license",))
    assert (ignored.status, ignored.justification) == (Status.SUPPRESSED, "Not used in production.")


def test_snyk_container_and_infrastructure() -> None:
    run = only("snyk/container.json")
    (row,) = run.observations
    assert (run.header.analysis, run.header.target) == (Kind.CONTAINER, "shop/web:1.0")
    assert row.component == Component(
        name="libpaper1", namespace="debian", version="1.2-3", type="deb", fixed_versions=("1.2-4",)
    )
    assert (row.place, row.remedy) == (Place(image="shop/web:1.0"), "Upgrade libpaper1 to 1.2-4.")
    (issue,) = only("snyk/iac.json").observations
    assert (issue.kind, issue.description) == (Kind.IAC, "Everybody can read it.\n\nData leaks.")
    assert issue.place == Place(file="main.tf", line=3, resource="resource.bucket[shop].acl")


@pytest.mark.parametrize(
    ("name", "rejected", "read"),
    [
        (
            "grype/hostile.json",
            [
                ("/matches/0", "Object missing required field vulnerability"),
                ("/matches/2/vulnerability/id", "Expected a text, got a whole number"),
            ],
            ["CVE-2031-1"],
        ),
        (
            "osv/hostile.json",
            [
                ("/results/0/packages/0", "Object missing required field package"),
                ("/results/0/packages/1/vulnerabilities/0/severity", "Expected a list, got a text"),
            ],
            ["PYSEC-2"],
        ),
        (
            "npm_audit/hostile.json",
            [
                ("/vulnerabilities/a", "Object missing required field name"),
                ("/vulnerabilities/b~1c~0d/via", "Expected a list, got a text"),
                ("/vulnerabilities/e/severity", "Expected a text, got a whole number"),
            ],
            ["vulnerable-dependency"],
        ),
        (
            "snyk/hostile.json",
            [
                ("/vulnerabilities/0", "Object missing required field id"),
                ("/vulnerabilities/1/cvssScore", "Expected a number, got a text"),
            ],
            ["SNYK-2"],
        ),
    ],
)
def test_rows_of_a_wrong_shape_are_rejected_with_their_place(
    name: str, rejected: list[tuple[str, str]], read: list[str]
) -> None:
    run = only(name)
    assert run.rejected == rejected
    assert [row.rule for row in run.observations] == read


@pytest.mark.parametrize(
    "purl",
    [
        "pkg:npm/%40shop/paperjs@2.0.0",
        "pkg:npm/paperjs@2.0.0?vcs_url=git%2Bhttps",
        "pkg:maven/org.shop/inkpot@0.4.0?type=jar",
        "pkg:pypi/Ink_Pot@0.4.0",
        "pkg:deb/debian/libpaper1@1%3A1.2-3%2Bdeb12?arch=amd64",
        "pkg:golang/example.org/ink/pot@v1.0.0#sub/path",
        "pkg:golang/example.org/ink/pot",
        "pkg:oci/web@sha256%3Aabc?repository_url=registry.example",
        "pkg:generic/openssl@1.1.1",
        "pkg:github/Actions/Checkout@v4",
        "pkg:composer/Shop/Paper@1.0",
        "pkg:nuget/Shop.Paper@1.0",
        "pkg:rpm/redhat/Paper@1.0",
        "pkg:golang/Example.org/Ink@v1",
    ],
)
def test_package_urls_are_read_as_the_reference_reads_them(purl: str) -> None:
    reference = PackageURL.from_string(purl)
    assert parse_purl(purl) == (
        reference.type,
        reference.namespace or "",
        reference.name,
        reference.version or "",
    )


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/paperjs", "https://example.org/a@1"])
def test_what_is_no_package_url_is_none(text: str) -> None:
    assert parse_purl(text) is None


def test_words_of_ecosystems() -> None:
    words = {"Debian:12": "deb", "go-module": "golang", "PyPI": "pypi", "Packagist": "composer", "crates.io": "cargo"}
    assert {word: type_of(word) for word in words} == words
    assert (type_of("nothing we know"), distribution_of("debian 10.9"), distribution_of("windows")) == (
        "",
        "debian",
        "",
    )
    assert component(name="org.shop:inkpot", ecosystem="maven") == Component(
        name="inkpot", namespace="org.shop", type="maven"
    )
    assert component() is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.123456789Z", datetime.datetime(2026, 1, 2, 3, 4, 5, 123456, datetime.UTC)),
        ("2026-01-02T03:04:05+02:00", datetime.datetime(2026, 1, 2, 1, 4, 5, tzinfo=datetime.UTC)),
        ("2026-01-02", datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_instants(text: str | None, moment: datetime.datetime | None) -> None:
    assert instant(text) == moment


def test_nul_leaves_names_and_rules(tmp_path: Path) -> None:
    body = json.loads((SAMPLES / "grype" / "image.json").read_text(encoding="utf-8"))
    body["matches"][0]["artifact"]["version"] = "1\x00-x\\u0000"
    body["source"]["target"]["userInput"] = "web\x00:1"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(body), encoding="utf-8")

    (run,) = runs_of(path)
    assert run.header.target == "web:1"
    assert run.observations[0].component is not None
    assert run.observations[0].component.version == "1-x\\u0000"


def test_the_issues_of_snyks_rest_api() -> None:
    run = only("snyk/issues.json")
    package, code = run.observations
    assert run.header.analysis is Kind.DEPENDENCY
    assert (package.rule, package.ids) == (
        "SNYK-JS-PAPERJS-1234567",
        ("SNYK-JS-PAPERJS-1234567", "CVE-2031-2222"),
    )
    assert (package.severity, package.score, package.cwes) == (Severity.HIGH, 7.5, (1321,))
    assert (package.component, package.remedy) == (
        Component(name="paperjs", version="2.0.0"),
        "Upgrade paperjs to 2.0.1",
    )
    assert (package.status, package.justification) == (Status.SUPPRESSED, "Ignored in Snyk.")
    assert (code.kind, code.rule, code.fingerprint) == (
        Kind.CODE,
        "Cross-Site Request Forgery (CSRF)",
        "snykKey:9a29d87f",
    )
    assert code.place == Place(file="web/forms.py", line=65, end_line=71, column=9, end_column=22, commit="3333333")
    assert (code.status, code.justification) == (Status.FIXED, "Gone since the last test.")
    assert run.rejected == [("/data/2/id", "Expected a text, got a whole number")]
