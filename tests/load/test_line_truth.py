"""The truth that `make bench-identity` measures against: where lines of one tree are in the next."""

from pathlib import Path

import pytest
from bench.identity import compare
from bench.line_truth import Place, Tree, Truth

BODY = "def load(name):\n    assert name is not None\n    return registry[name].decode('utf-8')\n"
REST = "import os\n\n\ndef other(path):\n    return os.path.join(path, 'a')\n"


@pytest.fixture
def truth(tmp_path: Path) -> "Releases":
    return Releases(tmp_path)


class Releases:
    """Two trees, written here."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def of(self, old: dict[str, str], new: dict[str, str]) -> Truth:
        """The truth between trees of these files."""
        for name, files in (("old", old), ("new", new)):
            for file, text in files.items():
                path = self._root / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return Truth(Tree(self._root / "old"), Tree(self._root / "new"))


def lines(truth: Truth, line: int, file: str = "a.py") -> set[Place]:
    return set(truth.of(file, line))


def test_layout_and_quotes_say_nothing(truth: Releases) -> None:
    old = "x = 1\ncall('a', first, second)\n"
    new = 'import os\n\nx = 1\ncall(\n    "a",\n    first,\n    second,\n)\n'
    found = truth.of({"a.py": old}, {"a.py": new})
    assert lines(found, 1) == {("a.py", 3)}
    assert lines(found, 2) == {("a.py", at) for at in range(4, 9)}


def test_a_line_that_changed_a_little_survives_and_one_that_is_gone_does_not(truth: Releases) -> None:
    old = "a = 1\nwith open(path) as f:\n    load(f)\nprint(a)\n"
    new = "a = 1\nwith open(path, encoding='utf-8') as f:\n    load(f)\n"
    found = truth.of({"a.py": old}, {"a.py": new})
    assert lines(found, 2) == {("a.py", 2)}
    assert lines(found, 4) == set()


def test_of_equal_lines_the_neighbours_tell_which_is_which(truth: Releases) -> None:
    old = "def one():\n    cursor.execute()\n\n\ndef two():\n    cursor.execute()\n"
    new = "def two():\n    cursor.execute()\n"
    found = truth.of({"a.py": old}, {"a.py": new})
    assert lines(found, 6) == {("a.py", 2)}
    assert lines(found, 2) == set()


def test_a_renamed_file_and_a_block_that_moved_to_another_are_found(truth: Releases) -> None:
    renamed = truth.of({"a.py": BODY + REST}, {"lib/b.py": "# moved\n" + BODY + REST})
    assert lines(renamed, 2) == {("lib/b.py", 3)}


def test_a_block_that_moved_is_found_unless_it_stands_in_two_places(truth: Releases, tmp_path: Path) -> None:
    moved = truth.of({"a.py": BODY + REST, "b.py": REST}, {"a.py": REST, "b.py": REST + BODY})
    assert lines(moved, 2) == {("b.py", 7)}
    twice = Releases(tmp_path / "twice").of(
        {"a.py": BODY + REST, "b.py": REST, "c.py": REST}, {"a.py": REST, "b.py": REST + BODY, "c.py": REST + BODY}
    )
    assert lines(twice, 2) == set()


def test_what_is_no_python_of_today_is_taken_a_line_at_a_time(truth: Releases) -> None:
    found = truth.of({"a.py": "print 'a\nx = (\n"}, {"a.py": "y = 2\nprint 'a\nx = (\n"})
    assert lines(found, 1) == {("a.py", 2)}


def test_joins_are_counted_as_kept_lost_wrong_and_unproven() -> None:
    there = {1: 11, 2: 12, 3: 13}
    tally = compare(
        {1: ("r", "a.py", 1), 2: ("r", "a.py", 2), 3: ("r", "a.py", 3), 4: ("r", "a.py", 4)},
        {1: ("r", "a.py", 11), 3: ("r", "a.py", 12), 4: ("r", "a.py", 40), 5: ("r", "a.py", 13)},
        lambda file, line: {(file, there[line])} if line in there else (),
        "step",
    )
    assert (tally.survived, tally.kept) == (3, 1)
    assert (tally.carried, tally.wrong, tally.unproven) == (3, 1, 1)
