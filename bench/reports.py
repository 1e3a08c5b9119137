"""Reports to import: written by the shared generator, kept for the run, with variations of the same findings."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("PRODSEC_SHARED", ROOT.parent / "shared"))
GENERATOR = SHARED / "bench" / "generate_reports.py"
FORMATS = ("sarif", "trivy", "gitlab-sast", "generic")


class Reports:
    """Makes each report once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def of(self, kind: str, count: int, *, first: int = 0) -> Path:
        """A report of `count` findings, beginning with number `first`."""
        path = self._folder / f"{kind}-{count}-{first}.json"
        if not path.exists():
            options = ["--format", kind, "--findings", str(count), "--first", str(first), "--out", str(path)]
            subprocess.run([sys.executable, GENERATOR, *options], check=True)
        return path

    def again(self, report: Path, run: int) -> Path:
        """The same findings in other bytes: white space at the end."""
        path = self._folder / f"again-{run}-{report.name}"
        path.write_bytes(report.read_bytes() + b"\n" * (run + 1))
        return path
