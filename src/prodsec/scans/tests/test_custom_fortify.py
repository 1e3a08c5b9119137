"""Fortify's projects: what is read of the archive, and how its numbers become a severity."""

import zipfile
from pathlib import Path

import pytest

from prodsec.scans.tests.reading import SAMPLES, only, runs_of
from prodsec.scans.types import Status
from prodsec.vocabulary.severity import Severity

FVDL = (SAMPLES / "fortify" / "audit.fvdl").read_text(encoding="utf-8")


def packed(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_project_is_one_report_whatever_else_lies_in_it(tmp_path: Path) -> None:
    members = {"audit.fvdl": FVDL, "VERSION": "24.2", "src-archive/0": "PK\x03\x04", "src-archive/1": "{"}
    members |= {f"src-xrefdata/{number}": "" for number in range(1_500)}
    (run,) = runs_of(packed(tmp_path / "shop.fpr", members))
    assert [row.fingerprint for row in run.observations] == ["fortify:I-1", "fortify:I-2", "fortify:I-3"]
    assert not run.rejected


def test_two_projects_in_an_archive_are_two_reports(tmp_path: Path) -> None:
    both = list(runs_of(packed(tmp_path / "both.zip", {"a/audit.fvdl": FVDL, "b/audit.fvdl": FVDL})))
    assert [len(run.observations) for run in both] == [3, 3]


def test_what_people_said_of_a_finding_is_its_status() -> None:
    rows = only("fortify/shop.fpr").observations
    assert [(row.status, row.justification) for row in rows] == [
        (Status.OPEN, ""),
        (Status.FALSE_POSITIVE, "An example in a comment."),
        (Status.SUPPRESSED, "Suppressed in Fortify."),
    ]


@pytest.mark.parametrize(
    ("numbers", "severity"),
    [
        (("2.5", "5.0", "2.5", "5.0"), Severity.CRITICAL), (("5.0", "1.0", "1.0", "5.0"), Severity.HIGH),
        (("2.4", "5.0", "2.5", "5.0"), Severity.MEDIUM), (("1.0", "1.0", "1.0", "1.0"), Severity.LOW),
        (("5.0", "5.0", "", "5.0"), Severity.UNKNOWN), (("5.0", "5.0", "5.0", ""), Severity.UNKNOWN),
    ],
)  # fmt: skip
def test_the_severity_is_the_priority_order(tmp_path: Path, numbers: tuple[str, ...], severity: Severity) -> None:
    impact, accuracy, probability, confidence = numbers
    path = tmp_path / "audit.fvdl"
    text = FVDL.replace('<Group name="Impact">5.0', f'<Group name="Impact">{impact}')
    text = text.replace('<Group name="Accuracy">5.0', f'<Group name="Accuracy">{accuracy}')
    text = text.replace('<Group name="Probability">5.0', f'<Group name="Probability">{probability}')
    path.write_text(text.replace("<Confidence>5.0", f"<Confidence>{confidence}", 1), encoding="utf-8")
    (run,) = runs_of(path)
    assert run.observations[0].severity is severity
