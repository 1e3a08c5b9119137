"""The spec language: every fact can be reached, wrong specs say where and why, and no tree makes a spec raise."""

import datetime
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodsec.scans.formats import mapping, readings, registry
from prodsec.scans.formats.expressions import Scope, compile_value
from prodsec.scans.formats.facts import OBSERVATION_FACTS, build
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.source import Member
from prodsec.scans.types import Limits, Observation, Rejected, ReportError, Status
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity

HEAD = "id: own\ntool: Own\nkind: code\nreader: json\ndetect: {json: [rows]}\n"
SPECS = [item for item in files("prodsec.scans.formats").joinpath("specs").iterdir() if item.name.endswith(".yaml")]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Observation | Rejected]]:
    """Reads a report (text or tree) by a spec."""

    def read_by(spec: str, report: Any) -> list[Observation | Rejected]:
        path = tmp_path / "report"
        path.write_text(report if isinstance(report, str) else json.dumps(report))
        return [
            row for reading in mapping.load(spec, "own.yaml").read(Member(path, "report"), Limits()) for row in reading
        ]

    return read_by


FULL = """
id: own
tool: Own
kind: code
reader: json
detect: {json: [rows]}
each: rows[*]
fields:
  rule: rule
  title: "{rule}: {name | first_line}"
  description: text | plain
  message: message
  remedy: fix
  severity: {from: level, map: {P1: critical}}
  severity_text: level
  score: score
  ids: [id, text]
  cwes: weakness
  cvss: vector
  epss: epss
  references: text
  package: pkg.name
  version: pkg.version
  ecosystem: "'PyPI'"
  namespace: pkg.group
  purl: pkg.purl
  fixed: pkg.fixed[*].v
  file: where | before(':') | path
  line: where | after(':')
  end_line: end
  column: col | add(1)
  end_column: endcol
  function: function
  url: url
  method: method
  parameter: parameter
  host: host
  port: port
  protocol: protocol
  resource: resource
  region: region
  account: account
  image: image
  layer: layer
  commit: commit
  snippet: {lines: code, from: 2, to: 3}
  flow: {steps: "trace[*]", file: f, line: l, text: t}
  fingerprint: print | prefix('own:')
  secret: secret
  secret_hash: hash
  status: {from: state, map: {wontfix: accepted}}
  justification: why
  first_seen_at: seen
  published_at: published
  fix_available_at: $.fix_at
  tags: [labels, "'all'"]
  kind: kind
"""

ROW = {
    "rule": "R1", "name": "First line\nsecond", "text": "<p>See CVE-2020-1234 at https://x.example/a.</p>", "message": "m", "fix": "f",
    "level": "P1", "score": "7.5 (high)", "id": "GHSA-2345-6789-cfgh", "weakness": ["CWE-79: XSS", 89],
    "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "epss": 0.5,
    "pkg": {"name": "p", "version": "1", "group": "g", "fixed": [{"v": "2"}, {"v": "3"}]}, "where": "./a\\b.py:12", "end": 13, "col": 0,
    "endcol": 9, "function": "fn", "url": "https://x.example/", "method": "get", "parameter": "q", "host": "h", "port": "443",
    "protocol": "TCP", "resource": "r", "region": "eu", "account": "1", "image": "i", "layer": "l", "commit": "c",
    "code": "one\ntwo\nthree\nfour", "trace": [{"f": "a", "l": 1, "t": "x"}, {"f": "b", "l": "2", "t": "y"}], "print": "abc",
    "secret": "s3cret", "hash": "sha256:00", "state": "wontfix", "why": "because", "seen": 1600000000,
    "published": "2020-04-11 16:51:43 -0700", "labels": ["one", "two"], "kind": "iac",
}  # fmt: skip


def test_every_fact_is_reached(read: Callable[..., Any]) -> None:
    (row,) = read(FULL, {"fix_at": "0001-01-01", "rows": [ROW]})
    assert row == Observation(
        kind=Kind.IAC,
        rule="R1",
        title="R1: First line",
        pointer="/rows/0",
        severity=Severity.CRITICAL,
        severity_text="P1",
        score=7.5,
        description="See CVE-2020-1234 at https://x.example/a.",
        message="m",
        remedy="f",
        references=("https://x.example/a",),
        ids=("GHSA-2345-6789-CFGH", "CVE-2020-1234"),
        cwes=(79, 89),
        cvss=("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",),
        epss=0.5,
        component=Component(name="p", version="1", type="pypi", namespace="g", fixed_versions=("2", "3")),
        place=Place(
            file="a/b.py", line=12, end_line=13, column=1, end_column=9, function="fn", url="https://x.example/", method="GET",
            parameter="q", host="h", port=443, protocol="tcp", resource="r", region="eu", account="1", image="i", layer="l", commit="c",
        ),
        snippet="two\nthree",
        flow=(Step(file="a", line=1, text="x"), Step(file="b", line=2, text="y")),
        fingerprint="own:abc",
        secret="s3cret",
        secret_hash="sha256:00",
        status=Status.ACCEPTED,
        justification="because",
        first_seen_at=datetime.datetime(2020, 9, 13, 12, 26, 40, tzinfo=datetime.UTC),
        published_at=datetime.datetime(2020, 4, 11, 23, 51, 43, tzinfo=datetime.UTC),
        tags=("one", "two", "all"),
    )  # fmt: skip


