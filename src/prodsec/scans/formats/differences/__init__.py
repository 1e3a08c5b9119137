"""Where our reading of a report differs from that of DefectDojo, and why: one file a format, read.

DefectDojo's parsers are the yardstick of the conformance suite (tests/formats/test_conformance.py). A difference is fine when
it is explained here; the reference of formats prints the reasons. Severity "unknown" where nobody has said, for which DefectDojo
writes some word, and rows that identity makes one finding need no reason of their own.
"""

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Difference:
    """One reason why reports of a format are read differently.

    format      id of the format the reason is about
    why         one sentence for the reader of the reference
    reports     the sample's place in the archive of reports → what we read, `refused` or as `counts_of` writes it; none where
                no sample of the archive has it
    fewer       the sample's place → the facts that we find in fewer rows than DefectDojo, as `cwe 3 of 5, file 0 of 2`
    """

    format: str
    why: str
    reports: dict[str, str]
    fewer: dict[str, str]


@functools.lru_cache(maxsize=1)
def differences() -> tuple[Difference, ...]:
    """All of them, by format and in the order of its file."""
    found = []
    for resource in sorted(files(__name__).iterdir(), key=lambda one: one.name):
        if resource.name.endswith(".yaml"):
            entries: list[dict[str, Any]] = yaml.safe_load(resource.read_text(encoding="utf-8"))
            found += [_difference(resource.name.removesuffix(".yaml"), entry) for entry in entries]
    return tuple(found)


def _difference(name: str, entry: dict[str, Any]) -> Difference:
    reports, fewer = (
        {str(path): str(read) for path, read in (entry.get(key) or {}).items()} for key in ("reports", "fewer")
    )
    return Difference(name, entry["why"], reports, fewer)


def counts_of(severities: dict[str, int]) -> str:
    """Numbers of findings by severity on one line: `high 2, unknown 1`; `none` without any."""
    order = ("critical", "high", "medium", "low", "info", "unknown")
    return ", ".join(f"{word} {severities[word]}" for word in order if severities.get(word)) or "none"
