"""The shared samples of real reports, read once for all tests; skipped with a clear message where they are not."""

import contextlib
import fcntl
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from prodsec.scans.formats.differences import counts_of
from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.types import ReportError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What reading a report came to: counts as `counts_of` writes them, or `refused` with the sentence, or `crashed`."""

    format: str
    count: int
    read: str
    rejected: int = 0
    sentence: str = ""


@dataclass(frozen=True)
class Expected:
    """What DefectDojo made of a report."""

    report: str
    tool: str
    count: int
    read: str


def read_whole(path: Path, format: str | None = None) -> Outcome:  # noqa: A002
    """Read a whole report."""
    try:
        found = inspect(path, format=format)
    except ReportError as error:
        return Outcome("", 0, "refused", sentence=str(error))
    except Exception as error:  # noqa: BLE001 - that nothing else is raised is what is tested
        return Outcome("", 0, "crashed", sentence=repr(error))
    counts = msgspec.to_builtins(found.severities)
    return Outcome(found.format, found.count, counts_of(counts), rejected=len(found.rejected))


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
            with tarfile.open(shared / "peer-reports" / "scanner-reports.tar.xz") as archive:
                archive.extractall(folder, filter="data")
        return folder


@pytest.fixture(scope="session")
def outcomes(peer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Every report of the archive, read without a hint."""
    with once_for_all_workers(tmp_path_factory, "outcomes.json") as kept:
        if not kept.is_file():
            paths = (path for path in sorted(peer_folder.rglob("*")) if path.is_file())
            found = {path.relative_to(peer_folder).as_posix(): read_whole(path) for path in paths}
            kept.write_bytes(msgspec.json.encode(found))
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, Outcome])


@pytest.fixture(scope="session")
def expected(shared: Path) -> dict[str, Expected]:
    """What DefectDojo made of the reports that one of its parsers accepts."""
    found = {}
    for line in (shared / "peer-reports" / "expected.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["ok"]:
            words = {word.lower(): number for word, number in row["severities"].items()}
            found[row["file"]] = Expected(row["file"], row["file"].split("/")[0], row["count"], counts_of(words))
    return found


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