def test_the_full_spec_above_names_every_fact() -> None:
    assert set(yaml.safe_load(FULL)["fields"]) == OBSERVATION_FACTS


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a.b[0].c", 1), ("a.b[-1].c", 2), ("a.b[*].c", [1, 2]), ('["x.y"]', "dotted"), (".", None), ("^.up", "parent"),
        ("$.top", "root"), ("$key", "k"), ("none ?? empty ?? 'x'", "x"), ("none | lower", ""), ("{none}-{empty}", None),
        ("metrics | vector", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"), ("{word} in {a.b[0].c}", "Word in 1"),
        ("word | lower | replace('o', '0')", "w0rd"), ("list | item(1)", "b"),
        ({"from": "word", "map": {"WORD": "found"}}, "found"), ({"from": "none", "map": {}, "default": "d"}, "d"),
        ({"from": "word", "in": "$.table", "by": "id", "take": "name"}, "of the table"),
        ({"from": "'WORD'", "in": "$.table", "by": "id", "take": "name"}, "of the table"),
        ({"from": "word", "in": ["$.empty[*]", "$.table[*]"], "by": "id", "take": "name"}, "of the table"),
        ("a | flat", "1\n2"), ({"from": "word", "in": "$.named", "take": "."}, "by key"), (["word", "list", "none"], ["Word", "a", "b"]),
        ({"from": "'1'", "in": "list"}, "b"), ({"from": "'2'", "in": "list"}, None),
    ],
)  # fmt: skip
def test_expressions(expression: object, value: object) -> None:
    row: dict[str, Any] = {
        "a": {"b": [{"c": 1}, {"c": 2}]},
        "x.y": "dotted",
        "empty": "",
        "word": "Word",
        "list": ["a", "b"],
    }
    row["metrics"] = {
        "attackVector": "ATTACK_VECTOR_NETWORK", "attack_complexity": "low", "privilegesRequired": "NONE", "userInteraction": "NONE",
        "scope": "SCOPE_UNCHANGED", "confidentialityImpact": "IMPACT_HIGH", "integrity": "high", "availability": "none",
    }  # fmt: skip
    root = {"top": "root", "table": [{"id": "x"}, {"id": "Word", "name": "of the table"}], "named": {"Word": "by key"}}
    found = compile_value(expression, "here")(Scope(row, (root, {"up": "parent"}), root, "k"))
    assert found == (row if expression == "." else value)


def test_columns_are_found_whatever_the_case_of_their_letters(read: Callable[..., Any]) -> None:
    spec = "id: own\ntool: Own\nkind: code\nreader: csv\ndetect: {columns: [Rule, Title]}\nfields: {rule: Rule, title: Title, file: file ?? Path}\n"
    (row,) = read(spec, "RULE,title,Title,PATH\nR1,other,Own,a.py\n")
    assert (row.rule, row.title, row.place.file) == ("R1", "Own", "a.py")


def test_rows_that_tell_of_a_failure_are_rejected_with_what_they_say(read: Callable[..., Any]) -> None:
    spec = HEAD + (
        "each: rows[*]\n"
        "blocks:\n"
        "  - where: {type: error}\n"
        "    refuses: text\n"
        "  - where: {type: '!error'}\n"
        "    fields: {rule: type, title: text}\n"
    )
    rows = read(spec, {"rows": [{"type": "warn", "text": "Old"}, {"type": "error", "text": "No network."}]})
    assert [type(row) for row in rows] == [Observation, Rejected]
    assert rows[1].reason == "the tool says: No network."


