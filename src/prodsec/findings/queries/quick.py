"""Findings by what one has in hand: a number, a vulnerability's id or its beginning, a component, the beginning of a title.

Only what an index finds, so that it answers while somebody types, however many findings there are.
"""

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Left, Upper

from prodsec.accounts.types import Viewer
from prodsec.findings.models import Definition, Finding
from prodsec.findings.queries.listing import visible
from prodsec.findings.types import OPEN_STATES
from prodsec.vocabulary import identifiers
from prodsec.vocabulary.severity import Severity

TITLE_HEAD = 80
_MOST_DEFINITIONS, _LOOKED_AT, _SHORTEST = 8, 200, 3


@dataclass(frozen=True)
class QuickFinding:
    """A finding in a line; `title` is what its rule or vulnerability is called."""

    id: int
    title: str
    severity: Severity
    asset_path: str


def quick_findings(viewer: Viewer, text: str, *, most: int) -> list[QuickFinding]:
    """The findings that a few words name: one by its number in any state, others open and leading their cluster.

    Order: the worst first, of the first 200 that an index gives. Cost: 2 queries; none for fewer than 3 letters.
    """
    text = text.strip()
    if "\x00" in text:
        return []
    if text.lstrip("#").isdecimal() and len(text) < 18:
        return _lines([visible(viewer).filter(pk=int(text.lstrip("#")))], most)
    if len(text) < _SHORTEST:
        return []
    leads = visible(viewer).filter(is_lead=True, state__in=OPEN_STATES)
    named = identifiers.ids_in(text)
    if named:
        return _lines([leads.filter(vulnerability_id__in=named)[:_LOOKED_AT]], most)
    of_titles = [
        leads.filter(definition=definition_id).order_by("-severity", "id")[:most]
        for definition_id in _definitions_beginning(text)
    ]
    return _lines([leads.filter(component_name=text)[:_LOOKED_AT], *of_titles], most)


def _definitions_beginning(text: str) -> list[int]:
    """Cost: 1 query along the index over the beginnings of titles."""
    heads = Definition.objects.annotate(head=Upper(Left(F("title"), TITLE_HEAD)))
    found = heads.filter(head__startswith=text.upper()[:TITLE_HEAD])
    return list(found.values_list("pk", flat=True)[:_MOST_DEFINITIONS])


def _lines(parts: list[QuerySet[Finding]], most: int) -> list[QuickFinding]:
    first, *others = (part.values_list("pk", "title", "definition__title", "severity", "asset__path") for part in parts)
    found = [
        QuickFinding(pk, shared or own, Severity(severity), path)
        for pk, own, shared, severity, path in (first.union(*others) if others else first)
    ]
    return sorted(found, key=lambda one: (-one.severity, one.id))[:most]
