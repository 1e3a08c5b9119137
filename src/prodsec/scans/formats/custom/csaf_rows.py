"""One CSAF vulnerability becomes observations, one for each product and what is said of it."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from prodsec.scans.formats.custom.csaf_document import About, Content, Cvss, Remark, Tracking, Vulnerability
from prodsec.scans.formats.custom.csaf_document import Status as ProductStatus
from prodsec.scans.formats.custom.csaf_products import Product, Products
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.severities import severity_of
from prodsec.scans.formats.custom.vectors import by_version
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary import cwe, identifiers
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

# What is known of a product, what that means here, and a tag where it is less than it seems.
STATUSES: dict[str, tuple[Status, tuple[str, ...]]] = {
    "known_affected": (Status.OPEN, ()),
    "first_affected": (Status.OPEN, ()),
    "last_affected": (Status.OPEN, ()),
    "under_investigation": (Status.OPEN, ("under_investigation",)),
    "unknown": (Status.OPEN, ("unknown",)),
    "known_not_affected": (Status.NOT_AFFECTED, ()),
    "fixed": (Status.FIXED, ()),
    "first_fixed": (Status.FIXED, ()),
    "recommended": (Status.FIXED, ()),
}
_DESCRIPTIONS = ("description", "summary", "details", "general")  # in the order that tells most
_NO_FIX = {
    "no_fix_planned": "No fix is planned.",
    "none_available": "No fix is available.",
    "fix_planned": "A fix is planned.",
}
_UNDEFINED = "CSAF test 6.1.1: a product id that the product tree does not define"
_CONTRADICTION = "CSAF test 6.1.6: a product has statuses that contradict each other"
_NO_STATUS = ProductStatus()
_FIXES = ("vendor_fix", "optional_patch")


class Vulnerabilities:
    """Reads the vulnerabilities of one document."""

    def __init__(self, about: About, products: Products, remarks: Remarks) -> None:
        """`about` is what the document says of itself."""
        self._remarks = remarks
        self._products = products
        self._title = about.title or ""
        self._document = (about.tracking or Tracking()).id or ""
        self._usual = (about.aggregate_severity.text or "") if about.aggregate_severity is not None else ""
        self._own = tuple(page.url for page in about.references or () if page.category == "self" and page.url)

    def read(self, row: Vulnerability, pointer: str) -> Iterator[Observation]:
        """One observation for each product of each status; one in all for a vulnerability that names none.

        Raises: msgspec.ValidationError for a vulnerability that says nothing.
        """
        if not (row.cve or row.ids or row.title or row.notes or row.product_status or row.threats):
            raise msgspec.ValidationError("the vulnerability has no CVE, id, title, note, product or threat")
        said = _Said(row, self._products, self._usual)
        shared = self._shared(row, pointer)
        listed = row.product_status or _NO_STATUS
        if len({status for name, (status, _) in STATUSES.items() for _ in getattr(listed, name) or ()}) > 1:
            self._note_contradictions(listed, pointer)
        fixed = self._fixed(listed)
        named = False
        for name, (status, tags) in STATUSES.items():
            for index, product_id in enumerate(getattr(listed, name) or ()):
                named = True
                if product_id not in self._products:
                    self._remarks.note(_UNDEFINED, f"{pointer}/product_status/{name}/{index}")
                product = self._products.of(product_id)
                found = said.of(product_id, shared, status)
                component = product.component
                if status is Status.OPEN and component.name in fixed:
                    component = msgspec.structs.replace(component, fixed_versions=fixed[component.name])
                yield msgspec.structs.replace(
                    found,
                    pointer=f"{pointer}/product_status/{name}/{index}",
                    title=found.title if row.title else f"{found.rule} in {component.name}",
                    message=_about_product(product, found.message),
                    component=component,
                    place=Place(resource=product.within) if product.within else shared.place,
                    status=status,
                    tags=(*shared.tags, *tags),
                )
        if not named:
            yield said.of("", shared, Status.OPEN)

    def _note_contradictions(self, listed: ProductStatus, pointer: str) -> None:
        said: dict[str, Status] = {}
        for name, (status, tags) in STATUSES.items():
            for product_id in getattr(listed, name) or () if not tags and name != "recommended" else ():
                if said.setdefault(product_id, status) is not status:
                    self._remarks.note(_CONTRADICTION, f"{pointer}/product_status/{name}")

    def _shared(self, row: Vulnerability, pointer: str) -> Observation:
        texts = [one.text for one in row.ids or () if one.text]
        known = [name for text in (row.cve or "", *texts) for name in identifiers.ids_in(text)]
        rule = row.cve or (known[0] if known else texts[0] if texts else self._document or "unnamed")
        notes = {note.category: note.text for note in reversed(row.notes or []) if note.text}
        described = next((notes[category] for category in _DESCRIPTIONS if category in notes), "")
        pages = [page.url for page in row.references or () if page.url]
        weaknesses = [one.id or "" for one in (*([row.cwe] if row.cwe is not None else ()), *(row.cwes or ()))]
        return Observation(
            kind=Kind.DEPENDENCY,
            rule=rule,
            title=row.title or described.partition("\n")[0] or self._title or rule,
            pointer=pointer,
            description=described,
            references=tuple(dict.fromkeys((*pages, *self._own))),
            ids=tuple(dict.fromkeys([rule.upper(), *known] if known or texts else [])),
            cwes=tuple(dict.fromkeys(number for text in weaknesses for number in cwe.numbers_in(text))),
            published_at=instant(row.release_date) or instant(row.disclosure_date),
            tags=tuple(filter(None, (self._document, "exploited" if row.first_known_exploitation_dates else ""))),
        )

    def _fixed(self, listed: ProductStatus) -> dict[str, tuple[str, ...]]:
        """The versions that are said to be fixed, by the name of the package."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for product_id in (*(listed.first_fixed or ()), *(listed.fixed or ()), *(listed.recommended or ())):
            component = self._products.of(product_id).component
            if component.version:
                found[component.name][component.version] = None
        return {name: tuple(versions)[:20] for name, versions in found.items()}


