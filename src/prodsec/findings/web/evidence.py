"""What a finding's page shows of place and evidence, made ready for the template."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from prodsec.findings.queries import FindingDetail
from prodsec.vocabulary.places import Place


@dataclass(frozen=True)
class CodeLine:
    """A line of a snippet; `number` is empty where nobody knows it."""

    number: str
    text: str
    is_here: bool


@dataclass(frozen=True)
class Fact:
    """A named fact."""

    label: str
    value: str


def code_lines(snippet: str, place: Place) -> list[CodeLine]:
    """The snippet line by line. Numbers are shown only when the snippet is exactly the place's lines."""
    lines = snippet.strip("\n").split("\n")
    first, last = place.line, place.end_line or place.line
    is_exact = first is not None and last is not None and len(lines) == last - first + 1
    return [
        CodeLine(str(first + index) if is_exact and first else "", text, is_here=is_exact and len(lines) <= 3)
        for index, text in enumerate(lines)
    ]


def place_facts(found: FindingDetail) -> list[Fact]:
    """Where it is, as far as the report says."""
    place = found.place
    named = (
        (_("File"), f"{place.file}:{place.line}" if place.file and place.line else place.file),
        (_("Function"), place.function),
        (_("Request"), f"{place.method} {place.url}".strip()),
        (_("Parameter"), place.parameter),
        (_("Host"), f"{place.host}:{place.port}" if place.port else place.host),
        (_("Protocol"), place.protocol),
        (_("Resource"), place.resource),
        (_("Region"), place.region),
        (_("Account"), place.account),
        (_("Image"), place.image),
        (_("Layer"), place.layer),
        (_("Commit"), place.commit),
    )
    facts = [Fact(label, value) for label, value in named if value]
    return facts or ([Fact(_("Place"), found.place_label)] if found.place_label else [])


def weaknesses(found: FindingDetail) -> list[tuple[str, str]]:
    """CWE numbers with their address."""
    return [(f"CWE-{number}", f"https://cwe.mitre.org/data/definitions/{number}.html") for number in found.cwes]


def safe_links(references: tuple[str, ...]) -> list[str]:
    """The references that may be links: http and https only, on one line."""
    return [link for link in references if link.startswith(("https://", "http://")) and not any(map(str.isspace, link))]
