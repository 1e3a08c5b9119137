"""GitLab security reports of every type and age."""

import datetime

from prodsec.scans.formats.custom import gitlab_details
from prodsec.scans.tests.reading import only
from prodsec.scans.types import Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity


def test_sast_15_says_all_and_a_failed_scan_is_incomplete() -> None:
    run = only("gitlab/sast-15.json")
    header = run.header
    assert (header.format, header.tool, header.tool_version, header.analysis) == (
        "gitlab",
        "Lintfox",
        "3.2.1",
        Kind.CODE,
    )
    assert (header.complete, header.incomplete_reason) == (False, "rule pack could not be read")
    assert header.scanned_at == datetime.datetime(2026, 3, 1, 9, 5, tzinfo=datetime.UTC)
    row, poor = run.observations
    assert (row.rule, row.title, row.severity) == ("LF100", "SQL is joined from user input", Severity.CRITICAL)
    assert row.remedy == "Use parameters."
    assert row.cwes == (89,)
    assert row.references == (
        "https://lintfox.example/rules/LF100",
        "https://cwe.example/89",
        "https://lintfox.example/guide",
    )
    assert row.cvss == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)
    assert row.place == Place(file="orders.py", line=12, end_line=13, function="Store.find")
    assert row.snippet == 'cursor.execute("select " + name)'
    assert row.fingerprint == "scope_offset:orders.py|Store[0]|find[0]:3"
    assert (row.status, row.tags, row.justification) == (
        Status.OPEN,
        ("likely-false-positive",),
        "Seen in a test folder.",
    )
    assert (poor.rule, poor.title, poor.severity, poor.place.line) == ("LF200", "LF200", Severity.UNKNOWN, 7)


def test_a_secret_is_only_in_the_secret_and_its_hash_counts_when_it_is_missing() -> None:
    given, hashed = only("gitlab/secrets-14.json").observations
    assert given.kind is Kind.SECRET
    assert (given.secret, given.secret_hash) == ("madeup_0123456789abcdef", "")
    assert "madeup_0123456789abcdef" not in given.message + given.title + given.description + given.snippet
    assert given.place == Place(file="app.env", line=2, commit="2" * 40)
    assert hashed.secret == ""
    assert hashed.secret_hash.startswith("sha256:9f86d081884c")
    assert hashed.place.commit == ""  # all zeros is no commit


def test_dependency_scanning_2_names_tool_and_remedy_by_other_means() -> None:
    run = only("gitlab/dependencies-2.json")
    (row,) = run.observations
    assert (run.header.tool, run.header.analysis, run.components) == ("Gemnasium", Kind.DEPENDENCY, 2)
    assert (row.rule, row.ids) == ("CVE-2031-2222", ("CVE-2031-2222", "GEMNASIUM-0F0F-1"))
    assert row.remedy == "Upgrade paperjs from 2.0.0 to 2.0.1\n\n```diff\ndiff\n```"
    assert row.component == Component(
        name="paperjs", namespace="@shop", version="2.0.0", type="npm", fixed_versions=("2.0.1",)
    )
    assert row.place == Place(file="web/yarn.lock")


def test_container_scanning_names_image_and_distribution() -> None:
    run = only("gitlab/container-15.json")
    (row,) = run.observations
    assert (run.header.analysis, run.header.target) == (Kind.CONTAINER, "registry.example/shop/web:1.0")
    assert row.title == "CVE-2031-1111 in libpaper1"
    assert row.component == Component(
        name="libpaper1", namespace="debian", version="1.2-3", type="deb", fixed_versions=("1.2-4",)
    )
    assert row.place == Place(image="registry.example/shop/web:1.0")


def test_dast_names_route_method_and_parameter() -> None:
    (row,) = only("gitlab/dast-15.json").observations
    assert (row.kind, row.rule, row.cwes) == (Kind.WEB, "40012", (79,))
    assert row.place == Place(url="http://shop.example/find", method="GET", parameter="q")
    assert row.message == "The script came back."
    assert row.first_seen_at == datetime.datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=datetime.UTC)


def test_fuzzing_is_named_by_its_crash() -> None:
    (row,) = only("gitlab/fuzzing-3.json").observations
    assert (row.kind, row.rule, row.title) == (Kind.CODE, "Index-out-of-range", "Index-out-of-range")
    assert (row.place.function, row.snippet) == ("shop.Parse", "panic: index out of range")


def test_details_of_every_type_and_a_patch_are_told() -> None:
    (row,) = only("gitlab/dependency-15.json").observations
    assert row.description.splitlines()[2:] == [
        "- Vulnerable Package: @shop/paperjs:2.0.0",
        "- More:",
        "  - Page: read on (https://paperjs.example)",
        "  - Where: a.js:3",
        "  - Steps:",
        "    - **one**",
        "    - abc123",
        "  - Rows:",
        "    - a | b",
        "    - 1 | True",
        "  - Code:",
        "```",
        "x = {}",
        "y = x",
        "```",
        "  - Change: 1 → 2",
        "  - Module: paper.so+16",
    ]
    assert row.remedy == "Upgrade to version 2.0.1 or above."
    assert row.component is not None
    assert row.component.fixed_versions == ("2.0.1",)


def test_endless_details_are_cut() -> None:
    inner: dict[str, object] = {"type": "text", "value": "deep"}
    for _ in range(50):
        inner = {"type": "list", "items": [inner]}
    many = {str(number): {"type": "text", "value": "x"} for number in range(1_000)}
    assert gitlab_details.as_text({"a": inner}).endswith("…")
    assert len(gitlab_details.as_text(many).splitlines()) == 301
    assert gitlab_details.as_text([1]) == ""


def test_a_patch_that_is_none_is_left_out() -> None:
    assert gitlab_details.patch("no base64!") == gitlab_details.patch(None) == gitlab_details.patch("/w==") == ""
    assert gitlab_details.patch("LTIuMC4wCg==") == "```diff\n-2.0.0\n```"


def test_cluster_images_and_api_fuzzing() -> None:
    (image,) = only("gitlab/cluster-15.json").observations
    assert image.place == Place(image="registry.example/shop/web:1.0", resource="shop/Deployment/web/web")
    (fuzzed,) = only("gitlab/api-fuzzing-15.json").observations
    assert (fuzzed.kind, fuzzed.cwes) == (Kind.WEB, (209,))
    assert fuzzed.place == Place(url="https://till.example/orders", method="POST")  # as the evidence says


def test_rows_of_a_wrong_shape_are_rejected_with_their_place() -> None:
    run = only("gitlab/hostile.json")
    assert run.rejected == [
        ("/vulnerabilities/0/location", "Expected an object, got a list"),
        ("/vulnerabilities/1", "Expected an object, got a whole number"),
        ("/vulnerabilities/3/name", "Expected a text, got a list"),
        ("/vulnerabilities/4", "the vulnerability has no name, identifier or description"),
    ]
    (row,) = run.observations
    assert (row.rule, row.severity, row.severity_text) == ("X1", Severity.UNKNOWN, "Blue")
