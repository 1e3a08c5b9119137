"""What an SPDX 3.0 graph says of one vulnerability in one package, as an observation."""

import msgspec

from prodsec.scans.formats.custom import packages
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.spdx_3_document import Element
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cvss, cwe, identifiers
from prodsec.vocabulary.components import Component
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

_STATES = {"doesNotAffect": Status.NOT_AFFECTED, "fixedIn": Status.FIXED}
_CVSS = ("CvssV3", "CvssV2", "CvssV4")  # in the order that counts


class Statement(msgspec.Struct, frozen=True, gc=False):
    """Who says what: ids of vulnerability and product, the VEX state (empty for a mere association), the element and its place."""

    vulnerability: str
    product: str
    state: str
    element: Element
    pointer: str


def observation(
    statement: Statement, vulnerability: Element, product: Element | None, ratings: list[Element]
) -> Observation:
    """The observation of a statement; the ratings of its vulnerability go with it."""
    names = [one.identifier or "" for one in vulnerability.external_identifier or ()]
    texts = [vulnerability.name or "", *names, statement.vulnerability]
    ids = tuple(dict.fromkeys(name for text in texts for name in identifiers.ids_in(text)))
    rule = ids[0] if ids else vulnerability.name or statement.vulnerability.rpartition("/")[2] or "unnamed"
    component = _component(statement.product, product)
    element = statement.element
    severity, word, score, vectors = _rated(ratings)
    withdrawn = vulnerability.withdrawn_time
    described = vulnerability.description or vulnerability.summary or ""
    fallback = f"{rule} in {component.name}" if component is not None else rule
    return Observation(
        kind=Kind.DEPENDENCY,
        rule=rule,
        title=vulnerability.summary or described.partition("\n")[0] or fallback,
        pointer=statement.pointer,
        severity=severity,
        severity_text=word,
        score=score,
        description=described,
        message=element.status_notes or (element.comment if statement.state else None) or "",
        remedy=element.action_statement or "",
        references=_references(vulnerability),
        ids=ids,
        cwes=tuple(dict.fromkeys(number for text in names if "CWE" in text.upper() for number in cwe.numbers_in(text))),
        cvss=vectors,
        epss=next((one.probability for one in ratings if one.probability is not None), None),
        component=component,
        status=Status.FALSE_POSITIVE if withdrawn else _STATES.get(statement.state, Status.OPEN),
        justification=f"The vulnerability was withdrawn ({withdrawn})." if withdrawn else _justification(element),
        published_at=instant(vulnerability.published_time),
        tags=_tags(statement, ratings),
    )


def _component(name: str, product: Element | None) -> Component | None:
    if product is None:
        return packages.component(name=name)
    purls = [one.identifier or "" for one in product.external_identifier or () if one.type == "packageUrl"]
    purl = product.package_url or next(iter(purls), "")
    return packages.component(name=product.name or name, version=product.package_version or "", purl=purl)


def _rated(ratings: list[Element]) -> tuple[Severity, str, float | None, tuple[str, ...]]:
    """Severity, the word for it, score and vectors: of CVSS 3, else 2, else 4."""
    rated = [one for name in _CVSS for one in ratings if name in (one.type or "")]
    vectors = by_version(one.vector for one in rated if one.vector)
    leading = next(iter(rated), Element())
    score = leading.score if leading.score is not None else cvss.score_of(vectors)
    word = leading.severity or ""
    severity = severity_of(word)
    if severity is Severity.UNKNOWN and score is not None:
        severity = Severity.from_score(score)
    return severity, word, score, vectors


def _references(vulnerability: Element) -> tuple[str, ...]:
    pages: dict[str, None] = {}
    for one in vulnerability.external_identifier or ():
        pages.update(dict.fromkeys(one.locators or ()))
    for ref in vulnerability.external_ref or ():
        pages.update(dict.fromkeys([ref.locators] if isinstance(ref.locators, str) else ref.locators or ()))
    return tuple(page for page in pages if page.startswith("http"))


def _justification(element: Element) -> str:
    """`vulnerableCodeNotPresent` as other VEX write it, and the impact in words."""
    label = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in element.justification_type or "")
    return "\n".join(part for part in (label, element.impact_statement) if part)


def _tags(statement: Statement, ratings: list[Element]) -> tuple[str, ...]:
    exploited = next((f"exploited {one.catalog_type or ''}".strip() for one in ratings if one.exploited), "")
    decision = next((f"ssvc {one.decision_type}" for one in ratings if one.decision_type), "")
    doubt = "under_investigation" if statement.state == "underInvestigationFor" else ""
    return tuple(filter(None, (doubt, exploited, decision)))
