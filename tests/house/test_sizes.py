"""Files and functions stay small enough to be read in one go (style.md §5)."""

import ast
from typing import Any

LINES_OF_FILE, LINES_OF_FLOW, LINES_OF_SPEC, LINES_OF_FUNCTION = 400, 150, 40, 40

# What is longer today, with the length it may not exceed. These lists only get shorter.
LONGER_FILES: dict[str, int] = {}
LONGER_FUNCTIONS: dict[str, int] = {}


def test_files_are_short(house: Any) -> None:
    long = {}
    for path in house.python:
        if path.parent.name == "migrations":
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        limit = LINES_OF_FLOW if path.parent == house.server / "flows" else LINES_OF_FILE
        if lines > LONGER_FILES.get(house.name(path), limit):
            long[house.name(path)] = lines
    assert not long, f"Split these, by what they speak of: {long}"


def test_functions_are_short(house: Any) -> None:
    long = {}
    for path in house.python:
        if "migrations" in path.parts:
            continue
        for node in ast.walk(house.tree(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.end_lineno is None:
                continue
            name, lines = f"{house.name(path)}:{node.name}", node.end_lineno - node.lineno + 1
            if lines > LONGER_FUNCTIONS.get(name, LINES_OF_FUNCTION):
                long[name] = lines
    assert not long, f"Give the steps of these names of their own: {long}"


def test_specs_are_short(house: Any) -> None:
    specs = [path for path in house.files if path.is_relative_to(house.server / "scans/formats/specs")]
    long = {
        house.name(path): lines
        for path in specs
        if path.suffix == ".yaml" and (lines := len(path.read_text().splitlines())) > LINES_OF_SPEC
    }
    assert not long, f"A spec is a table, not a program; what needs more belongs in formats/custom: {long}"


def test_exceptions_are_still_needed(house: Any) -> None:
    gone = {name for name in LONGER_FILES if not (house.root / name).is_file()}
    gone |= {name for name in LONGER_FUNCTIONS if not (house.root / name.split(":")[0]).is_file()}
    assert not gone, f"Strike these from the lists: {gone}"
