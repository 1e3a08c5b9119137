"""Reads one report in a process of its own and tells, as JSON, what came of it and what it cost.

`python -m tests.formats.hostile.read_alone FILE [FORMAT [SECONDS]]`. It ends by a signal when it takes more seconds of a processor.
"""

import json
import resource
import sys
import time
from pathlib import Path

from prodsec.scans.formats.inspecting import inspect
from prodsec.scans.types import ReportError

# Beyond this a file would harm the machine the tests run on; it is far above what is allowed.
MOST_BYTES = 3_000_000_000


def _peak() -> int:
    line = next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main(report: str, format_: str = "", seconds: str = "60") -> None:
    """Read it whole, whatever comes."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    refusal, count, rejected = "", 0, 0
    began = time.process_time()
    try:
        summary = inspect(Path(report), format=format_ or None)
        count, rejected = summary.count, len(summary.rejected)
    except ReportError as error:
        refusal = str(error)
    told = {"refusal": refusal, "count": count, "rejected": rejected}
    json.dump({**told, "peak": _peak(), "seconds": time.process_time() - began}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
