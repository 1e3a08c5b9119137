"""The documentation says what the code does: reference pages are current, links resolve, commands in the README work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from prodsec.accounts.types import Permission
from prodsec_cli.main import commands

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!`)\[[^\]]+\]\(([^)\s]+)\)")


def headings(name: str) -> set[str]:
    text = (ROOT / "docs" / "reference" / name).read_text()
    return {word.strip() for line in text.splitlines() if line.startswith("##") for word in line.strip("# ").split(",")}


def anchors(path: Path) -> set[str]:
    lines = [line.lstrip("#").strip().lower() for line in path.read_text().splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", line).replace(" ", "-") for line in lines}


def test_reference_is_current(generated: dict[str, str]) -> None:
    for name, text in generated.items():
        stored = (ROOT / "docs" / "reference" / name).read_text()
        assert stored == text, f"docs/reference/{name} is not what the code says; run `make docs`."


def test_each_command_has_its_heading() -> None:
    assert set(commands()) <= headings("commands.md")


def test_each_permission_has_its_heading_and_meaning() -> None:
    assert {permission.value for permission in Permission} <= headings("permissions.md")
    text = (ROOT / "docs/reference/permissions.md").read_text()
    assert all(re.search(rf"^## {p.value}\n\n\S", text, re.MULTILINE) for p in Permission)


def test_each_variable_that_is_read_has_its_heading() -> None:
    read = set(re.findall(r'os\.environ\.get\(\s*"([A-Z_]+)"', (ROOT / "src/prodsec/site/env.py").read_text()))
    assert len(read) > 4
    assert read <= headings("settings.md")


def test_each_format_has_its_heading() -> None:
    from prodsec.scans.formats import registry

    assert set(registry.formats()) <= headings("formats.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name} links to {target}, which is not there."
        if anchor:
            assert anchor in anchors(path), f"{page.name} links to {target}; that page has no such heading."


def test_every_page_can_be_found() -> None:
    index = (ROOT / "docs/README.md").read_text() + (ROOT / "docs/decisions/README.md").read_text()
    lost = [path.name for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md" and path.name not in index]
    assert not lost, f"No index names {lost}."


def test_documented_make_targets_exist() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for line in re.findall(r"(?:^ {4}|`)make ([a-z][a-z -]*?)(?:`|$)", page.read_text(), re.MULTILINE):
            assert set(line.split()) <= known, f"{page.name} says `make {line}`"


def test_documented_commands_exist_with_their_options() -> None:
    help_of: dict[str, str] = {}
    for page in PAGES:
        for line in re.findall(r"(?:\.venv/bin/|`|^ +|run )prodsec ([a-z][^`\n#…]*)", page.read_text(), re.MULTILINE):
            words = line.split()
            if words[0] not in commands():
                assert page.name in ("0007.md",), f"{page.name} speaks of `prodsec {words[0]}`, which does not exist."
            options = [word.split("=")[0] for word in words if word.startswith("--") and word != "--help"]
            text = help_of.setdefault(words[0], _reference_of(words[0]))
            for option in options:
                assert option in text, f"{page.name}: `prodsec {words[0]}` has no {option}."


def _reference_of(command: str) -> str:
    text = (ROOT / "docs/reference/commands.md").read_text()
    return text.split(f"\n## {command}\n")[1].split("\n## ")[0]


def test_help_names_every_command() -> None:
    program = ROOT / ".venv/bin/prodsec"
    shown = subprocess.run(
        [sys.executable, "-m", "prodsec_cli.main", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(re.search(rf"^\s+{name}\b", shown, re.MULTILINE) for name in commands()), program
