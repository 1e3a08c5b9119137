"""OpenVEX of all versions: statuses, products and their parts, on its own and attested."""

import datetime

from prodsec.scans.tests.reading import only
from prodsec.scans.types import Status
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity


def test_the_header_tells_author_and_document() -> None:
    header = only("openvex/statements.json").header
    assert (header.tool, header.tool_version, header.target) == (
        "Shop security",
        "3",
        "https://vex.example/shop/2031-1",
    )
    assert header.scanned_at == datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)


def test_a_statement_is_a_row_for_each_product_or_part() -> None:
    package, other, whole, *_ = only("openvex/statements.json").observations
    assert (package.rule, package.ids) == ("CVE-2031-1111", ("CVE-2031-1111", "GHSA-C2F3-G4H5-J6M7"))
    assert package.component is not None
    assert other.component is not None
    assert whole.component is not None
    assert [one.component.name for one in (package, other, whole) if one.component] == [
        "libpaper1",
        "inkpot",
        "paperjs",
    ]
    assert package.place == Place(image="registry.example/shop/web:1.0")
    assert (package.message, package.remedy) == ("Reachable.", "Upgrade to 2.0.1.")
    assert package.references == ("https://advisories.example/CVE-2031-1111",)
    assert package.severity is Severity.UNKNOWN


def test_statuses_and_justifications() -> None:
    *_, unaffected, doubted, fixed, alone = only("openvex/statements.json").observations
    assert (unaffected.status, unaffected.justification) == (
        Status.NOT_AFFECTED,
        "vulnerable_code_not_in_execute_path\nNever called.",
    )
    assert (doubted.status, doubted.tags, doubted.rule) == (Status.OPEN, ("under_investigation",), "INTERNAL-7")
    assert (fixed.status, alone.component) == (Status.FIXED, None)


def test_statements_without_a_vulnerability_or_with_another_status_are_rejected() -> None:
    assert only("openvex/statements.json").rejected == [
        ("/statements/5", "the statement's status is 'perhaps', which OpenVEX does not know"),
        ("/statements/6", "the statement names no vulnerability"),
    ]


def test_version_0_0_1_in_an_attestation() -> None:
    run = only("openvex/attested-0.0.1.json")
    part, whole = run.observations
    assert (run.header.tool, run.header.target) == ("Shop security", "https://vex.example/shop/2029-1")
    assert part.component is not None
    assert whole.component is not None
    assert (part.component.name, part.place.resource) == ("libcurl", "pkg:apk/wolfi/git@2.38.1-r0")
    assert (whole.component.name, whole.status) == ("git", Status.FIXED)
