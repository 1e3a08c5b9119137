"""Habits that the linter cannot see: pages without tables, no signals, time from one place, XML through one door."""

import ast
from pathlib import Path
from typing import Any

XML_PARSERS = ("xml", "lxml", "defusedxml", "pyexpat", "xmltodict", "bs4", "html5lib")
# The one safe XML reader (entities off, no DTD, no network); T13 of the reliability list.
XML_DOOR = "src/prodsec/scans/formats/xml_rows.py"


def web_modules(house: Any) -> list[Path]:
    return [path for path in house.modules if "web" in path.relative_to(house.server).parts]


def test_pages_ask_queries_and_tell_services(house: Any) -> None:
    touching = [
        f"{house.name(path)}:{node.lineno}"
        for path in web_modules(house)
        for node in ast.walk(house.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
    ]
    assert not touching, f"A page touches a table: {touching}"


def test_doors_of_contexts_do_not_know_each_other(house: Any) -> None:
    for path in web_modules(house):
        own = path.relative_to(house.server).parts[0]
        others = {name.split(".")[1] for name in house.imports(path) if name.startswith("prodsec.") and ".web" in name}
        assert others <= {own}, f"{house.name(path)} imports the pages of {others - {own}}."


def test_flows_hold_no_orm(house: Any) -> None:
    for path in house.modules:
        if path.is_relative_to(house.server / "flows"):
            names = {node.attr for node in ast.walk(house.tree(path)) if isinstance(node, ast.Attribute)}
            assert not names & {"objects", "cursor", "execute"}, f"{house.name(path)} talks to the database itself."


def test_nothing_happens_behind_the_back(house: Any) -> None:
    for path in house.modules:
        names = house.imports(path)
        hidden = [name for name in names if "signals" in name.split(".") or name.startswith("django.dispatch")]
        assert not hidden, f"{house.name(path)} uses signals: {hidden}; call a service instead."
        assert "threading.local" not in path.read_text(), (
            f"{house.name(path)} keeps a thread-local; pass it on instead."
        )


def test_models_have_no_behaviour(house: Any) -> None:
    for path in house.modules:
        if "models" not in (path.stem, path.parent.name):
            continue
        saving = [
            n.name
            for n in ast.walk(house.tree(path))
            if isinstance(n, ast.FunctionDef) and n.name in ("save", "delete")
        ]
        assert not saving, f"{house.name(path)} overrides {saving}; a service says what happens."


def test_time_comes_from_the_clock(house: Any) -> None:
    for path in house.modules:
        if path.is_relative_to(house.server / "kit"):
            continue
        text = path.read_text()
        assert "timezone.now" not in text, f"{house.name(path)}: ask kit.clock.now() instead."
        assert "datetime.now(" not in text, f"{house.name(path)}: ask kit.clock.now() instead."
        assert ".today()" not in text, f"{house.name(path)}: ask kit.clock.now() instead."


def test_xml_goes_through_the_safe_reader(house: Any) -> None:
    for path in house.python:
        if house.name(path).startswith(XML_DOOR) or "tests" in path.parts:
            continue
        raw = [name for name in house.imports(path) if name.split(".")[0] in XML_PARSERS]
        assert not raw, f"{house.name(path)} imports {raw}; read XML through {XML_DOOR} only."
