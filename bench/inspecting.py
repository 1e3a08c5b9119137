"""How fast `prodsec inspect` reads, after its start-up, and how fast it starts."""

import subprocess
import sys
from pathlib import Path

from bench import standards
from bench.measure import Book, timed
from bench.reports import ROOT, Reports

SECTION = "Reading without a database"
_SAMPLES = ROOT / "tests" / "samples"


def run(book: Book, folder: Path, reports: Reports, *, runs: int) -> None:
    """JSON, XML, CSV and tag-value of some tens of megabytes."""
    tiny = _SAMPLES / "bandit" / "bandit.json"
    starts = [_inspect(tiny) for _ in range(runs)]
    start = book.add(SECTION, "prodsec inspect: a small report, start included", starts, 1.0).median
    files = {
        "JSON (sarif)": (reports.of("sarif", 40_000), 30.0),
        "JSON (trivy)": (reports.of("trivy", 40_000), 30.0),
        "JSON (generic)": (reports.of("generic", 40_000), 30.0),
        "JSON (CSAF)": (standards.csaf(folder), 30.0),
        "JSON (SPDX)": (standards.spdx(folder), 30.0),
        "JSON (CycloneDX)": (standards.cyclonedx(folder), 30.0),
        "XML (bandit)": (_xml(folder), 15.0),
        "XML (CycloneDX)": (standards.cyclonedx_xml(folder), 15.0),
        "text (SPDX)": (standards.spdx_tag_value(folder), 15.0),
        "CSV (bandit)": (_csv(folder), 15.0),
    }
    for name, (path, budget) in files.items():
        size = path.stat().st_size / 1e6
        if _inspect(path) == float("inf"):
            print(f"{name}: refused, see above")
            continue
        speeds = [size / max(_inspect(path) - start, 0.001) for _ in range(runs)]
        book.add(SECTION, f"prodsec inspect: {name}, {size:.0f} MB", speeds, budget, unit="MB/s", at_least=True)


def _inspect(path: Path) -> float:
    """Seconds of the whole process; infinite when the file is refused."""
    command = [sys.executable, "-m", "prodsec_cli.main", "inspect", str(path)]
    codes: list[int] = []
    seconds = timed(lambda: codes.append(subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode))
    return float("inf") if codes[0] else seconds


def _csv(folder: Path, rows: int = 100_000) -> Path:
    """Bandit's CSV with its rows repeated on other lines."""
    head, *body = (_SAMPLES / "bandit" / "bandit.csv").read_text().splitlines()
    place = head.split(",").index("line_number")
    path = folder / "large.csv"
    with path.open("w") as out:
        out.write(f"{head}\n")
        for number in range(rows):
            cells = body[number % len(body)].split(",")
            if cells[place : place + 1] and cells[place].isdigit():
                cells[place] = str(number + 1)
            out.write(",".join(cells) + "\n")
    return path


def _xml(folder: Path, rows: int = 60_000) -> Path:
    """Bandit's JUnit-like XML with its cases repeated."""
    text = (_SAMPLES / "bandit" / "bandit.xml").read_text()
    begin, end = text.index("<testcase"), text.rindex("</testcase>") + len("</testcase>")
    path = folder / "large.xml"
    with path.open("w") as out:
        out.write(text[:begin])
        cases = text[begin:end]
        for _ in range(rows // cases.count("<testcase")):
            out.write(cases)
        out.write(text[end:])
    return path
