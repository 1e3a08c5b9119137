"""What may lie in the repository: our own text, small, the same on every machine, without secrets."""

import re
from pathlib import Path
from typing import Any

import pytest

LARGEST_BYTES = 300_000
PICTURES = "docs/images"
# Made up by ourselves to look like what scanners report; they hold secrets that never were any.
SAMPLES = ("tests/samples", "tests/clusters")
BINARY = {".png", ".xlsx", ".zip", ".gz", ".woff2", ".ttf", ".ico", ".jar", ".whl", ".so"}

REGISTRIES = re.compile(
    r"registry\.npmjs|registry\.yarnpkg|pypi\.org/simple|pythonhosted\.org|artifactory|nexus/repository"
)
MACHINE = re.compile(r"/(?:work|builds|home/[a-z]+|root)/(?:main|shared|prodsec|\.venv)\b")
# What says of itself that it is made up is none.
SECRETS = re.compile(
    r"pst_[A-Za-z0-9]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{40}|\bAKIA(?!\w*(?:EXAMPLE|MARKER))[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b|\bxox[abp]-\d{8,}"
)


def is_sample(house: Any, path: Path) -> bool:
    return house.name(path).startswith(SAMPLES)


def texts(house: Any) -> list[tuple[Path, str]]:
    return [(path, path.read_text(errors="replace")) for path in house.files if path.suffix not in BINARY]


def test_nothing_large_minified_or_built(house: Any) -> None:
    for path in house.files:
        name = house.name(path)
        assert path.stat().st_size <= LARGEST_BYTES, f"{name} is too large to be ours."
        assert ".min." not in name, f"{name} is minified; it is built or installed, never committed."
        assert not name.startswith("src/prodsec/site/static/"), f"{name} is built by `make assets`."
        assert "node_modules" not in path.parts, name


def test_binary_files_have_their_places(house: Any) -> None:
    binary = [house.name(path) for path in house.files if path.suffix in BINARY or b"\0" in path.read_bytes()[:8000]]
    strange = [name for name in binary if not name.startswith((PICTURES, *SAMPLES))]
    assert not strange, f"Pictures live in {PICTURES}, samples in {SAMPLES[0]}: {strange}"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (REGISTRIES, "names a package registry; lock files hold versions and hashes, the machine knows where to ask"),
        (MACHINE, "names a folder of one machine"),
        (SECRETS, "holds what looks like a secret"),
    ],
)
def test_text_is_the_same_on_every_machine(house: Any, pattern: re.Pattern[str], why: str) -> None:
    found = [
        f"{house.name(path)}: {match[0][:40]}"
        for path, text in texts(house)
        if not is_sample(house, path) and path != Path(__file__) and (match := pattern.search(text))
    ]
    assert not found, f"{why}: {found}"


def test_no_text_names_the_folder_it_was_written_in(house: Any) -> None:
    here = str(house.root)
    assert len(house.root.parts) < 3 or not [house.name(path) for path, text in texts(house) if f"{here}/" in text]
