"""OpenVEX 0.0.1 to 0.2.0, on its own or in an in-toto statement: what a producer says of vulnerabilities in its products."""

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from prodsec.scans.formats.custom import packages
from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.openvex_document import Attestation, Document, Product, Statement, Vulnerability
from prodsec.scans.formats.custom.rows_reading import RowsReading, frame, json_reader
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.json_walk import JsonDocument, Row
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Header, Observation, Status
from prodsec.vocabulary import identifiers
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place

ID = "openvex"
PATHS = ("statements[*]", "predicate.statements[*]")
_STATEMENT = msgspec.json.Decoder(Statement, strict=False)
_STATUSES = {
    "not_affected": (Status.NOT_AFFECTED, ()),
    "fixed": (Status.FIXED, ()),
    "affected": (Status.OPEN, ()),
    "under_investigation": (Status.OPEN, ("under_investigation",)),
}
_IMAGES = frozenset({"oci", "docker"})


def readings(document: JsonDocument) -> Iterator[RowsReading]:
    """The one document. Its id is the target, so that a newer version of it replaces what the older one said.

    Raises: ReportError when its frame has another shape.
    """
    tree = document.skeleton
    if isinstance(tree, dict) and "predicate" in tree:
        about = frame(tree, Attestation, "OpenVEX document").predicate
    else:
        about = frame(tree, Document, "OpenVEX document")
    header = Header(
        format=ID,
        tool=about.author or "OpenVEX",
        analysis=Kind.DEPENDENCY,
        tool_version="" if about.version is None else str(about.version),
        target=about.id or "",
        scanned_at=instant(about.last_updated) or instant(about.timestamp),
    )

    remarks = Remarks()
    if not about.id:
        remarks.note("OpenVEX asks for the document's @id, by which its next version is known", "/")

    def read(row: Row) -> Iterator[Observation]:
        statement = _STATEMENT.decode(row.raw)
        if statement.status == "not_affected" and not (statement.justification or statement.impact_statement):
            remarks.note(
                "OpenVEX asks for a justification or impact_statement where a product is not affected", row.pointer
            )
        if statement.status == "affected" and not statement.action_statement:
            remarks.note("OpenVEX asks for an action_statement where a product is affected", row.pointer)
        return observations(statement, row.pointer)

    yield RowsReading(header, document.rows(), read, remarks=remarks)


def observations(row: Statement, pointer: str) -> Iterator[Observation]:
    """One observation for each product, or for each part of it where the statement names parts; one in all without products.

    Raises: msgspec.ValidationError for a statement that names no vulnerability, or a status nobody knows.
    """
    named = row.vulnerability
    vulnerability = Vulnerability(name=named) if isinstance(named, str) else named or Vulnerability()
    name = vulnerability.name or vulnerability.id or ""
    if not name:
        raise msgspec.ValidationError("the statement names no vulnerability")
    if row.status not in _STATUSES:
        raise msgspec.ValidationError(f"the statement's status is {row.status!r}, which OpenVEX does not know")
    status, tags = _STATUSES[row.status]
    described = vulnerability.description or row.vuln_description or ""
    known = [
        one for text in (name, *(vulnerability.aliases or ())) for one in identifiers.ids_in(text) or (text.upper(),)
    ]
    shared = Observation(
        kind=Kind.DEPENDENCY,
        rule=known[0] if identifiers.ids_in(name) else name,
        title=described.partition("\n")[0] or name,
        pointer=pointer,
        description=described,
        message=row.status_notes or "",
        remedy=row.action_statement or "",
        references=(vulnerability.id,) if (vulnerability.id or "").startswith("http") and vulnerability.id else (),
        ids=tuple(dict.fromkeys(known)),
        status=status,
        justification="\n".join(part for part in (row.justification, row.impact_statement) if part),
        tags=tags,
    )
    if not row.products:
        yield shared
    for index, given in enumerate(row.products or ()):
        product = Product(id=given) if isinstance(given, str) else given
        yield from _of_product(shared, product, row.subcomponents or [], f"{pointer}/products/{index}")


def _of_product(
    shared: Observation, product: Product, beside: list[Product | str], pointer: str
) -> Iterator[Observation]:
    """The product itself, or its parts: those named in it, before 0.2.0 those named beside it."""
    whole = packages.component(name=product.id or "", purl=_purl(product))
    parts = [*(product.subcomponents or ()), *beside]
    for index, given in enumerate(parts):
        part = Product(id=given) if isinstance(given, str) else given
        component = packages.component(name=part.id or "", purl=_purl(part))
        within = "" if whole is None else whole.purl or whole.name
        image = _image(product) if whole is not None and whole.type in _IMAGES else ""
        yield msgspec.structs.replace(
            shared,
            pointer=f"{pointer}/subcomponents/{index}",
            title=shared.title if shared.description or component is None else f"{shared.rule} in {component.name}",
            component=component,
            place=Place(image=image) if image else Place(resource=within),
        )
    if not parts:
        yield msgspec.structs.replace(
            shared,
            pointer=pointer,
            title=shared.title if shared.description or whole is None else f"{shared.rule} in {whole.name}",
            component=whole,
        )


def _purl(product: Product) -> str:
    told = product.identifiers.purl if product.identifiers is not None else None
    return told or (product.id if (product.id or "").startswith("pkg:") else "") or ""


def _image(product: Product) -> str:
    """An image as people name it: out of `pkg:oci/name?repository_url=…&tag=…`."""
    purl = _purl(product)
    qualifiers = dict(pair.partition("=")[::2] for pair in purl.partition("?")[2].partition("#")[0].split("&"))
    name = unquote(qualifiers.get("repository_url", "")) or unquote(
        purl.partition("/")[2].partition("@")[0].partition("?")[0]
    )
    tag = unquote(qualifiers.get("tag", ""))
    return f"{name}:{tag}" if tag else name


FORMAT = CustomFormat(
    id=ID,
    title="OpenVEX",
    tool="any tool that writes OpenVEX",
    kind=Kind.DEPENDENCY,
    signatures=(
        Signature(json=("statements",), equals={"@context": ("https://openvex.dev/ns*",)}, weight=1),
        Signature(json=("predicate",), equals={"predicateType": ("https://openvex.dev/ns*",)}, weight=1),
        Signature(json=("statements[0].vulnerability", "statements[0].status"), weight=1),
    ),
    reader=json_reader(PATHS, readings),
    about=(
        "A row for each product of a statement, or for each of its subcomponents. Affected and under investigation are open; fixed and not "
        "affected are kept with their justification. The author is the tool, the document's id the target. OpenVEX says nothing of severity."
    ),
    sample="vexctl create --product=pkg:apk/wolfi/git@2.39.0-r1 --vuln=CVE-2023-12345 --status=fixed",
)
