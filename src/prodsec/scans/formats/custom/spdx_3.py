"""SPDX 3.0: the graph's packages are counted; its security profile says which vulnerabilities are in which of them.

The graph comes in any order and may be larger than memory, so it is gone through twice: first for what is said of
vulnerabilities, then for the packages that this names. Source: spdx.github.io/spdx-spec/v3.0.1, model/Security.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.rows_reading import bounded, rejected
from prodsec.scans.formats.custom.spdx_3_document import Element
from prodsec.scans.formats.custom.spdx_3_rows import Statement, observation
from prodsec.scans.formats.custom.spdx_document import ID
from prodsec.scans.formats.json_walk import JsonDocument
from prodsec.scans.types import Header, Observation, Rejected
from prodsec.vocabulary.kinds import Kind

PATH = "@graph[*]"
_ELEMENT = msgspec.json.Decoder(Element, strict=False)
_RATINGS = ("CvssV2", "CvssV3", "CvssV4", "Epss", "ExploitCatalog", "Ssvc")
_STATES = frozenset({"affects", "doesNotAffect", "fixedIn", "underInvestigationFor"})
_STATE_OF_CLASS = {
    "VexAffected": "affects",
    "VexNotAffected": "doesNotAffect",
    "VexFixed": "fixedIn",
    "VexUnderInvestigation": "underInvestigationFor",
}
_ASSESSMENT = "VulnAssessmentRelationship"


class GraphReading:
    """The one document. Source: `prodsec.scans.types.Reading`."""

    def __init__(self, document: JsonDocument) -> None:
        """Go through the graph once, for the header and what is said of vulnerabilities."""
        self._document = document
        self._vulnerabilities: dict[str, tuple[Element, str]] = {}
        self._ratings: dict[str, list[Element]] = {}
        self._statements: list[Statement] = []
        self._rejected: list[Rejected] = []
        self._names: dict[str, str] = {}
        self._creation: Element | None = None
        self._target = ""
        self.components = 0
        for row in document.rows():
            try:
                self._take(_ELEMENT.decode(row.raw), row.pointer)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self._rejected.append(rejected(row.pointer, error))
        self.header = self._header()

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """What could not be read, then the observations in the order of the statements."""
        yield from self._rejected
        unstated = list(self._unstated())
        statements = [*self._statements, *unstated]
        if not statements:
            return
        packages = self._packages({statement.product for statement in statements})
        for statement in statements:
            vulnerability, _ = self._vulnerabilities.get(statement.vulnerability, (Element(), ""))
            ratings = self._ratings.get(statement.vulnerability, [])
            yield bounded(observation(statement, vulnerability, packages.get(statement.product), ratings))

    def _take(self, element: Element, pointer: str) -> None:
        kind = (element.type or "").rpartition("/")[2].removeprefix("security_")
        if kind == "software_Package":
            self.components += 1
        elif kind == "Vulnerability":
            self._vulnerabilities[element.spdx_id or pointer] = (element, pointer)
        elif kind.endswith(_ASSESSMENT):
            self._assessment(element, kind.removesuffix(_ASSESSMENT), pointer)
        elif kind == "Relationship":
            self._relationship(element, pointer)
        elif kind == "CreationInfo":
            self._creation = self._creation or element
        elif kind == "SpdxDocument":
            self._target = element.name or element.spdx_id or ""
        elif kind in {"Tool", "SoftwareAgent", "Organization"} and element.spdx_id:
            self._names[element.spdx_id] = element.name or ""

    def _assessment(self, element: Element, kind: str, pointer: str) -> None:
        if element.withdrawn_time:
            return
        for vulnerability in _ids(element.from_):
            if kind in _RATINGS:
                self._ratings.setdefault(vulnerability, []).append(element)
            else:
                state = element.relationship_type or ""
                state = state if state in _STATES else _STATE_OF_CLASS.get(kind, "affects")
                self._state(vulnerability, element, state, pointer)

    def _relationship(self, element: Element, pointer: str) -> None:
        if element.relationship_type == "hasAssociatedVulnerability":
            for product in _ids(element.from_):
                for vulnerability in _ids(element.to):
                    self._statements.append(Statement(vulnerability, product, "", element, pointer))
        elif element.relationship_type in _STATES:
            for vulnerability in _ids(element.from_):
                self._state(vulnerability, element, element.relationship_type, pointer)

    def _state(self, vulnerability: str, element: Element, state: str, pointer: str) -> None:
        products = _ids(element.assessed) or _ids(element.to) or [""]
        self._statements.extend(Statement(vulnerability, product, state, element, pointer) for product in products)

    def _unstated(self) -> Iterator[Statement]:
        """Vulnerabilities of which only ratings are known, for the packages rated; or that stand alone.

        An association counts only where no statement says more of the same pair.
        """
        stated = {(one.vulnerability, one.product) for one in self._statements if one.state}
        self._statements = [
            one for one in self._statements if one.state or (one.vulnerability, one.product) not in stated
        ]
        named = {one.vulnerability for one in self._statements}
        for name, (vulnerability, pointer) in self._vulnerabilities.items():
            if name not in named:
                rated = [
                    product for one in self._ratings.get(name, []) for product in _ids(one.assessed) or _ids(one.to)
                ]
                for product in dict.fromkeys(rated) or [""]:
                    yield Statement(name, product, "", vulnerability, pointer)

    def _packages(self, wanted: set[str]) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for row in self._document.rows():
            try:
                element = _ELEMENT.decode(row.raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # rejected the first time
            if element.spdx_id in wanted:
                found[element.spdx_id or ""] = element
        return found

    def _header(self) -> Header:
        creation = self._creation or Element()
        makers = [self._names.get(name, "") for name in (*_ids(creation.created_using), *_ids(creation.created_by))]
        return Header(
            format=ID,
            tool=next((name for name in makers if name), "SPDX"),
            analysis=Kind.DEPENDENCY,
            target=self._target,
            scanned_at=instant(creation.created),
        )


def _ids(value: Any) -> list[str]:
    """The elements a member names: an id, the element itself, or a list of either."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        name = item.get("spdxId") if isinstance(item, dict) else item
        if isinstance(name, str) and name:
            found.append(name)
    return found
