"""Imports one report in a process of its own and prints: idle MB, peak MB, seconds. Started by bench.ingestion."""

import sys
from pathlib import Path


def _megabytes(field: str) -> float:
    line = next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith(field))
    return int(line.split()[1]) / 1024


def main(report: str, asset: str) -> None:
    """Warm up with nothing, look at the memory, import, look again."""
    from prodsec.site import django_ready

    with django_ready.database():
        from bench.ingestion import import_file
        from prodsec.site.migrate_command import migrate

        migrate()
        idle = _megabytes("VmRSS")
        seconds = import_file(Path(report), asset).seconds
    print(f"{idle:.1f} {_megabytes('VmHWM'):.1f} {seconds:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