def test_rows_within_rows_blocks_conditions_and_keys(read: Callable[..., Any]) -> None:
    spec = HEAD + (
        "blocks:\n"
        "  - each: rows[*] > files[*]\n    where: {state: '!passed'}\n    fields: {rule: ^$key, title: '{^.name} in {path}'}\n"
        "  - each: skipped[*]\n    kind: iac\n    fields: {rule: id, title: id, status: \"'suppressed'\"}\n"
    )
    report = {
        "rows": {"R1": {"name": "n", "files": [{"path": "a"}, {"path": "b", "state": "passed"}]}, "R2": {"name": "m"}},
        "skipped": [{"id": "S"}],
    }
    rows = read(spec, report)
    assert [(row.rule, row.title, row.pointer, row.kind.word, row.status.value) for row in rows] == [
        ("R1", "n in a", "/rows/R1/files/0", "code", "open"),
        ("S", "S", "/skipped/0", "iac", "suppressed"),
    ]


def test_xml_attributes_parents_and_what_stands_behind_the_rows(read: Callable[..., Any]) -> None:
    spec = (
        "id: own\ntool: Own\nkind: host\nreader: xml\ndetect: {xml: [scan]}\neach: host/items/item\n"
        "fields: {rule: '@id', title: 'text', host: '^^.@name', message: '^^.tag[*].#text', tags: $.end, description: . | keys | join(' ')}\n"
    )
    report = (
        '<s:scan xmlns:s="urn:x"><host name="h1"><tag n="1">one</tag><items><item id="a"><text>T</text></item><x/><item id="b"><text>U'
        '</text></item></items></host><host name="h2"><items><item id="c"><text>V</text></item></items></host><end>done</end></s:scan>'
    )
    rows = read(spec, report)
    assert [(row.rule, row.place.host, row.message, row.tags) for row in rows] == [
        ("a", "h1", "one", ("done",)),
        ("b", "h1", "one", ("done",)),
        ("c", "h2", "", ("done",)),
    ]
    assert [row.pointer for row in rows] == [
        "/scan/host/items/item",
        "/scan/host/items/item[2]",
        "/scan/host[2]/items/item",
    ]


def test_text_between_elements_is_not_lost(read: Callable[..., Any]) -> None:
    spec = "id: own\ntool: Own\nkind: host\nreader: xml\ndetect: {xml: [scan]}\neach: item\nfields: {rule: '@id', title: '#text', message: . | flat}\n"
    (row,) = read(spec, "<scan><item id='a'>Do <b>not</b> panic.<p><i>One</i><i>Two</i></p></item></scan>")
    assert row.title == "Do panic."
    assert row.message == "Do\npanic.\nnot\nOne\nTwo"


def test_a_table_of_the_document_is_indexed_once_for_each_document() -> None:
    table = compile_value({"from": "id", "in": "$.rules[*]", "by": "id", "take": "name"}, "here")
    roots = [{"rules": [{"id": "R", "name": f"of {number}"}]} for number in (1, 2)]
    assert [table(Scope({"id": "R"}, (root,), root)) for root in (*roots, roots[0])] == ["of 1", "of 2", "of 1"]
    assert table(Scope({"id": "R"}, (), None)) is None


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("a: [", "own.yaml: line 2: not valid YAML"),
        ("- a", "a spec is an object"),
        (HEAD + "fields: {rule: a, title: b}\nloop: 1", "'loop' is not known here"),
        (HEAD + "fields: {rule: a}", "fields.title is missing"),
        (HEAD + "fields: {rule: a, title: b, colour: c}", "fields.colour is no fact"),
        (HEAD + "fields: {rule: a, title: b | shout}", "fields.title: there is no filter 'shout'"),
        (HEAD + "fields: {rule: a, title: \"b | split('a', 'b', 'c')\"}", "wrong number of arguments"),
        (HEAD + "fields: {rule: a, title: b | capture('(a+)+$')}", "take for ever"),
        (HEAD + "fields: {rule: a, title: b | capture('(')}", "no valid pattern"),
        (HEAD + 'fields: {rule: a, title: "b ?? \'c"}', "not closed"),
        (HEAD + "fields: {rule: a, title: 'b[x'}", "is no path"),
        (HEAD + "fields: {rule: a, title: {of: b}}", "an object has `from` and `map`"),
        (HEAD + "each: rows[*] > parts\nfields: {rule: a, title: b}", "has to end in"),
        (HEAD + "kind: colour\nfields: {rule: a, title: b}", "is none of"),
        (HEAD.replace("reader: json", "reader: pdf") + "fields: {rule: a, title: b}", "'pdf' is none of"),
        (HEAD.replace("json: [rows]", "looks: [rows]") + "fields: {rule: a, title: b}", "'looks' is not known here"),
        ("id: own\ntool: Own\nkind: code\nreader: json\nfields: {rule: a, title: b}", "detect is missing"),
        (HEAD + "fields: !!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_a_wrong_spec_says_where_and_why(spec: str, sentence: str) -> None:
    with pytest.raises(SpecError) as raised:
        mapping.load(spec, "own.yaml")
    assert sentence in str(raised.value)
    assert str(raised.value).startswith("own.yaml")


@pytest.mark.parametrize("spec", SPECS, ids=lambda item: item.name)
def test_built_in_specs_compile_and_are_named_by_their_id(spec: Any) -> None:
    text = spec.read_text(encoding="utf-8")
    compiled = mapping.load(text, spec.name)
    assert compiled.id == spec.name.removesuffix(".yaml")
    assert compiled.signatures == mapping.LazySpec(text, spec.name).signatures


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ROW, "name", "v", "f", "l", "t", "rows"]), inner, max_size=6)
    ),
    max_leaves=25,
)


