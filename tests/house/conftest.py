"""The tree as the house tests see it: what git keeps, and the modules of the server."""

import ast
import subprocess
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class House:
    """The files of the project."""

    root = ROOT
    server = ROOT / "src" / "prodsec"

    @cached_property
    def files(self) -> list[Path]:
        """What is committed, and what would be with the next `git add`."""
        command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        return sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())

    @cached_property
    def python(self) -> list[Path]:
        return [path for path in self.files if path.suffix == ".py"]

    @cached_property
    def modules(self) -> list[Path]:
        """The server's own modules: no tests, no migrations."""
        return [
            path
            for path in self.python
            if path.is_relative_to(self.server) and not {"tests", "migrations"} & set(path.parts)
        ]

    @cached_property
    def contexts(self) -> list[str]:
        """The contexts of the domain, by the tables or words they own."""
        apart = {"vocabulary", "kit", "site", "flows"}
        return sorted(
            child.name
            for child in self.server.iterdir()
            if (child / "__init__.py").is_file() and child.name not in apart
        )

    def name(self, path: Path) -> str:
        """A file as the messages name it."""
        return path.relative_to(ROOT).as_posix()

    def tree(self, path: Path) -> ast.Module:
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))

    def imports(self, path: Path) -> set[str]:
        """Dotted names of all that a module imports, wherever in the module."""
        found: set[str] = set()
        for node in ast.walk(self.tree(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        return found


@pytest.fixture(scope="session")
def house() -> House:
    return House()
