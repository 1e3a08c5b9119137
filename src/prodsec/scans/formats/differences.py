"""Where our reading of a report differs from that of DefectDojo, and why: differences.yaml, read.

DefectDojo's parsers are the yardstick of the conformance suite (tests/formats/test_conformance.py). A difference is fine when
it is explained here; the reference of formats prints the reasons.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Difference:
    """One reason why reports of a format are read differently.

    format      id of the format the reason is about
    why         one sentence for the reader of the reference
    reports     the sample's place in the shared samples → what we read, `refused` or as `counts_of` writes it
    """

    format: str
    why: str
    reports: dict[str, str]


def differences() -> tuple[Difference, ...]:
    """All of them, in the order of the file."""
    text = files("prodsec.scans.formats").joinpath("differences.yaml").read_text(encoding="utf-8")
    given: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return tuple(
        Difference(name, entry["why"], {str(path): str(read) for path, read in entry["reports"].items()})
        for name, entries in given.items()
        for entry in entries
    )


def counts_of(severities: dict[str, int]) -> str:
    """Numbers of findings by severity on one line: `high 2, unknown 1`; `none` without any."""
    order = ("critical", "high", "medium", "low", "info", "unknown")
    return ", ".join(f"{word} {severities[word]}" for word in order if severities.get(word)) or "none"
