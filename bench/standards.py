"""Large documents of the standards: advisories and bills of materials, made up, with all that real ones are full of."""

import json
from collections.abc import Callable
from pathlib import Path

_SIZE = 40_000_000
_PRODUCTS = 200


def csaf(folder: Path) -> Path:
    """An advisory with many vulnerabilities in the same few hundred products."""
    versions = [
        {"category": "product_version", "name": "1.0", "product": _product(number)} for number in range(_PRODUCTS)
    ]
    tree = {"branches": [{"category": "vendor", "name": "Shop", "branches": versions}]}
    about = {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "Shop"}, "tracking": {"id": "S-1"}}
    head = json.dumps({"document": about, "product_tree": tree})[:-1] + ', "vulnerabilities": ['
    return _written(folder / "csaf.json", head, lambda number: json.dumps(_vulnerability(number)), "]}", ",\n")


def _product(number: int) -> dict[str, object]:
    helper = {"purl": f"pkg:rpm/shop/part{number}@1.0"}
    return {"product_id": f"P{number}", "name": f"Part {number} 1.0", "product_identification_helper": helper}


def _vulnerability(number: int) -> dict[str, object]:
    ids = [f"P{(number * 7 + step) % _PRODUCTS}" for step in range(3)]
    notes = [{"category": "description", "text": "What happens when paper meets too much ink at once. " * 20}]
    cvss = {
        "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "baseScore": 9.8,
        "baseSeverity": "CRITICAL",
    }
    return {
        "cve": f"CVE-2031-{1000 + number}",
        "notes": notes,
        "product_status": {"known_affected": ids[:2], "fixed": ids[2:]},
        "scores": [{"products": ids, "cvss_v3": cvss}],
        "remediations": [{"category": "vendor_fix", "details": "Update.", "product_ids": ids}],
        "references": [{"url": f"https://shop.example/{word}/{number}"} for word in ("cve", "bug", "fix")],
    }


def spdx(folder: Path) -> Path:
    """Packages, one in four with an advisory."""
    head = '{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "shop", "packages": ['
    return _written(folder / "spdx.json", head, lambda number: json.dumps(_package(number)), "]}", ",\n")


def _package(number: int) -> dict[str, object]:
    refs = [("PACKAGE-MANAGER", "purl", f"pkg:npm/part-{number}@1.2.3")]
    if number % 4 == 0:
        refs.append(("SECURITY", "advisory", f"https://shop.example/CVE-2031-{1000 + number}"))
    names = ("referenceCategory", "referenceType", "referenceLocator")
    return {
        "name": f"part-{number}", "SPDXID": f"SPDXRef-{number}", "versionInfo": "1.2.3", "downloadLocation": "NONE",
        "licenseConcluded": "MIT", "copyrightText": "NOASSERTION", "filesAnalyzed": False,
        "externalRefs": [dict(zip(names, ref, strict=True)) for ref in refs],
    }  # fmt: skip


def spdx_tag_value(folder: Path) -> Path:
    """The same as lines."""
    head = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: shop\n"
    return _written(folder / "large.spdx", head, _lines, "", "")


def _lines(number: int) -> str:
    text = f"\nPackageName: part-{number}\nSPDXID: SPDXRef-{number}\nPackageVersion: 1.2.3\nPackageDownloadLocation: NONE\n"
    text += "FilesAnalyzed: false\nPackageLicenseConcluded: MIT\nPackageCopyrightText: <text>2031\nThe shop</text>\n"
    text += f"ExternalRef: PACKAGE-MANAGER purl pkg:npm/part-{number}@1.2.3\n"
    return text + (
        f"ExternalRef: SECURITY advisory https://shop.example/CVE-2031-{1000 + number}\n" if number % 4 == 0 else ""
    )


def cyclonedx(folder: Path) -> Path:
    """Components without vulnerabilities: an inventory."""
    head = '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": ['
    return _written(folder / "cyclonedx.json", head, lambda number: json.dumps(_component(number)), "]}", ",\n")


def _component(number: int) -> dict[str, object]:
    purl = f"pkg:npm/part-{number}@1.2.3"
    return {
        "type": "library", "bom-ref": purl, "name": f"part-{number}", "version": "1.2.3", "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": "0" * 64}], "licenses": [{"license": {"id": "MIT"}}],
    }  # fmt: skip


def cyclonedx_xml(folder: Path) -> Path:
    """Vulnerabilities, each with what scanners write of it."""
    head = '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><vulnerabilities>'
    return _written(folder / "cyclonedx.xml", head, _element, "</vulnerabilities></bom>", "\n")


def _element(number: int) -> str:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    rating = f"<score>9.8</score><severity>critical</severity><method>CVSSv31</method><vector>{vector}</vector>"
    described = "What happens when paper meets too much ink at once. " * 20
    return (
        f'<vulnerability bom-ref="v{number}"><id>CVE-2031-{1000 + number}</id><source><name>NVD</name></source>'
        f"<ratings><rating>{rating}</rating></ratings><cwes><cwe>79</cwe></cwes><description>{described}</description>"
        f"<affects><target><ref>pkg:npm/part-{number}@1.2.3</ref></target></affects></vulnerability>"
    )


def _written(path: Path, head: str, item: Callable[[int], str], tail: str, between: str) -> Path:
    with path.open("w") as out:
        out.write(head)
        size = number = 0
        while size < _SIZE:
            text = (between if number else "") + item(number)
            out.write(text)
            size, number = size + len(text), number + 1
        out.write(tail)
    return path
