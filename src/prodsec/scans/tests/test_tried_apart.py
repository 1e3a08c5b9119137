"""A spec that is being written, tried on a sample that may be hostile: bounded, and harmless to who asks (T13–T15, T18)."""

import gzip
import io
import json

import pytest
from openpyxl import Workbook

from prodsec.scans.formats import apart, outline, registry
from prodsec.scans.formats.drafts import Draft, draft_of, id_of, yaml_of
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.types import ReportError

NESTED = {
    "producer": {"name": "Acme Sweep", "release": "4.2"},
    "generated": "2026-05-01T10:00:00Z",
    "sites": [
        {"host": "a.example", "checks": [
            {"code": "AS-1", "headline": "Open door", "danger": "Blocker", "where": {"path": "src/a.py", "row": 12}, "weakness": "CWE-79"},
            {"code": "AS-2", "headline": "Old lock", "danger": "Trifle", "where": {"path": "src/b.py", "row": 3}, "weakness": "CWE-20"},
        ]},
        {"host": "b.example", "checks": [{"code": "AS-1", "headline": "Open door", "danger": "Grave", "where": {"path": "c.py", "row": 7}}]},
    ],
}  # fmt: skip
XML = b"""<sweep release="4.2"><site host="a"><check code="A1" danger="Grave"><headline>Open</headline><file>a.py</file></check>
<check code="A2" danger="Trifle"><headline>Old</headline></check></site></sweep>"""
CSV = b"Code;Headline;Danger;File path;Line\nA1;Open door;Grave;src/a.py;3\nA2;=cmd|'/c calc'!A1;Trifle;b.py;4\n"
LINES = (
    b'{"code": "A1", "headline": "Open", "danger": "Grave"}\n{"code": "A2", "headline": "Old", "danger": "Trifle"}\n'
)
MAP = {"report": "m", "problems": {f"P-{n}": {"headline": f"h{n}", "danger": "Grave"} for n in range(4)}}


