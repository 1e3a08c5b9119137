"""OSV advisories themselves: one, several, lines, and what the API answers."""

from prodsec.scans.tests.reading import only
from prodsec.scans.types import Status
from prodsec.vocabulary.severity import Severity


def test_an_advisory_is_a_row_for_each_package() -> None:
    run = only("osv/advisory.json")
    npm, pypi, repository = run.observations
    assert (run.header.tool, run.header.target) == ("OSV", "GHSA-c2f3-g4h5-j6m7")
    assert npm.component is not None
    assert (npm.component.namespace, npm.component.name, npm.component.version) == ("@shop", "paperjs", "")
    assert npm.component.fixed_versions == ("2.0.1", "1.9.9")
    assert (npm.severity, npm.cwes, npm.pointer) == (Severity.MEDIUM, (1321,), "/affected/0")
    assert pypi.component is not None
    assert (pypi.component.type, pypi.component.fixed_versions) == ("pypi", ())
    assert repository.component is not None
    assert repository.component.name == "https://git.example/shop/paper"


def test_a_list_lines_and_an_answer() -> None:
    withdrawn, without = only("osv/advisories.json").observations
    assert (withdrawn.status, without.status) == (Status.FALSE_POSITIVE, Status.OPEN)
    assert withdrawn.justification == "The advisory was withdrawn (2031-01-02T00:00:00Z)."
    assert (without.title, without.component, without.pointer) == ("Bad ink", None, "/1")
    assert [place for place, _ in only("osv/advisories.json").rejected] == ["/2"]
    assert [row.pointer for row in only("osv/advisories.jsonl").observations] == [
        "line 1/affected/0",
        "line 2/affected/0",
    ]
    (answered,) = only("osv/query-answer.json").observations
    assert (answered.pointer, answered.severity) == ("/vulns/0/affected/0", Severity.HIGH)
