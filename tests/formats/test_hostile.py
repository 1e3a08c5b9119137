"""Files of 50 MB that mean harm are read or refused with a sentence, each in a process of its own: within 512 MB and 60 seconds (T13–T15, T18).

The suite reads the worst of each kind, and smaller. `make fuzz` reads them whole, and each night others of all there are
(`PRODSEC_HOSTILE`: the number of the night; `all`: all, which takes hours).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.formats.hostile import Case, archives, documents, markup, tables, texts

NIGHT = os.environ.get("PRODSEC_HOSTILE", "")
WHOLE, IN_SUITE = 50_000_000, 6_000_000
NIGHTS = 30
# What is kept has limits that do not shrink with the file, so of a smaller one hardly less is allowed.
MOST_BYTES = 512_000_000 if NIGHT else 400_000_000
MOST_SECONDS = 60
CASES: dict[str, Case] = {**documents.CASES, **markup.CASES, **tables.CASES, **texts.CASES, **archives.CASES}
WORST = [
    "json generic, rows: empty objects",
    "json sarif, row: zeros",
    "json csaf, tree: small objects",
    "json cyclonedx, components: one key again and again",
    "json without a hint: nested lists",
    "lines: values on one line",
    "xml nessus, rows: a million attributes",
    "xml cyclonedx, components: small elements",
    "xml spdx, RDF: rows in rows",
    "xml: laughs",
    "html sonarqube_html: opened sections",
    "csv: ten million columns",
    "csv: a quote that never closes",
    "xlsx: shared texts",
    "xlsx: a row beyond the last",
    "text lynis: lines it nearly knows",
    "tag-value: references",
    "yaml: aliases",
    "zip: beginnings of members",
]


def chosen() -> list[str]:
    if NIGHT == "all":
        return sorted(CASES)
    others = sorted(set(CASES) - set(WORST))[int(NIGHT) % NIGHTS :: NIGHTS] if NIGHT else []
    return WORST + others


@pytest.mark.parametrize("name", chosen())
def test_t18_a_hostile_file_is_read_or_refused_within_its_bounds(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report"
    CASES[name].write(report, WHOLE if NIGHT else IN_SUITE)
    command = [sys.executable, "-m", "tests.formats.hostile.read_alone", str(report), CASES[name].format]
    places = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    child = subprocess.run(
        [*command, str(MOST_SECONDS)], capture_output=True, check=False, env={**os.environ, "PYTHONPATH": places}
    )
    assert child.returncode == 0, child.stderr.decode()[-2_000:]
    told = json.loads(child.stdout)
    assert told["peak"] < MOST_BYTES, told
    report.unlink()


def test_every_kind_of_reader_has_its_hostile_files() -> None:
    kinds = {name.split()[0].rstrip(":") for name in CASES}
    assert kinds == {"json", "lines", "xml", "html", "csv", "xlsx", "text", "tag-value", "yaml", "gzip", "zip"}
    assert set(WORST) <= set(CASES)