@given(tree=TREES, parent=TREES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_tree_becomes_an_observation_or_a_value_error(tree: Any, parent: Any) -> None:
    (block,) = mapping.load(FULL, "own.yaml").blocks
    try:
        made = build(block.plan, Scope(tree, (parent,), parent), "/x", Kind.CODE)
    except ValueError:
        return
    assert made.title
    assert made.rule
    assert "\n" not in made.title


def test_an_installations_own_spec_is_used_and_a_broken_one_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        HEAD.replace("[rows]", "[rows, our_own_tool]") + "each: rows[*]\nfields: {rule: a, title: a}"
    )
    (folder / "broken.yaml").write_text("id: [")
    (folder / "late.yaml").write_text(HEAD.replace("id: own", "id: late") + "fields: {rule: a}")
    monkeypatch.setenv("PRODSEC_HOME", str(tmp_path))
    registry._here.cache_clear()
    try:
        report = tmp_path / "report"
        report.write_text('{"our_own_tool": 1, "rows": [{"a": "x"}]}')
        (reading,) = readings(report)
        assert reading.header.format == "own"
        assert [row.title for row in reading if isinstance(row, Observation)] == ["x"]
        assert [problem for problem in registry.problems() if "broken.yaml" in problem]
        with pytest.raises(ReportError, match=r"late cannot be used; mend its spec: .*title is missing"):
            list(readings(report, format="late"))
        with pytest.raises(ReportError, match=r"did you mean own"):
            list(readings(report, format="owm"))
    finally:
        registry._here.cache_clear()


def test_paths_into_lists_and_into_objects_are_alternatives(read: Callable[..., list[Observation | Rejected]]) -> None:
    spec = HEAD + 'each: ["rows[*]", "[*]"]\nfields: {rule: rule, title: rule, image: $.image}\n'
    whole = {"image": "shop", "other": [{"rule": "no"}], "rows": [{"rule": "a"}]}
    for report, image in ((whole, "shop"), ([{"rule": "a"}], ""), ({"x": {"rule": "a"}}, "")):
        rows = [row for row in read(spec, report) if isinstance(row, Observation)]
        assert [(row.rule, row.place.image) for row in rows] == [("a", image)]


def test_rows_of_a_table_that_are_equal_in_some_columns_are_one(
    read: Callable[..., list[Observation | Rejected]],
) -> None:
    spec = (
        "id: own\ntool: Own\nkind: host\nreader: csv\ndetect: {columns: [Check, CVE]}\ntogether: [Check, Host]\n"
        "fields: {rule: check, title: Check, host: Host, ids: CVE, message: Note}\n"
    )
    table = "Check,Host,CVE,Note\nssh,a,CVE-2026-1001,old\nssh,a,CVE-2026-1002,old\nssh,b,CVE-2026-1001,\nssh,a,CVE-2026-1003,new\n,,,only a note\n,,,and one\n"
    rows = read(spec, table)
    found = [(row.place.host, row.ids, row.message, row.pointer) for row in rows if isinstance(row, Observation)]
    assert found == [
        ("a", ("CVE-2026-1001", "CVE-2026-1002"), "old", "line 2"),
        ("b", ("CVE-2026-1001",), "", "line 4"),
        ("a", ("CVE-2026-1003",), "new", "line 5"),
    ]
    assert sum(isinstance(row, Rejected) for row in rows) == 2


def test_only_rows_of_tables_are_put_together() -> None:
    with pytest.raises(SpecError, match="only the rows of tables"):
        mapping.load(f"{HEAD}together: [a]\neach: rows[*]\nfields: {{rule: a, title: a}}\n", "own.yaml")
