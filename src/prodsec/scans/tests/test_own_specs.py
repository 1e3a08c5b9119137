"""Specs that did not come with the program: picked up while it runs, refused with the line, harmless whatever they hold."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import mapping, readings, registry
from prodsec.scans.formats.beginnings import beginnings_of
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.registry import Origin, SharedSpec
from prodsec.scans.types import Observation, ReportError

SPEC = """\
id: acme
title: Acme
tool: Acme
kind: code
reader: json
detect:
  json: [acme_report]
each: rows[*]
fields:
  rule: a
  title: a
"""

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Writes a spec into PRODSEC_HOME/formats."""
    monkeypatch.setenv("PRODSEC_HOME", str(tmp_path))
    folder = tmp_path / "formats"
    folder.mkdir()

    def write(name: str, text: str) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return write


def test_a_running_process_picks_up_what_is_put_changed_and_taken_away(put: Put, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text('{"acme_report": 1, "rows": [{"a": "x", "b": "y"}]}')
    with pytest.raises(ReportError, match="shape we do not know"):
        list(readings(report))
    path = put("acme.yaml", SPEC)
    assert titles(report) == ["x"]
    first = registry.here().version_of("acme")
    put("acme.yaml", SPEC.replace("title: a\n", "title: b | upper\n"))
    assert titles(report) == ["Y"]
    assert registry.here().version_of("acme") != first
    path.unlink()
    with pytest.raises(ReportError):
        list(readings(report))


def titles(report: Path) -> list[str]:
    return [row.title for reading in readings(report) for row in reading if isinstance(row, Observation)]


def test_what_did_not_change_is_not_read_again(put: Put) -> None:
    put("acme.yaml", SPEC)
    assert registry.here() is registry.here()
    shared = (SharedSpec(SPEC.replace("id: acme", "id: other"), 1),)
    assert registry.everywhere(shared) is registry.everywhere(shared)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("  title: a", "  title: a | shout", 11, "fields.title: there is no filter 'shout'"),
        ("  title: a", "  titel: a", 11, "fields.titel is no fact"),
        ("  title: a\n", "", 9, "fields.title is missing"),
        ("  title: a", "  title: a | capture('(a+)+')", 11, "take for ever"),
        ("  rule: a", "  rule: {from: a, map: [b]}", 10, "fields.rule.map: give an object"),
        ("each: rows[*]", "each: rows[*] > x", 8, "each: 'x' has to end in [*]"),
        ("each: rows[*]", "where: {a.b: x, 'c | shout': y}", 8, "there is no filter 'shout'"),
        ("  json: [acme_report]", "  jsn: [acme_report]", 7, "'jsn' is not known here"),
        ("kind: code", "kind: colour", 4, "'colour' is none of"),
        ("reader: json", "reader: pdf", 5, "'pdf' is none of"),
        ("id: acme", "id: Acme Scanner!", 1, "is no id"),
        ("tool: Acme", "tool: [", 5, "not valid YAML"),
        ("each: rows[*]", "loop: rows[*]", 8, "'loop' is not known here"),
        ("each: rows[*]", "blocks:\n  - each: a[*]\n  - each: b[*]\n    kind: odd", 11, "blocks[1]: kind: 'odd'"),
        ("each: rows[*]", "each: rows[*]\neach: other[*]", 9, "'each' is there twice"),
        ("  rule: a", "  rule: &x a", 10, "anchors and aliases"),
        ("  rule: a", "  rule: !!str a", 10, "a tag"),
        ("  rule: a", "  rule: " + "[" * 30 + "a" + "]" * 30, 10, "nested deeper"),
        ("  rule: a", "  rule: [" + "a," * 80 + "a]", 10, "more than 50 values"),
    ],
)
def test_a_bad_spec_says_which_line_and_why(put: Put, old: str, new: str, line: int, sentence: str) -> None:
    assert old in SPEC
    path = put("acme.yaml", SPEC.replace(old, new))
    (fault,) = registry.here().faults()
    assert fault.startswith(f"{path}: line {line}: ")
    assert sentence in fault


def test_t15_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    with pytest.raises(SpecError, match="line 1: anchors and aliases"):
        mapping.LazySpec("\n".join(lines), "bomb.yaml", is_own=True)
    with pytest.raises(SpecError, match="at most 64000 characters"):
        mapping.LazySpec("a: " + "b" * 70_000, "long.yaml", is_own=True)


