"""Names and texts that would like to be markup, on every page there is (T19, T20)."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from tests.permissions.test_pages import addresses
from tests.permissions.world import World, build

MARK = "zqx"
SCRIPT = f"\"'><script>{MARK}()</script><img src={MARK} onerror={MARK}()>"
BENT = f"\u202e{MARK}\u2066 رابط"
LONG = f"{MARK}{'W' * 10_000}"
# Every text column is filled, but for those that the program reads as its own words.
_TEXTS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'text' AND table_name ~ '^(accounts|inventory|scans|findings|notifications|metrics)_'
ORDER BY 1, 2
"""
# Columns, in whichever table, that the program writes in words of its own and reads back as such.
OWN_WORDS = {
    "role", "source", "email", "subtree", "request_key", "format", "told_format", "place", "data", "justification", "data_class",
    "boundary", "pace", "zone", "kind", "object_type", "object_id", "link", "key", "query",
}  # fmt: skip
# Columns whose words are checked before they are stored, and stand in addresses: letters, digits and _.
CHECKED = {"scans_format.slug"}
# Words that the address, and so the browser, has to take apart.
HARMLESS_SCHEMES = ("http:", "https:", "mailto:", "/", "#", "?")
# A picture that the server drew; as the source of an image it can run nothing.
DRAWN = "data:image/svg+xml;base64,"


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, and the attributes that could run or lead somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            said = (value or "").strip().lower()
            if name.startswith("on") or (name == "src" and MARK in said):
                self.faults.append(f"<{tag} {name}={value!r}>")
            if tag == "img" and name == "src" and said.startswith(DRAWN):
                continue
            if name in ("href", "action", "src", "formaction") and not said.startswith(HARMLESS_SCHEMES) and said:
                self.faults.append(f"<{tag} {name}={value!r}>")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and MARK in data:
            self.faults.append(f"a script says {data[:80]!r}")


def filled(text: str) -> Iterator[str]:
    """The columns that took the text in every row; those with a rule of their own keep what they have."""
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS)
        columns = [f"{table}.{column}" for table, column in cursor.fetchall()]
    for name in columns:
        table, column = name.split(".")
        if column in OWN_WORDS or name in CHECKED:
            continue
        with connection.cursor() as cursor:
            # Different in each row, for what has to be unique.
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            if cursor.fetchone()[0] and _fill(table, column, text):
                yield name


def _fill(table: str, column: str, text: str) -> bool:
    from django.db import Error, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{table}" SET "{column}" = %s || ctid::text', [text])
    except Error:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("text", [SCRIPT, BENT, LONG], ids=["markup", "right-to-left", "10,000 characters"])
def test_no_text_of_strangers_becomes_markup(text: str) -> None:
    world, askers = build()
    admin = next(asker for asker in askers if asker.name == "admin").client
    comment(admin, world, text)
    columns = set(filled(text))
    assert {
        "accounts_person.name",
        "accounts_team.name",
        "findings_definition.title",
        "findings_finding.file",
    } <= columns
    faults: dict[str, list[str]] = {}
    shown = 0
    for address in addresses(world):
        answer = admin.get(address)
        html = answer.content.decode() if "text/html" in answer.headers.get("Content-Type", "") else ""
        assert answer.status_code < 500, address
        reader = Reader()
        reader.feed(html)
        if reader.faults:
            faults[address] = reader.faults[:3]
        shown += MARK in html
    assert faults == {}
    assert shown > 10, "The pages do not show what this test wrote."


def comment(client: Client, world: World, text: str) -> None:
    """A comment with links that lead nowhere good."""
    body = f"{text} [a](javascript:{MARK}()) [b](data:text/html,{MARK}) [c](//{MARK}.example) <{MARK}> ![d](http://{MARK}.example/p)"
    answer = client.post(
        f"/api/v1/findings/{world.finding_id}/comments", json.dumps({"body": body}), content_type="application/json"
    )
    assert answer.status_code == 201
