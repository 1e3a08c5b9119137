"""Every context has the same rooms; a name says what is inside (style.md §1)."""

import ast
from typing import Any

ROOMS = {
    "types",
    "ports",
    "rules",
    "models",
    "queries",
    "services",
    "tasks",
    "web",
    "management",
    "migrations",
    "tests",
}
# Rooms that one context needs and the others do not, with the reason.
MORE_ROOMS: dict[str, dict[str, str]] = {
    "scans": {
        "formats": "readers of reports, data and a few modules: the context's own subject",
        "storage": "raw reports on disk, the only file that knows their place",
    },
    "findings": {"details": "how the long texts of findings are packed; read by queries, written by services"},
    "notifications": {
        "senders": "how a message is written and goes out: e-mail, and the one file that knows the chats"
    },
    "policies": {"default_sla.yaml": "the document a new installation begins with, as a person would write it"},
}
EMPTY_NAMES = {"utils", "util", "core", "helpers", "helper", "common", "base", "misc", "v2", "shared", "tools"}


def test_contexts_have_the_agreed_rooms(house: Any) -> None:
    strange = []
    for context in house.contexts:
        allowed = ROOMS | set(MORE_ROOMS.get(context, {}))
        for child in (house.server / context).iterdir():
            name = child.stem if child.suffix == ".py" else child.name
            if name.startswith("_") or name in allowed or (child.suffix == ".py" and name.endswith("_command")):
                continue
            strange.append(f"{context}/{child.name}")
    assert not strange, f"No such rooms: {strange}. See docs/how-to/add-a-context.md."


def test_names_say_what_is_inside(house: Any) -> None:
    named = {path.stem for path in house.modules} | {part for path in house.modules for part in path.parts}
    assert not named & EMPTY_NAMES, (
        "A shared word is `vocabulary`, a shared tool is `kit`; both have names of their own."
    )


def test_modules_say_why_they_exist(house: Any) -> None:
    silent = [house.name(path) for path in house.modules if not ast.get_docstring(house.tree(path))]
    assert not silent, f"Without a docstring: {silent}"


def test_contexts_open_with_a_chapter(house: Any) -> None:
    for context in house.contexts:
        chapter = ast.get_docstring(house.tree(house.server / context / "__init__.py")) or ""
        assert len(chapter.splitlines()) >= 5, f"{context}/__init__.py says too little of what it owns and never does."
        assert "never" in chapter.lower(), f"{context}/__init__.py does not say what {context} never does."