def xlsx() -> bytes:
    book = Workbook()
    sheet = book.create_sheet("Report", 0)
    for row in (["Code", "Headline", "Danger"], ["A1", "Open", "Grave"], ["A2", "Old", "Trifle"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("sample", "each", "titles", "facts"),
    [
        (json.dumps(NESTED).encode(), "sites[*].checks[*]", ["Open door", "Old lock", "Open door"], {"file", "line", "host", "cwes"}),
        (gzip.compress(json.dumps(NESTED).encode()), "sites[*].checks[*]", ["Open door", "Old lock", "Open door"], {"file"}),
        (XML, "sweep/site/check", ["Open", "Old"], {"file", "host"}),
        (CSV, "", ["Open door", "=cmd|'/c calc'!A1"], {"file", "line"}),
        (LINES, "", ["Open", "Old"], {"severity"}),
        (xlsx(), "", ["Open", "Old"], {"severity"}),
        (json.dumps(MAP).encode(), "problems[*]", ["h0", "h1", "h2", "h3"], {"severity"}),
    ],
    ids=["nested", "gzip", "xml", "csv", "lines", "xlsx", "map"],
)  # fmt: skip
def test_a_guess_at_a_sample_reads_it_and_tells_it(
    sample: bytes, each: str, titles: list[str], facts: set[str]
) -> None:
    looked = apart.looked_at(sample, name="out")
    guess = looked.guess
    assert guess.each == each
    assert facts <= set(guess.fields)
    assert guess.fields["severity"] in ("danger", "@danger", "Danger")
    made = Draft(**{**vars(guess), "id": "acme", "tool": "Acme", "title": "Acme"})
    text = yaml_of(made)
    assert draft_of(text) == made
    tried = apart.tried(text, sample, name="out", shared=())
    assert [row.title for row in tried.rows] == titles
    assert (tried.told_as, tried.rejected) == ("acme", [])
    assert {one.word for one in tried.words} <= {"Grave", "Trifle", "Blocker"}


def test_severities_of_the_tool_become_ours() -> None:
    guess = apart.looked_at(json.dumps(NESTED).encode(), name="out").guess
    words = {"blocker": "critical", "trifle": "low", "grave": "high"}
    text = yaml_of(apart.named(Draft(**{**vars(guess), "severities": words})))
    assert draft_of(text) is not None
    tried = apart.tried(text, json.dumps(NESTED).encode(), name="out", shared=())
    assert [(one.word, one.severity) for one in tried.words] == [
        ("Blocker", "critical"),
        ("Trifle", "low"),
        ("Grave", "high"),
    ]


def test_what_the_form_cannot_show_is_no_draft() -> None:
    text = registry.here().entries["bandit"].spec_text
    assert draft_of(text) is None
    assert [id_of(name) for name in ("Acme Sweep 4!", "42", "__", "Ärger")] == [
        "acme_sweep_4",
        "format_42",
        "format",
        "rger",
    ]


def test_formats_that_take_the_same_are_named() -> None:
    text = yaml_of(
        Draft(
            "mine", "Mine", "Mine", fields={"rule": "a", "title": "a"}, each="results[*]", marks=("results", "errors")
        )
    )
    tried = apart.tried(text, b'{"results": [], "errors": [], "metrics": {}, "generated_at": ""}', name="x", shared=())
    assert tried.told_as == "bandit"
    rivals = {one.id: (one.wins, one.always) for one in tried.rivals}
    assert rivals["bandit"] == (True, False)
    tried = apart.tried(text, b'{"results": [{"a": "t"}], "errors": []}', name="x", shared=())
    rivals = {one.id: (one.wins, one.always) for one in tried.rivals}
    assert (tried.told_as, rivals["bandit"]) == ("mine", (True, True))


BOMB = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a><b>&y;</b></a>'


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        (b"", "is empty"),
        (b"<html><body>x</body></html>", "HTML"),
        (b"just words", "plain text"),
        (BOMB, "declares entities"),
        (b'{"a": [1, 2', "is no report|not valid|cut|ends|incomplete|truncated"),
        (b"{" * 5, "."),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deep|deep"),
        (b"PK\x03\x04" + b"\x00" * 64, "."),
        (gzip.compress(b" " * 20_000_000), "zip bomb"),
        (b"x" * (outline.LARGEST_SAMPLE + 1), "at most 5 MB"),
    ],
    ids=["empty", "html", "text", "entities", "cut", "open", "deep", "no workbook", "gzip bomb", "huge"],
)  # fmt: skip
def test_t13_t14_t15_a_hostile_sample_is_refused_with_a_sentence(sample: bytes, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        apart.looked_at(sample, name="sample")


def test_t18_what_needs_too_much_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = yaml_of(Draft("mine", "Mine", "Mine", fields={"rule": "a", "title": "a", "description": "b | split(',') | join('" + "x" * 900 + "')"}, each="r[*]", marks=("r",)))  # fmt: skip
    sample = json.dumps({"r": [{"a": "t", "b": "a," * 2_400_000}]}).encode()
    with pytest.raises(ReportError, match=r"memory|smaller sample"):
        apart.tried(spec, sample, name="x", shared=())


def test_t15_a_pattern_that_could_take_for_ever_is_refused_before_it_runs() -> None:
    spec = yaml_of(
        Draft(
            "mine", "Mine", "Mine", fields={"rule": "a", "title": "a | capture('^(a+)+$')"}, each="r[*]", marks=("r",)
        )
    )
    with pytest.raises(SpecError, match="take for ever"):
        apart.tried(spec, json.dumps({"r": [{"a": "a" * 4_000 + "b"}]}).encode(), name="x", shared=())


def test_a_wide_sample_is_shown_in_part_and_says_so() -> None:
    sample = json.dumps({"r": [{f"k{n}": n for n in range(500)}]}).encode()
    (rows,) = apart.looked_at(sample, name="x").root.children
    assert (len(rows.children), rows.more) == (120, 380)
