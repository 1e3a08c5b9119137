"""Secrets that scanners of code quote are not shown and not kept."""

import pytest

from prodsec.scans.formats.masking import masked
from prodsec.scans.types import Observation
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Step


def told(**facts: object) -> Observation:
    """A row of a scanner of code."""
    given = {"title": "A password", "cwes": (259,), **facts}
    return Observation(kind=Kind.CODE, rule="B105", pointer="", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Possible hardcoded password: 'teapot-Kettle-4471'", "Possible hardcoded password: 'teap…'"),
        ("Possible hardcoded password: 'it's-teapot-4471'", "Possible hardcoded password: 'it's…'"),
        ("Don't keep 'teapot-Kettle-4471' where it isn't safe", "Don't keep 'teap…' where it isn't safe"),
        ("It's wrong: nobody's password is \"teapot-Kettle-4471\".", "It's wrong: nobody's password is \"teap…\"."),
    ],
)
def test_a_sentence_keeps_its_words_and_loses_what_it_quotes(sentence: str, shown: str) -> None:
    row = masked(told(title=sentence, message=sentence))
    assert (row.title, row.message) == (shown, shown)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('PASSWORD = "teapot-Kettle-4471"', 'PASSWORD = "teap…"'),
        ("connect(b'teapot-Kettle-4471', user='')", "connect(b'teap…', user='')"),
        (r'key = "a\"teapot-Kettle-4471"  # x', r'key = "a\"t…"  # x'),
        ('key = """teapot-Kettle\n4471-more', 'key = """teap…"'),
    ],
)
def test_code_loses_its_literals(code: str, shown: str) -> None:
    row = masked(told(snippet=code, flow=(Step(file="a.py", line=1, text=code),)))
    assert (row.snippet, row.flow[0].text) == (shown, shown)


def test_other_weaknesses_keep_their_code() -> None:
    row = told(cwes=(89,), snippet='execute("SELECT 1")', message="Do not quote 'this'")
    assert masked(row) is row


@pytest.mark.parametrize(
    "text", ["'\\" * 30_000, "'a " * 20_000, "\\" * 60_000 + "'", "'" + "\\'" * 30_000, '"' * 60_001]
)
def test_hostile_quotes_are_walked_once(text: str) -> None:
    row = masked(told(title=text, message=f"x: {text}", snippet=text))
    assert max(map(len, (row.title, row.message, row.snippet))) <= len(text) + 3
