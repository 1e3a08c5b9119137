"""How much a report may change until it is no longer told: every report that is, in the variants of `variants.py`.

python -m tests.formats.fragile                  every variant of the archive's reports and our samples that is lost or taken for another tool, and rates
python -m tests.formats.fragile zap trivy …      the same of these tools
"""

import functools
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.formats.peers import SHARED, formats_of, unpack
from tests.formats.variants import variants_of

from prodsec.scans.formats.paths import steps_of
from prodsec.scans.formats.registry import detect, formats
from prodsec.scans.formats.source import members
from prodsec.scans.types import Limits, ReportError

_MOST_OF_A_KIND = 3
SAMPLES = Path(__file__).parents[1] / "samples"


def told(path: Path, name: str) -> str:
    """The format that a file is told as by its head; empty when it is refused."""
    try:
        with members(path, name, Limits()) as found:
            return detect(found[0], Limits()).id
    except ReportError:
        return ""


@functools.cache
def names() -> frozenset[str]:
    """The keys, columns and elements that any format is told by; what else is left out of a report changes nothing."""
    found: set[str] = set()
    for one in (one for known in formats().values() for one in known.signatures):
        for path in (*one.json, *one.equals):
            found.update(step for step in steps_of(path) if isinstance(step, str))
        found.update((*one.columns, *one.elements, *one.attributes, *one.only))
    return frozenset(name.lower() for name in found)


def strayed(
    path: Path, own: Collection[str], named: Collection[str] = (), only: Collection[str] = ()
) -> Iterator[tuple[str, str | None]]:
    """The variants of a report (or some `only`) and what each is told as: None when it is one of its own formats."""
    with tempfile.NamedTemporaryFile() as file:
        for variant, data in variants_of(path.read_bytes(), named):
            if only and variant not in only:
                continue
            Path(file.name).write_bytes(data)
            found = told(Path(file.name), path.name)
            yield variant, None if found in own else found


def reports(tools: Collection[str]) -> Iterator[tuple[str, Path, Collection[str]]]:
    """Reports of the archive and samples, three of each tool and format, with the tool and the formats it may be told as."""
    folder = Path(tempfile.gettempdir()) / f"prodsec-peer-reports-{os.getuid()}"
    if not folder.is_dir():
        unpack(SHARED, folder)
    seen: Counter[tuple[str, str]] = Counter()
    for base in (folder, SAMPLES):
        for path in sorted(path for path in base.rglob("*") if path.is_file() and path.stat().st_size):
            tool = path.relative_to(base).parts[0]
            found = told(path, path.name) if not tools or tool in tools else ""
            seen[tool, found] += 1
            own = formats_of().get(tool, ()) if base == folder else {found} | set(formats_of().get(tool, ()))
            if found in own and found and seen[tool, found] <= _MOST_OF_A_KIND:
                yield tool, path, own


def main(tools: list[str]) -> None:
    """Print each point, and the rates by kind of variant."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for tool, path, own in reports(tools):
        for variant, found in strayed(path, own, names()):
            kind = variant if not variant.partition(": ")[2].endswith(_EDITS) else _kind(variant)
            kinds[kind][("told", "lost", "taken")[(found is not None) + bool(found)]] += 1
            if found is not None:
                sys.stdout.write(f"{tool:30} {path.name:40} {variant} -> {found or 'nothing'}\n")
                sys.stdout.flush()
    _print_rates(kinds)


_EDITS = (" dropped", " null", " empty")


def _kind(variant: str) -> str:
    return f"{variant.partition(': ')[0]}: one{variant[variant.rindex(' ') :]}"


def _print_rates(kinds: dict[str, Counter[str]]) -> None:
    whole: Counter[str] = sum(kinds.values(), Counter())
    for kind, one in [*sorted(kinds.items()), ("all", whole)]:
        sys.stdout.write(
            f"{kind:40} {one.total():7} {100 * one['told'] / max(one.total(), 1):6.2f} %  lost {one['lost']:5}  taken {one['taken']:5}\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
