"""Exceptions from the rules are counted. The numbers may only go down; lower them when they do."""

import configparser
import re
import tomllib
from typing import Any

MARKS = {"type: ignore": 13, "noqa": 22}
LINTER_EXCEPTIONS = 11
RUFF_EXCEPTIONS = 13


def test_marks_in_the_code_do_not_grow(house: Any) -> None:
    for mark, limit in MARKS.items():
        lines = [line for path in house.modules for line in path.read_text().splitlines() if f"# {mark}" in line]
        assert len(lines) <= limit, f"{len(lines)} lines say `# {mark}`, at most {limit} may."
        bare = [line.strip() for line in lines if re.search(rf"# {mark}\s*$", line)]
        assert not bare, f"Name the code that is ignored: {bare}"


def test_exceptions_of_the_layers_do_not_grow(house: Any) -> None:
    contracts = configparser.ConfigParser()
    contracts.read(house.root / ".importlinter")
    lines = [
        line.strip()
        for section in contracts.sections()
        for line in contracts[section].get("ignore_imports", "").splitlines()
        if line.strip() and not line.strip().startswith(";")
    ]
    assert len(lines) <= LINTER_EXCEPTIONS, f"{len(lines)} exceptions, at most {LINTER_EXCEPTIONS} may be: {lines}"


def test_exceptions_of_ruff_have_reasons_and_do_not_grow(house: Any) -> None:
    text = (house.root / "pyproject.toml").read_text()
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    assert len(lint["ignore"]) <= RUFF_EXCEPTIONS
    block = text.split("ignore = [")[1].split("\n]")[0]
    for line in block.strip().splitlines():
        assert "#" in line, f"Without a reason: {line.strip()}"
