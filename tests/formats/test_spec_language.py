"""What specs say beyond paths: tables of the report, lines of code, flows, outer rows, vectors out of words."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import readings
from prodsec.scans.formats.expressions import Scope, compile_value
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.worded_cvss import vector_of
from prodsec.scans.types import Observation, Rejected, ReportError

SAMPLES = Path(__file__).parents[1] / "samples"
RULES = [{"key": "a", "name": "Rule A"}, {"key": "b", "name": "Rule B"}, {"key": "a", "name": "again"}]
CODE = "11 def f():\n12     g()\n13 \n14     h()\n"


@pytest.mark.parametrize(
    ("expression", "row", "value"),
    [
        ({"from": "rule", "in": "$.rules", "by": "key", "take": "name"}, {"rule": "b"}, "Rule B"),
        ({"from": "rule", "in": "$.rules", "by": "key", "take": "name"}, {"rule": "a"}, "Rule A"),
        ({"from": "rule", "in": "$.rules", "by": "key", "take": "name"}, {"rule": "c"}, None),
        ({"from": "rule", "in": "$.names"}, {"rule": "a"}, {"text": "A"}),
        ({"from": "rule", "in": "$.names", "take": "text | lower"}, {"rule": "a"}, "a"),
        ({"from": "rule", "in": "$.nothing", "take": "name"}, {"rule": "a"}, None),
        ({"from": "at", "in": "$.rules", "take": "name"}, {"at": 1}, "Rule B"),
        ({"from": "at", "in": "$.rules", "take": "name"}, {"at": "3"}, None),
        ({"from": "at", "in": "$.rules", "take": "name"}, {"at": -1}, None),
        ({"lines": "code", "from": "line"}, {"code": CODE, "line": 12}, "    g()"),
        ({"lines": "code", "from": "line", "to": "end"}, {"code": CODE, "line": 11, "end": 12}, "def f():\n    g()"),
        ({"lines": "code", "from": "line"}, {"code": "x = 1\ny = 2", "line": 2}, "y = 2"),
        ({"lines": "code", "from": "line"}, {"code": "x = 1", "line": 9}, None),
        ({"lines": "code", "from": "line"}, {"code": None, "line": "?"}, None),
        (
            {"steps": "flow[*]", "file": "path", "line": "at.line", "text": "^.note"},
            {"flow": [{"path": "a.py", "at": {"line": 3}}], "note": "n"},
            [{"file": "a.py", "line": 3, "text": "n"}],
        ),
        ({"steps": "flow[*]", "file": "path"}, {"flow": None}, []),
        ("column | add(1)", {"column": 0}, 1.0),
        ("column | add(1)", {"column": "none"}, None),
        ("a[*].b", {"a": {"b": 1, "c": 2}}, [1]),
        ("a | capture('(CVE-\\d{4}-\\d{4,}) ')", {"a": "is CVE-2024-12345 x"}, "CVE-2024-12345"),
        ("a[*].b", {"a": {"x": {"b": 1}, "y": {"b": 2}}}, [1, 2]),
        ("a[*]", {"a": {"@id": "1", "#text": "t"}}, [{"@id": "1", "#text": "t"}]),
    ],
)
def test_expressions(expression: object, row: Any, value: object) -> None:
    root = {"rules": RULES, "names": {"a": {"text": "A"}}}
    assert compile_value(expression, "here")(Scope(row, (root,), root)) == value


def test_a_table_is_that_of_the_document_at_hand() -> None:
    find = compile_value({"from": "rule", "in": "$.rules", "by": "key", "take": "name"}, "here")
    for name in ("first", "second", "first"):
        root = {"rules": [{"key": "a", "name": name}]}
        assert find(Scope({"rule": "a"}, (root,), root)) == name


def test_rows_within_rows_know_what_they_stand_in() -> None:
    streamed = Scope({"name": "outer"}, ({"doc": 1},), {"doc": 1}, "key of outer")
    inner = streamed.within({"name": "middle"}, "key of middle").within({"name": "inner"}, "0")
    for expression, value in (("~.name", "outer"), ("^.name", "middle"), ("$key", "0"), ("^$key", "key of middle")):
        assert compile_value(expression, "here")(inner) == value


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ({"lines": "code", "from": "line", "until": "x"}, "here: 'until' is not known here; use from, lines, to"),
        ({"of": "x"}, "here: an object has `from` and `map`, `from` and `in`, `lines`, or `steps`"),
        ({"lines": "code"}, "here.from: give an expression, not None"),
    ],
)
def test_a_wrong_object_says_where_and_why(expression: object, sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        compile_value(expression, "here")
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("value", "vector"),
    [
        (
            {
                "version": "3.0",
                **dict.fromkeys(("attackComplexity", "privilegesRequired", "availabilityImpact"), "LOW"),
                **dict.fromkeys(("userInteraction", "confidentialityImpact", "integrityImpact"), "NONE"),
                "attackVector": "ADJACENT_NETWORK",
                "scope": "UNCHANGED",
            },
            "CVSS:3.0/AV:A/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L",
        ),
        (
            {
                "accessVector": "NETWORK",
                "accessComplexity": "MEDIUM",
                "authenticationr": "NONE",
                "confidentialImpact": "PARTIAL",
                "integrityImpact": "NONE",
                "availabilityImpact": "COMPLETE",
            },
            "AV:N/AC:M/Au:N/C:P/I:N/A:C",
        ),
        ({"vectorString": "CVSS:4.0/AV:N"}, "CVSS:4.0/AV:N"),
        ({"attackVector": "NETWORK"}, None),
        (None, None),
    ],
)
def test_vectors_out_of_words(value: Any, vector: str | None) -> None:
    assert vector_of(value) == vector


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1e400, "", "\x00", "x" * 70_000, [], {}, [[]], [None, {"a": {}}], {"@a": "1"}, "9" * 30]
)
JSON_SAMPLES = sorted(SAMPLES.rglob("*.json"))


def _changed(tree: Any, path: int, odd: Any) -> Any:
    """The tree with its `path`-th value, counted depth first, replaced."""
    left = [path]

    def walk(value: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            return odd
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    return walk(tree)


@pytest.mark.parametrize("report", JSON_SAMPLES, ids=lambda path: path.relative_to(SAMPLES).as_posix())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(1, 60), odd=ODD)
def test_an_odd_value_anywhere_is_read_rejected_or_refused(report: Path, place: int, odd: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    tree = _changed(json.loads(report.read_text(encoding="utf-8-sig")), place, odd)
    path.write_text(json.dumps(tree).replace("Infinity", "1e400"), encoding="utf-8")
    try:
        rows = [row for reading in readings(path) for row in reading]
    except ReportError:
        return
    assert all(isinstance(row, Rejected) or (isinstance(row, Observation) and row.title and row.rule) for row in rows)
