"""What each source says of a finding's severity, out of its row."""

from prodsec.findings.models import Finding
from prodsec.findings.types import Opinions
from prodsec.vocabulary.severity import Severity


def opinions_of(finding: Finding) -> Opinions:
    """What each source says of a finding's severity."""

    def said(number: int | None) -> Severity | None:
        return None if number is None else Severity(number)

    return Opinions(
        scanner=said(finding.severity_scanner),
        advisory=said(finding.severity_advisory),
        vendor=said(finding.severity_vendor),
        policy=said(finding.severity_policy),
        person=said(finding.severity_person),
    )
