"""CODEOWNERS: against the documented examples, and against a slow matcher that tries everything."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.inventory.rules import codeowners
from prodsec.inventory.rules.codeowners import parse


@functools.cache
def slow_part(pattern: str, text: str) -> bool:
    """Whether one part of a pattern means one name: every way a star can be read is tried."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slow_part(pattern[1:], text) or (bool(text) and slow_part(pattern, text[1:]))
    if pattern[0] == "\\" and len(pattern) > 1:
        return text[:1] == pattern[1] and slow_part(pattern[2:], text[1:])
    return bool(text) and pattern[0] in ("?", text[0]) and slow_part(pattern[1:], text[1:])


def slow_parts(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(slow_parts(patterns[1:], names[skipped:]) for skipped in range(len(names) + 1))
    return bool(names) and slow_part(patterns[0], names[0]) and slow_parts(patterns[1:], names[1:])


def slow_match(pattern: str, path: str) -> bool:
    names = tuple(path.split("/"))
    parts = tuple(pattern.strip("/").split("/"))
    if not pattern.startswith("/"):
        parts = ("**", *parts)
    if parts[-1] == "**":
        return any(slow_parts(parts[:-1], names[:length]) for length in range(len(names)))
    if pattern.endswith("/"):
        return any(slow_parts(parts, names[:length]) for length in range(len(names)))
    plain = "*" not in parts[-1].replace("\\*", "") and "?" not in parts[-1].replace("\\?", "")
    return slow_parts(parts, names) or (
        plain and any(slow_parts(parts, names[:length]) for length in range(len(names)))
    )


part = st.one_of(st.just("**"), st.text("ab*?.", min_size=1, max_size=5), st.sampled_from(["a", "b", "a\\*", "\\?b"]))
patterns = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "/"]),
    st.lists(part, min_size=1, max_size=5),
    st.sampled_from(["", "/"]),
)
paths = st.lists(st.text("ab.*?", min_size=1, max_size=4), min_size=1, max_size=6).map("/".join)


@given(patterns, paths)
def test_the_fast_matcher_agrees_with_the_slow_one(pattern: str, path: str) -> None:
    assert bool(codeowners.matcher(pattern)(path)) == slow_match(pattern, path)


@given(st.lists(patterns, max_size=8), paths)
def test_the_last_line_that_matches_decides(lines: list[str], path: str) -> None:
    found = parse("\n".join(f"{line} @team-{number}" for number, line in enumerate(lines))).owners_of(path)
    last = [number for number, line in enumerate(lines) if slow_match(line, path)][-1:]
    assert found == [(f"@team-{number}",) for number in last]


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    file = parse(text)
    assert isinstance(file.owners_of("src/main.py"), list)
    assert all(problem.startswith("line ") for problem in file.problems)


@pytest.mark.parametrize(
    ("pattern", "means", "not_these"),
    [
        ("*", ["a", "a/b/c.rb", ".hidden"], []),
        ("*.rb", ["a.rb", "lib/a.rb"], ["a.rbx"]),
        ("README.md", ["README.md", "docs/api/README.md"], ["README.md.bak"]),
        ("/README.md", ["README.md"], ["docs/README.md"]),
        ("internal/README.md", ["internal/README.md", "docs/internal/README.md"], ["internal/x/README.md"]),
        ("/docs/", ["docs/a", "docs/a/b"], ["docs", "lib/docs/a"]),
        ("lib/", ["lib/a", "x/lib/a"], ["lib", "libs/a"]),
        ("/docs/*", ["docs/a.md"], ["docs/a/b.md"]),
        ("/docs/*/README.md", ["docs/api/README.md"], ["docs/README.md", "docs/a/b/README.md"]),
        ("/docs/**/index.md", ["docs/index.md", "docs/a/b/index.md"], ["index.md"]),
        ("path\\ with\\ spaces/", ["path with spaces/a"], ["path/a"]),
        ("\\#file.rb", ["#file.rb"], ["file.rb"]),
        ("docs", ["docs", "docs/a/b", "x/docs/a"], ["docsa"]),
    ],
)
def test_documented_patterns(pattern: str, means: list[str], not_these: list[str]) -> None:
    file = parse(f"{pattern} @owner")
    assert [path for path in means if not file.owners_of(path)] == []
    assert [path for path in not_these if file.owners_of(path)] == []


def test_github_anchors_a_pattern_with_an_inner_slash() -> None:
    text = "apps/web @web"
    assert parse(text, is_github=True).owners_of("x/apps/web/a") == []
    assert parse(text, is_github=True).owners_of("apps/web/a") == [("@web",)]
    assert parse(text).owners_of("x/apps/web/a") == [("@web",)]


def test_sections_speak_each_for_themselves() -> None:
    file = parse(
        "* @admin\n"
        "[README Owners]\nREADME.md @user1 @user2\ninternal/README.md @user4\n"
        "^[Other][2] @default\nREADME.md\n"
        "[readme owners]\nREADME.txt @user5 # with a word on why\n"
    )
    assert file.owners_of("README.md") == [("@admin",), ("@user1", "@user2"), ("@default",)]
    assert file.owners_of("internal/README.md") == [("@admin",), ("@user4",), ("@default",)]
    assert file.owners_of("README.txt") == [("@admin",), ("@user5",)]


def test_an_exclusion_counts_in_its_section_and_for_good() -> None:
    file = parse("[Ruby]\n*.rb @ruby\n!/config/**/*.rb\n/config/routes.rb @ops\n[All]\n* @all")
    assert file.owners_of("config/routes.rb") == [("@all",)]
    assert file.owners_of("lib/a.rb") == [("@ruby",), ("@all",)]


def test_words_without_an_at_sign_and_roles_are_no_owners() -> None:
    assert parse("a @team name @@maintainer x@acme.example").owners_of("a") == [("@team", "x@acme.example")]


def test_lines_that_cannot_be_used_are_named() -> None:
    file = parse(f"a @team\n/ @team\n{'x' * 1001} @team\n!")
    assert [problem.split(":")[0] for problem in file.problems] == ["line 2", "line 3", "line 4"]
    assert len(file.rules) == 1


@pytest.mark.parametrize(
    "pattern",
    ["/".join(["**"] * 300), "**/a/" * 200 + "b", "*a" * 400 + "b", "/".join(["*a*"] * 200), "*" * 900 + "b"],
)
def test_stars_upon_stars_are_no_trap(pattern: str) -> None:
    # Tried one way after the other this would not end in the lifetime of the machine.
    file = parse(f"{pattern} @team")
    expected = [("@team",)] if set(pattern) == {"*", "/"} else []
    assert file.owners_of("a/" * 2000 + "c") == expected
    assert file.owners_of("a" * 4000) == expected
