"""SPDX 2 in its five forms, which say the same, and the graph of SPDX 3."""

import datetime
from pathlib import Path

import pytest

from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.tests.reading import SAMPLES, only, runs_of
from prodsec.scans.types import Limits, ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.severity import Severity

FORMS = ("bom.spdx.json", "bom.spdx", "bom.spdx.yaml", "bom.spdx.xml", "bom.spdx.rdf.xml")
PAPERJS = Component(
    name="paperjs", version="2.0.0", type="npm", namespace="@shop", purl="pkg:npm/%40shop/paperjs@2.0.0"
)


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_say_the_same(form: str) -> None:
    run = only(f"spdx/{form}")
    (row,) = run.observations
    assert (run.header.tool, run.header.tool_version, run.header.target) == ("paperscan", "1.2.0", "shop/web")
    assert run.header.scanned_at == datetime.datetime(2031, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
    assert (run.components, run.rejected) == (2, [])
    assert (row.rule, row.ids, row.description) == ("CVE-2031-2222", ("CVE-2031-2222",), "Prototype pollution.")
    assert row.severity is Severity.UNKNOWN
    assert row.component is not None
    assert (row.component.namespace, row.component.name) == ("@shop", "paperjs")


@pytest.mark.parametrize("form", ["bom.spdx.json", "bom.spdx"])
def test_an_advisory_without_an_id_is_no_finding_and_a_fix_is_a_page(form: str) -> None:
    (row,) = only(f"spdx/{form}").observations
    assert row.references == (
        "https://advisories.example/CVE-2031-2222",
        "https://git.example/shop/paperjs/commit/abc",
    )


def test_a_graph_says_state_ratings_and_catalogue() -> None:
    run = only("spdx/security-3.0.json")
    first, associated, unaffected, fixed, doubted, withdrawn = run.observations
    assert (run.header.tool, run.header.target, run.components) == ("paperscan", "shop/web", 2)
    assert (first.rule, first.ids) == ("CVE-2031-2222", ("CVE-2031-2222", "GHSA-C2F3-G4H5-J6M7"))
    assert (first.component, first.pointer) == (PAPERJS, "/@graph/0")
    assert (first.severity, first.score, first.epss, first.cwes) == (Severity.CRITICAL, 9.8, 0.42, (1321,))
    assert [vector[:8] for vector in first.cvss] == ["CVSS:3.1", "AV:N/AC:"]
    assert (first.remedy, first.message, first.tags) == (
        "Upgrade to 2.0.1.",
        "Reachable.",
        ("exploited kev", "ssvc act"),
    )
    assert (associated.rule, associated.status) == ("CVE-2031-3333", Status.OPEN)
    assert unaffected.justification == "vulnerable_code_not_present\nNever built."
    assert unaffected.component is not None
    assert (unaffected.status, unaffected.component.purl) == (Status.NOT_AFFECTED, "pkg:npm/inkpot@1.0.0")
    assert (fixed.status, doubted.tags, doubted.rule) == (Status.FIXED, ("under_investigation",), "SHOP-3")
    assert (withdrawn.status, withdrawn.component) == (Status.FALSE_POSITIVE, None)
    assert run.rejected == [("/@graph/20", "Expected an object, got a whole number")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &x [1]\nb: [*x, *x]\n", "anchors or aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", "nested too deep"),
        ("a: [1\nb: 2\n", "not well-formed YAML"),
        ("packages:\n- name: {a: b}\n", "SPDX package"),
    ],
)
def test_t15_yaml_that_means_harm_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_text(f'SPDXID: "SPDXRef-DOCUMENT"\nspdxVersion: "SPDX-2.3"\n{text}')
    with pytest.raises(ReportError, match=sentence):
        inspect(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PackageComment: <text>never closed\n", "ends within a <text>"),
        ("PackageName: " + "x" * 200_000, "longer than"),
        ("PackageComment: <text>" + "x\n" * 100_000 + "</text>", "longer than"),
    ],
)
def test_t15_tag_values_without_an_end_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "bom.spdx"
    path.write_text(f"SPDXVersion: SPDX-2.3\nPackageName: a\n{text}")
    with pytest.raises(ReportError, match=sentence):
        inspect(path, limits=Limits(row_bytes=100_000))


@pytest.mark.parametrize("form", ["bom.spdx.xml", "bom.spdx.rdf.xml"])
def test_t13_entities_in_xml_are_refused(form: str, tmp_path: Path) -> None:
    text = (SAMPLES / "spdx" / form).read_text().removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')
    path = tmp_path / "bom.xml"
    path.write_text('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + text.replace("inkpot", "&x;"))
    with pytest.raises(ReportError, match="entit"):
        inspect(path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_t17_a_form_cut_off_is_refused_or_read_as_far_as_it_goes(form: str, share: float, tmp_path: Path) -> None:
    data = (SAMPLES / "spdx" / form).read_bytes()
    path = tmp_path / "bom"
    path.write_bytes(data[: int(len(data) * share)])
    try:
        found = inspect(path)
    except ReportError:
        return
    assert form in ("bom.spdx", "bom.spdx.yaml")  # nothing in them says that the end is missing
    assert found.components <= 2


def test_packages_without_a_name_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_text('SPDXID: "SPDXRef-DOCUMENT"\nspdxVersion: "SPDX-2.3"\npackages:\n- versionInfo: "1"\n- name: a\n')
    (run,) = runs_of(path)
    assert (run.components, [place for place, _ in run.rejected]) == (1, ["line 4"])
