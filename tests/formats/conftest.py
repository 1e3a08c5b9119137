"""The shared samples of real reports, read once for all tests; skipped with a clear message where they are not."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.formats.peers import Expected, Outcome, expectations, read_of, read_whole, unpack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def look() -> Callable[..., Outcome]:
    """Reads a whole report: its path, and its format when it is given."""
    return read_whole


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared samples: `PRODSEC_SHARED`, else the sibling folder `shared`."""
    folder = Path(os.environ.get("PRODSEC_SHARED") or ROOT.parent / "shared")
    if not (folder / "samples").is_dir():
        pytest.skip(f"no shared samples in {folder}; set PRODSEC_SHARED to the folder that holds samples/")
    return folder / "samples"


@contextlib.contextmanager
def once_for_all_workers(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A path that the workers of one run share, while nobody else looks at it."""
    base = factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


@pytest.fixture(scope="session")
def peer_folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 963 reports of DefectDojo's parsers, unpacked."""
    with once_for_all_workers(tmp_path_factory, "peer-reports") as folder:
        if not folder.is_dir():
            unpack(shared, folder)
        return folder


@pytest.fixture(scope="session")
def outcomes(peer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Every report of the archive, read without a hint."""
    with once_for_all_workers(tmp_path_factory, "outcomes.json") as kept:
        if not kept.is_file():
            paths = (path for path in sorted(peer_folder.rglob("*")) if path.is_file())
            named = {path.relative_to(peer_folder).as_posix(): path for path in paths}
            found = {name: read_of(path, name.split("/")[0]) for name, path in named.items()}
            kept.write_bytes(msgspec.json.encode(found))
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Outcome])


@pytest.fixture(scope="session")
def expected(shared: Path) -> dict[str, Expected]:
    """What DefectDojo made of the reports that one of its parsers accepts."""
    return expectations(shared)


@pytest.fixture(scope="session")
def scanner_counts(shared: Path) -> dict[str, int]:
    """The reports of samples/scanners and how many findings its README says each holds."""
    found = {}
    for line in (shared / "scanners" / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) > 5 and (shared / "scanners" / cells[0]).is_file():
            with contextlib.suppress(ValueError):
                found[cells[0]] = (
                    int(cells[4].split(",")[-1].split()[0]) if "vulnerabilities" in cells[4] else int(cells[4])
                )
    return found