def test_the_id_of_another_format_is_taken_only_when_the_spec_says_so(put: Put) -> None:
    path = put("mine.yaml", SPEC.replace("id: acme", "id: bandit"))
    assert registry.here().entries["bandit"].origin is Origin.BUILT_IN
    (problem,) = registry.problems()
    assert problem.startswith(f"{path}: line 1: id: bandit is already a format (built-in)")
    put("mine.yaml", SPEC.replace("id: acme", "id: bandit\nreplaces: true"))
    entry = registry.here().entries["bandit"]
    assert (entry.origin, entry.replaces, registry.problems()) == (Origin.FOLDER, Origin.BUILT_IN, ())


def test_what_the_installation_shares_stands_in_front_of_a_file(put: Put) -> None:
    put("acme.yaml", SPEC)
    theirs = SPEC.replace("title: a\n", "title: b\n")
    known = registry.everywhere((SharedSpec(theirs, 1),))
    assert known.entries["acme"].origin is Origin.FOLDER
    assert "acme is already a format (folder)" in known.problems[0]
    known = registry.everywhere((SharedSpec("replaces: true\n" + theirs, 7),))
    assert (known.entries["acme"].origin, known.version_of("acme")) == (Origin.SHARED, "7")


def test_keys_with_any_sign_in_them_can_be_named(put: Put, tmp_path: Path) -> None:
    """Rows under a key with a dot, values under keys with bars, quotes and question marks."""
    put(
        "acme.yaml",
        SPEC.replace("each: rows[*]", "each: '[\"scan.rows\"][*]'")
        .replace("rule: a", """rule: '["it''s | odd??"]'""")
        .replace("title: a", "title: '[\"a.b (c)\"] | upper'"),
    )
    report = tmp_path / "report"
    report.write_text(json.dumps({"acme_report": 1, "scan.rows": [{"it's | odd??": "r1", "a.b (c)": "t"}]}))
    (row,) = [row for reading in readings(report) for row in reading]
    assert isinstance(row, Observation)
    assert (row.rule, row.title) == ("r1", "T")


WORDS = st.sampled_from(
    ["a", "rows[*]", "x | split(',')", "{a}: {b}", "$.x", "^.y ?? 'z'", "", "code", "json", "[", "a | capture('(')"]
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.sampled_from(["from", "map", "in"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    changed=st.dictionaries(
        st.sampled_from(["each", "where", "run", "fields", "blocks", "detect", "kind", "reader", "id", "components"]),
        TREES,
        max_size=4,
    )
)
@settings(deadline=None)
def test_any_tree_is_a_spec_or_refused_with_a_sentence(changed: dict[str, Any]) -> None:
    text = yaml.safe_dump({**yaml.safe_load(SPEC), **changed}, sort_keys=False)
    refused = ""
    try:
        mapping.LazySpec(text, "any.yaml", is_own=True)
        mapping.load(text, "any.yaml")
    except SpecError as error:
        refused = str(error)
    assert not refused or refused.startswith("any.yaml: line ")


def test_t15_the_clock_is_looked_at_soon_enough(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("acme.yaml", SPEC)
    report = tmp_path / "report"
    report.write_text(json.dumps({"acme_report": 1, "rows": [{"a": "x"}] * 40}))
    ticks = iter(range(1_000))
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks) * 400.0)
    with pytest.raises(ReportError, match="longer than 600 seconds"):
        list(next(readings(report)))


def test_the_beginnings_of_specs_are_kept_compiled_until_one_of_them_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    specs = {"one.yaml": "id: one\ntool: One\nkind: code\nreader: json\ndetect: [{json: [one]}]\n"}
    first = beginnings_of(specs, tmp_path)
    kept = tmp_path / "__pycache__" / "beginnings.json"
    kept.write_bytes(kept.read_bytes().replace(b'"One"', b'"Kept"'))
    assert beginnings_of(specs, tmp_path)["one.yaml"].tool == "Kept"
    changed = {"one.yaml": specs["one.yaml"].replace("tool: One", "tool: Other")}
    assert beginnings_of(changed, tmp_path)["one.yaml"].tool == "Other"
    kept.write_bytes(b"{}")
    assert beginnings_of(specs, tmp_path) == first
