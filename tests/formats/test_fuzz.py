"""Mutated samples of every format: each is read or refused with a sentence, and what is read keeps what an observation promises.

The suite tries a few of each format, always the same; `make fuzz` tries many, each time others (`PRODSEC_FUZZ`: how many a format).
"""

import datetime
import json
import os
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.formats.mutations import mutated
from tests.formats.test_samples import REPORTS, SNAPSHOTS, TEXTS, name

from prodsec.scans.formats import formats, readings
from prodsec.scans.formats.dates import date
from prodsec.scans.formats.facts import LONGEST_TEXT, LONGEST_TITLE, references
from prodsec.scans.formats.masking import masked
from prodsec.scans.types import Header, Limits, Observation, Rejected, ReportError

IN_SUITE = 12
EXAMPLES = int(os.environ.get("PRODSEC_FUZZ", IN_SUITE))
LARGEST_SAMPLE = 200_000
SURELY_SECRET = 8


def samples() -> dict[str, list[Path]]:
    """The samples of each format, told by their snapshots."""
    found: dict[str, list[Path]] = {}
    for report in REPORTS:
        told = json.loads((SNAPSHOTS / f"{name(report)}.json").read_text(encoding="utf-8"))
        if isinstance(told, list) and told and report.stat().st_size <= LARGEST_SAMPLE:
            found.setdefault(told[0]["header"]["format"], []).append(report)
    return found


OF_FORMAT = samples()


def check(path: Path, *, hint: str | None) -> None:
    """Read a whole file. Nothing but a refusal with a sentence may come out, or rows that are what they promise."""
    refusal = "nothing is wrong"
    try:
        for reading in readings(path, format=hint, limits=Limits(seconds=60)):
            check_texts(reading.header)
            assert isinstance(reading.header.scanned_at, datetime.datetime | None)
            for row in reading:
                check_row(row)
    except ReportError as error:
        refusal = error.sentence
    assert refusal.strip()
    assert "\x00" not in refusal


def check_row(row: Observation | Rejected) -> None:
    """Everything that is stored can be stored, and nothing is longer than it may be."""
    assert isinstance(row, Observation | Rejected)
    check_texts(row)
    if isinstance(row, Observation):
        assert row.title.strip()
        assert row.rule.strip()
        assert len(row.title) <= LONGEST_TITLE
        assert "\n" not in row.title
        # A table whose cells have shifted may have the secret where the rule stands: a rule is a name, and kept as it is.
        if len(row.secret.strip()) >= SURELY_SECRET:
            assert all(row.secret not in getattr(masked(row), text) for text in TEXTS if text != "rule")
        assert row.score is None or 0.0 <= row.score <= 10.0
        assert row.epss is None or 0.0 <= row.epss <= 1.0
        assert row.component is None or row.component.name


def check_texts(told: Header | Observation | Rejected) -> None:
    """No text is endless, and each can be stored: without NUL and lone surrogates."""
    for text in texts_in(msgspec.to_builtins(told)):
        assert "\x00" not in text
        assert len(text) <= LONGEST_TEXT
        text.encode("utf-8")


def texts_in(value: object) -> list[str]:
    """All texts within plain data."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for item in items for text in texts_in(item)]


def test_every_format_is_tried() -> None:
    assert set(formats()) - set(OF_FORMAT) == set()


@pytest.mark.parametrize(
    ("format_id", "data"),
    [
        ("nessus", b"<"),  # no element at all
        ("bandit_xml", b"<!-- nothing"),
        ("hydra", b'{"generator": {"software": "hydra", "built": 1' + b"0" * 400 + b'}, "results": []}'),
        (
            "osv_advisory",
            b'{"id": " ", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"name": "ink"}}]}',
        ),
        (
            "sarif",
            b'{"runs": [{"tool": {}, "logicalLocations": [{"name": "\x00loop"}], "results": [{"ruleId": "A", "locations": [{"logicalLocations": [{"index": 0}]}]}]}]}',
        ),
        (
            "sarif",
            b'{"runs": [{"invocations": [{"endTimeUtc": "\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2\xc2\xb2"}]}]}',
        ),
    ],
)
def test_what_was_no_refusal_once(format_id: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(data)
    check(path, hint=format_id)


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), float("nan"), "9" * 400, "\u00b2" * 9, "Mon, 99999999999999999999 Jan 1 00:00:00 +0000"],
)
def test_a_date_out_of_this_world_is_none(value: object) -> None:
    assert date(value) is None


def test_an_address_holds_no_nul() -> None:
    assert references("see https://a.example/b\x00c") == ("https://a.example/bc",)


@pytest.mark.parametrize("format_id", sorted(OF_FORMAT))
def test_a_mutated_sample_is_read_or_refused(format_id: str, tmp_path: Path) -> None:
    path = tmp_path / "report"

    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == IN_SUITE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**48), report=st.sampled_from(OF_FORMAT[format_id]), is_hinted=st.booleans())
    def holds(seed: int, report: Path, is_hinted: bool) -> None:
        data = mutated(report.read_bytes(), Random(seed))
        path.write_bytes(data)
        if data:
            check(path, hint=format_id if is_hinted else None)

    holds()
