"""Paths that can name an asset, facts that can be true, lists that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.inventory.rules import facts, lists, paths
from prodsec.inventory.types import AssetKind, AssetPathError
from prodsec.kit.errors import InvalidError


@pytest.mark.parametrize(
    "path",
    [
        "acme",
        "gitlab.com/acme/payments/api",
        "registry.example:5000/a/b@sha256",
        "Größe/日本語/a b",
        "10.0.0.1",
        "a" * 255,
    ],
)
def test_paths_that_are_taken(path: str) -> None:
    assert paths.checked_path(path) == path
    assert paths.checked_path(f" /{path}/ ") == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "give a path"),
        (" / ", "give a path"),
        ("a" * 10_000, "at most 1000 characters; this one has 10000"),
        ("/".join("a" * 41), "at most 40 parts"),
        ("a" * 256, "cannot name anything"),
        ("acme//api", "cannot name anything"),
        ("acme/../api", "cannot name anything"),
        ("acme/./api", "cannot name anything"),
        ("acme/ api", "cannot name anything"),
        ("acme/\x00", "no control, direction or other invisible characters"),
        ("acme/\u202egnp.exe", "no control, direction or other invisible characters"),
        ("acme/a\u200bb", "no control, direction or other invisible characters"),
        ("acme/a\nb", "no control, direction or other invisible characters"),
        ("acme/e\u0301", "no control, direction or other invisible characters"),
        ("acme/\ud800", "no control, direction or other invisible characters"),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_paths_that_are_refused(path: str, why: str) -> None:
    with pytest.raises(AssetPathError, match=why) as refused:
        paths.checked_path(path)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=60))
def test_a_path_is_checked_once_and_for_all(text: str) -> None:
    try:
        path = paths.checked_path(text)
    except AssetPathError:
        return
    assert paths.checked_path(path) == path
    assert paths.chain_of(path)[-1] == path
    assert all(paths.is_within(path, above) for above in paths.chain_of(path))


@pytest.mark.parametrize(
    ("path", "subtree", "is_within"),
    [("a/b", "", True), ("a", "a", True), ("a/b", "a", True), ("ab", "a", False), ("a", "a/b", False)],
)
def test_within(path: str, subtree: str, is_within: bool) -> None:
    assert paths.is_within(path, subtree) is is_within


def test_categories_are_known_ones_and_a_website_has_an_address() -> None:
    assert facts.checked_categories(["product", "api/service", "product"], []) == ["api/service", "product"]
    assert facts.checked_categories(["website"], ["https://acme.example"]) == ["website"]
    with pytest.raises(InvalidError, match=r"categories: 'produkt' is no category; known are product"):
        facts.checked_categories(["produkt"], [])
    with pytest.raises(InvalidError, match="urls: a website needs"):
        facts.checked_categories(["website"], [])


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example",
        "https://a b",
        "javascript:alert(1)",
        "https://a\x00",
        "https://" + "a" * 2000,
        "https://a\u202e",
    ],
)
def test_addresses_are_https(url: str) -> None:
    with pytest.raises(InvalidError):
        facts.checked_urls([url])


CSV = (
    "Path;Kind;Tier;Categories;Data_class;Owner\r\n"
    "acme;group;;;;acme\r\n"
    '"acme/shop";website;1;product external;orange;\r\n'
)


def test_csv_and_json_say_the_same() -> None:
    from_csv = lists.read_rows(b"\xef\xbb\xbf" + CSV.encode())
    assert [(row.line, row.values["path"]) for row in from_csv] == [(2, "acme"), (3, "acme/shop")]
    tree = b'{"assets": [{"path": "acme", "kind": "group", "owner": "acme"},'
    tree += b'{"path": "acme/shop", "kind": "website", "tier": 1, "categories": ["product", "external"], "data_class": "orange", "owner": null}]}'
    from_json = lists.read_rows(tree)
    said = lists.facts_of_row(from_json[1])
    assert said == lists.facts_of_row(from_csv[1])
    assert (said.kind, said.tier, said.categories, said.data_class) == (
        AssetKind.WEBSITE,
        1,
        ["product", "external"],
        "orange",
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "line 1: the first line has to name the columns"),
        (b"name,kind\na,b", "line 1: the first line has to name the columns"),
        (b"path,colour\na,b", "line 1: 'colour' is no column; known are path"),
        (b"path,path\na,b", "line 1: a column is named twice"),
        (b"path\n\xff", "byte 5: a list of assets is UTF-8 text"),
        (b'path\n"' + b"a" * 200_000, "line 2: (field larger than field limit|unexpected end of data)"),
        (b'path\n"a', "line 2: unexpected end of data"),
        (b"[1", "this is no JSON"),
        (b"[" * 100_000, "this is no JSON"),
        (b'{"a": 1}', "give a list of objects"),
        (b"path\n" + b"a\n" * 10_001, "at most 10000 rows; this one has 10001"),
        (b"path\n" + b"a" * 5_000_000, "at most 5 MB"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_list_that_cannot_be_read_says_why(data: bytes, why: str) -> None:
    with pytest.raises(InvalidError, match=why):
        lists.read_rows(data)


def test_a_row_that_cannot_be_used_has_its_problem_with_it() -> None:
    (good, long) = lists.read_rows(b"path,tier\na,1\nb,2,3\n")
    assert (good.problem, long.problem) == ("", "the row has 3 cells, the first line names 2 columns")
    (strange, number) = lists.read_rows(b'[{"path": "a", "color": "red"}, 7]')
    assert strange.problem.startswith("'color' is no column")
    assert number.problem == "this is no object"


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"path,tier\n{text}".encode(errors="replace")))
def test_any_bytes_are_rows_or_a_sentence(data: bytes) -> None:
    try:
        rows = lists.read_rows(data)
    except InvalidError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
        return
    for row in rows:
        assert row.line >= 1