class _Said:
    """What a vulnerability says of its products: ratings, remedies, threats and flags, each looked up once."""

    def __init__(self, row: Vulnerability, products: Products, usual: str) -> None:
        self._groups = products.groups
        self._usual = usual
        self._remedies = self._by_product(row.remediations)
        self._threats = self._by_product(row.threats)
        self._flags = self._by_product(row.flags)
        self._ratings: dict[str, list[Content]] = defaultdict(list)
        for score in row.scores or ():
            content = Content(cvss_v2=score.cvss_v2, cvss_v3=score.cvss_v3, cvss_v4=score.cvss_v4)
            for product_id in score.products or ("",):
                self._ratings[product_id].append(content)
        for metric in row.metrics or ():
            for product_id in metric.products or ("",):
                self._ratings[product_id].append(metric.content or Content())
        self._known: dict[tuple[object, ...], Observation] = {}

    def of(self, product_id: str, shared: Observation, status: Status) -> Observation:
        """The shared observation with what is said of the product; products of which the same is said share it."""
        ratings = self._ratings.get(product_id) or self._ratings.get("") or []
        remedies, threats, flags = (
            _remarks(table, product_id) for table in (self._remedies, self._threats, self._flags)
        )
        key = (status, *map(id, (*ratings, None, *remedies, None, *threats, None, *flags)))
        found = self._known.get(key)
        if found is None:
            found = _with_remarks(_rated(shared, ratings, threats, self._usual), remedies, threats, flags, status)
            self._known[key] = found
        return found

    def _by_product(self, remarks: Sequence[Remark] | None) -> dict[str, list[Remark]]:
        found: dict[str, list[Remark]] = defaultdict(list)
        for remark in remarks or ():
            named = list(remark.product_ids or ())
            for group in remark.group_ids or ():
                named.extend(self._groups.get(group, ()))
            for product_id in dict.fromkeys(named) or ("",):
                found[product_id].append(remark)
        return found


def _remarks(table: dict[str, list[Remark]], product_id: str) -> list[Remark]:
    """What is said of the product, and of all products."""
    own, general = table.get(product_id, []) if product_id else [], table.get("", [])
    return [*own, *general] if general else own


def _rated(shared: Observation, ratings: list[Content], threats: list[Remark], usual: str) -> Observation:
    """Severity, score and vectors: of CVSS 3, else 2, else 4; else the publisher's word for the impact, or for the document."""
    versions = [[one.cvss_v3 for one in ratings], [one.cvss_v2 for one in ratings], [one.cvss_v4 for one in ratings]]
    rated: list[Cvss] = [one for version in versions for one in version if one is not None]
    leading = rated[0] if rated else Cvss()
    words = [
        leading.base_severity,
        *(one.qualitative_severity_rating for one in ratings),
        *(threat.details for threat in threats if threat.category == "impact"),
        usual,
    ]
    severity, word = next(
        ((severity_of(text), text) for text in words if text and severity_of(text) is not Severity.UNKNOWN),
        (Severity.UNKNOWN, ""),
    )
    if leading.base_score is not None and not leading.base_severity:
        severity, word = Severity.from_score(leading.base_score), ""
    return msgspec.structs.replace(
        shared,
        severity=severity,
        severity_text=word,
        score=leading.base_score,
        cvss=by_version(one.vector_string for one in rated if one.vector_string),
        epss=next((one.epss.probability for one in ratings if one.epss is not None), None),
    )


def _with_remarks(
    rated: Observation, remedies: list[Remark], threats: list[Remark], flags: list[Remark], status: Status
) -> Observation:
    reasons = [flag.label for flag in flags if flag.label]
    if status is Status.NOT_AFFECTED:  # then the impact is why there is none; elsewhere it is how bad it is
        reasons += [threat.details for threat in threats if threat.category == "impact" and threat.details]
    exploits = [threat.details for threat in threats if threat.category == "exploit_status" and threat.details]
    pages = [remark.url for remark in remedies if remark.url]
    return msgspec.structs.replace(
        rated,
        remedy="\n\n".join(dict.fromkeys(text for remark in remedies if (text := _remedy(remark)))),
        message="\n".join(dict.fromkeys(exploits)),
        references=tuple(dict.fromkeys((*rated.references, *pages))),
        justification="\n".join(dict.fromkeys(reasons)),
        fix_available_at=_fix_date(remedies),
    )


def _remedy(remark: Remark) -> str:
    said = (remark.details or "").strip()
    return "\n".join(part for part in (_NO_FIX.get(remark.category or "", ""), said) if part)


def _fix_date(remedies: list[Remark]) -> datetime.datetime | None:
    return next((date for one in remedies if one.category in _FIXES and (date := instant(one.date))), None)


def _about_product(product: Product, message: str) -> str:
    """The versions meant where they are a range, and what the publisher says about exploits."""
    return "\n".join(part for part in (f"{product.name}: {product.range}" if product.range else "", message) if part)
