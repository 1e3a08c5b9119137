"""Every action that is written down can be read by people."""

import ast
from pathlib import Path

from prodsec.activity.web import words
from prodsec.findings.types import EventKind

SERVER = Path(__file__).parents[2]
WRITERS = ("record", "Told", "_record", "_set_lifecycle")
BY_PEOPLE = (
    EventKind.TRIAGED, EventKind.REMEDIATION_STARTED, EventKind.MITIGATED, EventKind.DISMISSED,
    EventKind.REOPENED_BY_PERSON, EventKind.SEVERITY_SET, EventKind.ASSIGNED, EventKind.COMMENTED,
)  # fmt: skip


def written_down() -> set[str]:
    """The constants that are handed to `record`, or told with `Told`."""
    found = set()
    for path in SERVER.rglob("*.py"):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "attr", getattr(node.func, "id", "")) in WRITERS:
                texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and "." in text}
    return found


def test_every_action_has_words() -> None:
    found = written_down() | {f"finding.{kind.word}" for kind in BY_PEOPLE}
    assert len(found) > 25
    assert found - set(words.ACTIONS) == set(), "Say in activity/web/words.py what these are in plain words."


def test_what_has_no_words_yet_says_its_name() -> None:
    assert words.told("thing.put_away") == "thing: put away"
    assert words.named("strange_thing") == "strange thing"
