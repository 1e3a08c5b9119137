"""Identifiers, weaknesses, vectors and package URLs, found in whatever way tools write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.vocabulary import cvss, cwe, identifiers, purls
from prodsec.vocabulary.severity import Severity

V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("see cve-2021-44228, CVE-2021-44228 and GHSA-jfh8-c2jp-5v3q.", ("CVE-2021-44228", "GHSA-JFH8-C2JP-5V3Q")),
        ("SNYK-JS-LODASH-590103 SNYK-DEBIAN12-GLIBC-123", ("SNYK-JS-LODASH-590103", "SNYK-DEBIAN12-GLIBC-123")),
        (
            "RHSA-2020:1234 DSA-4567-1 USN-1234-1 PYSEC-2020-12",
            ("RHSA-2020:1234", "DSA-4567-1", "USN-1234-1", "PYSEC-2020-12"),
        ),
        ("CVE-20-1 XCVE-2020-1234 nothing", ()),
    ],
)
def test_vulnerability_ids(text: str, ids: tuple[str, ...]) -> None:
    assert identifiers.ids_in(text) == ids


def test_the_id_that_stands_for_a_weakness() -> None:
    assert identifiers.primary(("GHSA-x", "CVE-2020-1"), "") == "CVE-2020-1"
    assert identifiers.primary(("GHSA-x", "CVE-2020-1", "CVE-2020-2"), "") == "GHSA-x"
    assert identifiers.primary((), "rule") == "rule"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("CWE-79: XSS, cwe-089", (79, 89)), ("CWE ID 259, CWE ID 798", (259, 798)), ("external/cwe/cwe-022", (22,)), ("https://cwe.mitre.org/data/definitions/502.html", (502,)),
        (" 79 ", (79,)), ("0", ()), ("CWE-99999", ()), ("N/A", ()), ("79 and 80", ()), ("CWE_20", (20,)),
    ],
)  # fmt: skip
def test_weaknesses(text: str, numbers: tuple[int, ...]) -> None:
    assert cwe.numbers_in(text) == numbers


def test_scores_of_vectors_and_which_version_counts() -> None:
    assert cvss.base_score(V3) == 9.8
    assert cvss.base_score(V2) == cvss.base_score(f"({V2})") == 7.5
    assert cvss.base_score(V4) == 9.3
    assert cvss.base_score("CVSS:3.1/AV:X") is None
    assert cvss.vectors_in(f"{V4} and {V2}, {V3}.") == (V3, V2, V4)
    assert cvss.vectors_in(f"7.5/CVSS:2.0/{V2}") == cvss.vectors_in(f"7.5/{V2}") == (V2,)
    assert cvss.score_of((V4, V2)) == 7.5
    assert cvss.score_of((V4, V2, V3)) == 9.8
    assert cvss.score_of(()) is None


@given(st.floats() | st.integers().map(float))
def test_a_score_is_a_number_from_0_to_10_or_none(value: float) -> None:
    score = cvss.checked_score(value)
    assert score is None or (0.0 <= score <= 10.0 and isinstance(Severity.from_score(score), Severity))


def test_package_urls() -> None:
    found = purls.parse("pkg:maven/org.apache/log4j@2.1?type=jar#sub")
    assert found is not None
    assert (found.type, found.namespace, found.name, found.version) == ("maven", "org.apache", "log4j", "2.1")
    assert purls.parse("pkg:rubbish") is None
    assert purls.type_of("PyPI") == "pypi"
    assert purls.type_of("Debian:12") == "deb"
    assert purls.type_of("no such thing") == ""
    assert purls.normal_name("pypi", "Zope.Interface_x") == "zope-interface-x"
    assert purls.normal_name("maven", "Upper") == "Upper"


@given(st.text())
def test_no_text_makes_any_of_them_raise(text: str) -> None:
    assert isinstance(identifiers.ids_in(text), tuple)
    assert isinstance(cwe.numbers_in(text), tuple)
    assert isinstance(cvss.vectors_in(text), tuple)
    assert purls.parse(text) is None or text.strip().lower().startswith("pkg:")
    assert cvss.base_score(text) is None or text
    assert Severity.from_text(text) in Severity
