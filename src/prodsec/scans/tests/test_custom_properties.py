"""Whatever stands in a report, a custom reader gives observations and rejected rows, or refuses the report: it never fails."""

import contextlib
import copy
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import readings
from prodsec.scans.tests.reading import SAMPLES
from prodsec.scans.types import Limits, Observation, Rejected, ReportError

FORMATS = ("cyclonedx", "gitlab", "grype", "npm_audit", "osv", "sarif", "snyk", "trivy")
BASES = [
    pytest.param(name, path, id=f"{name}-{path.stem}")
    for name in FORMATS
    for path in sorted((SAMPLES / name).glob("*.*"))
    if path.suffix in {".json", ".sarif"}
]
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(
            ["", "\x00", "9" * 400, "0001-01-01T00:00:00Z", "pkg:npm/@", "file:///", "urn:cdx:#", "{99999}"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all members of a tree."""
    if isinstance(tree, dict):
        inside: list[tuple[Any, Any]] = list(tree.items())
    else:
        inside = list(enumerate(tree)) if isinstance(tree, list) else []
    found = []
    for key, value in inside:
        found += [(*path, key), *places(value, (*path, key))]
    return found


def changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a tree with one member replaced."""
    copied = copy.deepcopy(tree)
    owner = copied
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value
    return copied


def check(row: object) -> None:
    """What must hold for every row."""
    assert isinstance(row, Observation | Rejected)
    if isinstance(row, Rejected):
        assert row.place
        assert row.reason
        return
    assert row.rule
    assert row.title
    assert "\n" not in row.title
    assert row.score is None or 0.0 <= row.score <= 10.0
    assert row.place.line is None or row.place.line > 0
    assert b"\\u0000" not in msgspec.json.encode(row)


@pytest.mark.parametrize(("name", "path"), BASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_odd_member_harms_nothing_else(name: str, path: Path, tmp_path: Path, data: st.DataObject) -> None:
    tree = json.loads(path.read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from(places(tree)))
    report = tmp_path / "report.json"
    report.write_text(json.dumps(changed(tree, place, data.draw(ODD))), encoding="utf-8")
    with contextlib.suppress(ReportError):
        for reading in readings(report, format=name):
            for row in reading:
                check(row)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=ODD)
def test_any_tree_is_read_or_refused(name: str, tmp_path: Path, tree: Any) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(tree), encoding="utf-8")
    with contextlib.suppress(ReportError):
        for reading in readings(report, format=name):
            for row in reading:
                check(row)


@pytest.mark.parametrize("name", FORMATS)
def test_a_truncated_report_is_refused_not_half_read(name: str, tmp_path: Path) -> None:
    module: ModuleType = importlib.import_module(f"prodsec.scans.formats.custom.{name}")
    for sample in sorted((SAMPLES / name).glob("*.json")):
        report = tmp_path / sample.name
        report.write_bytes(sample.read_bytes().rstrip()[:-1])
        with pytest.raises(ReportError):
            [list(reading) for reading in readings(report, format=module.ID, limits=Limits())]
