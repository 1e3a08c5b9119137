"""Every small sample is told apart by its content and read as its snapshot says; `pytest tests/formats --regenerate` writes them."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from prodsec.scans.formats import formats, readings
from prodsec.scans.formats.masking import masked
from prodsec.scans.types import Observation, ReportError

SAMPLES = Path(__file__).parents[1] / "samples"
SNAPSHOTS = Path(__file__).parent / "snapshots"
REPORTS = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
TEXTS = ("title", "description", "message", "remedy", "snippet", "justification", "fingerprint", "rule")


def name(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def read(path: Path) -> list[dict[str, Any]] | dict[str, str]:
    """The readings of a report as plain objects, secrets masked; the sentence of a refusal."""
    found = []
    try:
        for reading in readings(path):
            rows = [masked(row) if isinstance(row, Observation) else row for row in reading]
            whole = {"header": reading.header, "components": reading.components, "rows": rows}
            found.append(msgspec.json.decode(msgspec.json.encode(whole)))
    except ReportError as error:
        return {"refused": str(error)}
    return found


@pytest.mark.parametrize("report", REPORTS, ids=name)
def test_sample_is_read_as_its_snapshot_says(report: Path, request: pytest.FixtureRequest) -> None:
    snapshot = SNAPSHOTS / f"{name(report)}.json"
    found = read(report)
    if request.config.getoption("--regenerate"):
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert snapshot.is_file(), "no snapshot yet; look at what --regenerate writes"
    assert found == json.loads(snapshot.read_text(encoding="utf-8"))


def test_no_snapshot_is_left_over() -> None:
    expected = {f"{name(report)}.json" for report in REPORTS}
    assert {path.relative_to(SNAPSHOTS).as_posix() for path in SNAPSHOTS.rglob("*.json")} == expected


@pytest.mark.parametrize("report", REPORTS, ids=name)
def test_sample_is_told_as_a_format_of_its_folder(report: Path) -> None:
    folder = report.relative_to(SAMPLES).parts[0]
    found = read(report)
    told = {reading["header"]["format"] for reading in found} if isinstance(found, list) else {folder}
    assert all(format_ == folder or format_.startswith(f"{folder}_") for format_ in told)


@pytest.mark.parametrize("report", REPORTS, ids=name)
def test_a_secret_stands_nowhere_but_in_its_field(report: Path) -> None:
    try:
        rows = [row for reading in readings(report) for row in reading if isinstance(row, Observation) and row.secret]
    except ReportError:
        return
    for row in rows:
        assert all(row.secret not in getattr(row, text) for text in TEXTS), row.pointer
        assert all(row.secret not in text for text in (*row.references, *row.tags)), row.pointer


def test_every_format_has_a_sample() -> None:
    sampled = {
        reading["header"]["format"]
        for report in REPORTS
        if isinstance(found := read(report), list)
        for reading in found
    }
    assert set(formats()) - sampled == set()


def test_specs_are_yaml_for_every_parser() -> None:
    """The C parser takes what the one in Python refuses; a machine without the first has to read them too."""
    folder = Path(str(files("prodsec.scans.formats").joinpath("specs")))
    for resource in folder.glob("*.yaml"):
        assert yaml.load(resource.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)["id"], resource.name
