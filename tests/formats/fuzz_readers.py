"""Bytes led by coverage, for detection and for every reader: `python -m tests.formats.fuzz_readers [SECONDS]`, with the extra `fuzz`.

The samples are what it begins with. Of an input the first two bytes say which format it is read as, none at 0; the rest is the
report. What breaks a promise of `test_fuzz` ends the run, with its format and its bytes; it becomes a test there.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["prodsec.scans.formats", "prodsec.vocabulary"]):
    from tests.formats.test_fuzz import OF_FORMAT, check

    from prodsec.scans.formats import formats

HINTS = ["", *sorted(OF_FORMAT)]
LONGEST = 20_000
SECONDS = "300"
MEGABYTES = 1_024
SLOW_SECONDS = 20


def seeds(folder: Path) -> None:
    """Each sample twice: to be told by its content, and as what it is."""
    for number, format_ in enumerate(HINTS[1:], start=1):
        for report in OF_FORMAT[format_]:
            data = report.read_bytes()[:LONGEST]
            for hint in (0, number):
                (folder / f"{format_}-{report.name}-{hint}").write_bytes(hint.to_bytes(2, "big") + data)


def split(data: bytes) -> tuple[str, bytes]:
    """The hint and the report of an input."""
    return HINTS[int.from_bytes(data[:2], "big") % len(HINTS)], data[2:]


def main(seconds: str = SECONDS) -> None:
    """Run for so long."""
    formats()
    with tempfile.TemporaryDirectory() as folder:
        path, corpus = Path(folder, "report"), Path(folder, "corpus")
        corpus.mkdir()
        seeds(corpus)

        def one_input(data: bytes) -> None:
            hint, report = split(data)
            if not report:
                return
            path.write_bytes(report)
            try:
                check(path, hint=hint or None)
            except BaseException:
                print(f"\nread as {hint or 'anything'}: {report!r}", flush=True)  # noqa: T201 - what the run is for
                raise

        limits = (
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-timeout={SLOW_SECONDS}",
        )
        atheris.Setup(
            [sys.argv[0], str(corpus), *limits, f"-artifact_prefix={folder}/", "-print_final_stats=1"], one_input
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
