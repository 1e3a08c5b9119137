"""Search in the documentation: found by words, best first, marked, and nothing that was typed becomes markup (T19)."""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.kit import markdown
from prodsec.site import document_index

if TYPE_CHECKING:
    from django.test import Client


def found(client: "Client", words: str) -> str:
    answer = client.get(f"/docs/search/?text={quote(words)}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("due dates", "/docs/guide/triage/#due-dates"),
        ("clusters", "/docs/guide/triage/#clusters"),
        ("BACKUP", "/docs/guide/operate/#backup"),
        ("upload limit", "/docs/"),
    ],
)
def test_the_best_part_comes_first(client: "Client", words: str, first: str) -> None:
    links = re.findall(r'class="row-title" href="([^"]+)"', found(client, words))
    assert links
    assert links[0].startswith(first)
    page, _, anchor = links[0].partition("#")
    assert f'id="{anchor}"' in client.get(page).content.decode() if anchor else True


def test_the_last_word_may_be_a_beginning_and_all_must_be_there(client: "Client") -> None:
    assert "<mark>dismissal</mark>" in found(client, "comment dismiss")
    assert "Nothing says that" in found(client, "backup zebra")
    assert "Nothing says that" in found(client, "dismis comment")


def test_what_was_typed_stays_text(client: "Client") -> None:
    page = found(client, '"><script>alert(1)</script><b>triage')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert client.get("/docs/search/?text=%00%ff").status_code == 200


def test_marks_never_change_the_text() -> None:
    for hit in document_index.search("finding scan"):
        text = "".join(piece.text for piece in hit.snippet)
        assert "<" not in text or "<mark" not in text
        assert any(piece.is_hit for piece in hit.snippet), hit


@given(st.text(max_size=300))
def test_any_query_has_an_answer(query: str) -> None:
    assert len(document_index.search(query)) <= document_index.MOST_HITS


def test_parts_of_a_document_are_plain_words() -> None:
    parts = markdown.parts_of("before\n\n# A *b* `c`\n\ntext [link](x.md)\nnext\n\n## D\n\n    code\n")
    assert [(part.heading, part.anchor, part.text) for part in parts] == [
        ("", "", "before"),
        ("A b c", "a-b-c", "text link next"),
        ("D", "d", "code"),
    ]
