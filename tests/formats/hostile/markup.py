"""Hostile XML and HTML: elements, attributes, namespaces, comments and texts without end, at the rows, within one, and beside them."""

import itertools
from collections.abc import Iterator

from tests.formats.hostile import Blocks, Case, around, repeated

PLACES: dict[str, dict[str, tuple[bytes, bytes]]] = {
    "nessus": {
        "rows": (b'<NessusClientData_v2><Report name="r"><ReportHost name="h">', b"</ReportHost></Report></NessusClientData_v2>"),
        "row": (
            b'<NessusClientData_v2><Report name="r"><ReportHost name="h"><ReportItem pluginID="1" pluginName="P" severity="2">',
            b"</ReportItem></ReportHost></Report></NessusClientData_v2>",
        ),
        "beside": (b"<NessusClientData_v2>", b"</NessusClientData_v2>"),
    },
    "cyclonedx": {
        "rows": (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><vulnerabilities>', b"</vulnerabilities></bom>"),
        "row": (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><vulnerabilities><vulnerability><id>CVE-2026-1</id>', b"</vulnerability></vulnerabilities></bom>"),
        "components": (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>', b"</components></bom>"),
    },
    "spdx": {
        "document": (b"<Document><SPDXID>SPDXRef-DOCUMENT</SPDXID><spdxVersion>SPDX-2.3</spdxVersion>", b"</Document>"),
        "packages": (b"<Document><SPDXID>SPDXRef-DOCUMENT</SPDXID><spdxVersion>SPDX-2.3</spdxVersion><packages><name>a</name>", b"</packages></Document>"),
        "RDF": (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:SpdxDocument>', b"</spdx:SpdxDocument></rdf:RDF>"),
        "RDF package": (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"><spdx:SpdxDocument><spdx:Package><spdx:name>a</spdx:name>',
            b"</spdx:Package></spdx:SpdxDocument></rdf:RDF>",
        ),
    },
    "fortify": {
        "rows": (b'<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl"><Vulnerabilities>', b"</Vulnerabilities></FVDL>"),
        "row": (b'<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl"><Vulnerabilities><Vulnerability>', b"</Vulnerability></Vulnerabilities></FVDL>"),
        "beside": (b'<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl"><Description classID="a">', b"</Description></FVDL>"),
    },
}  # fmt: skip


def _numbered(form: bytes, size: int) -> Iterator[bytes]:
    """A form with a number in it, each time another."""
    made = number = 0
    while made < size:
        block = b"".join(form % one for one in range(number, number + 50_000))
        yield block
        made += len(block)
        number += 50_000


def _inside(front: bytes, unit: bytes, back: bytes) -> Blocks:
    return lambda size: around(front, repeated(unit, size), back)


FILLINGS: dict[str, Blocks] = {
    "a million attributes": lambda size: around(b"<x ", _numbered(b' a%d="1"', size), b"/>"),
    "one attribute again and again": _inside(b"<x ", b' a="1"', b"/>"),
    "an endless attribute": _inside(b'<x a="', b"a", b'"/>'),
    "a million namespaces": lambda size: around(b"<x ", _numbered(b' xmlns:n%d="urn:n"', size), b"/>"),
    "a namespace for each element": lambda size: _numbered(b'<n:x xmlns:n="urn:%d"/>', size),
    "a name for each element": lambda size: _numbered(b"<x%d/>", size),
    "an endless name": _inside(b"<", b"x", b"/>"),
    "an endless text": _inside(b"<x>", b"a", b"</x>"),
    "an endless text that is bare": _inside(b"", b"a", b""),
    "references to signs": _inside(b"<x>", b"&#65;&lt;", b"</x>"),
    "references to nothing": _inside(b"<x>", b"&nobody;", b"</x>"),
    "comments": _inside(b"", b"<!---->", b""),
    "an endless comment": _inside(b"<!--", b"a ", b"-->"),
    "a comment that never ends": _inside(b"<!--", b"a ", b""),
    "instructions": _inside(b"", b"<?x?>", b""),
    "sections": _inside(b"<x>", b"<![CDATA[a]]>", b"</x>"),
    "empty elements": _inside(b"", b"<x/>", b""),
    "empty elements in one": _inside(b"<x>", b"<x/>", b"</x>"),
    "small elements": _inside(b"", b'<x a="1"><y/>b</x>', b""),
    "rows of nothing": _inside(b"", b"<ReportItem/><vulnerability/><component/><packages/><spdx:Package/><Vulnerability/>", b""),
    "nested": lambda size: itertools.chain(repeated(b"<x>", size // 2), repeated(b"</x>", size * 4 // 7)),
    "rows in rows": _inside(b"", b"<ReportItem><vulnerability><component><packages><Vulnerability>", b""),
    "packages in packages": _inside(b"", b"<spdx:Package><spdx:name>a</spdx:name>", b""),
    "open elements": _inside(b"", b"<x>", b""),
    "closed elements": _inside(b"", b"</x>", b""),
    "mixed": _inside(b"<x>", b"a<b/>", b"</x>"),
    "no UTF-8": _inside(b"<x>", b"\xff\xfe", b"</x>"),
    "smaller than": _inside(b"", b"<", b""),
}  # fmt: skip
_ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">' + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)) + b"]>"
)  # fmt: skip
_ROOT = b"<NessusClientData_v2></NessusClientData_v2>"
_TABLE = b"<html><head><title>t</title></head><body><table><tr><th>Rule<th>Severity<th>Message</tr>"

CASES: dict[str, Case] = {
    **{
        f"xml {format_}, {place}: {name}": Case(
            lambda size, front=front, filling=filling, back=back: around(front, filling(size), back), format_  # type: ignore[misc]
        )
        for format_, places in PLACES.items()
        for place, (front, back) in places.items()
        for name, filling in FILLINGS.items()
    },
    "xml: a million entities": Case(
        lambda size: around(b"<!DOCTYPE a [", _numbered(b'<!ENTITY e%d "a">', size), b"]>" + _ROOT), "nessus"
    ),
    "xml: an endless entity": Case(_inside(b'<!DOCTYPE a [<!ENTITY e "', b"a", b'">]>' + _ROOT), "nessus"),
    "xml: laughs": Case(_inside(_ENTITIES + b"<NessusClientData_v2><x>", b"&l9;", b"</x></NessusClientData_v2>"), "nessus"),
    "xml: a document type without end": Case(_inside(b"<!DOCTYPE a [", b"<!ELEMENT x ANY>", b"]>" + _ROOT), "nessus"),
    "xml: attribute lists": Case(
        lambda size: around(b"<!DOCTYPE a [", _numbered(b'<!ATTLIST x a%d CDATA "a">', size), b"]>" + _ROOT), "nessus"
    ),
    "xml: white space before it": Case(_inside(b"", b" ", _ROOT), "nessus"),
    "xml: white space behind it": Case(_inside(_ROOT, b" ", b""), "nessus"),
    "xml: roots": Case(_inside(b"", _ROOT, b""), "nessus"),
    **{
        f"html {format_}: {name}": Case(_inside(_TABLE + front, unit, back + b"</table></body></html>"), format_)
        for format_ in ("sonarqube_html", "burp_dast")
        for name, (front, unit, back) in {
            "cells": (b"<tr>", b"<td>", b""),
            "rows": (b"", b"<tr><td>a<td>b", b""),
            "empty rows": (b"", b"<tr>", b""),
            "tables": (b"", b"<table>", b""),
            "an endless cell": (b"<tr><td>", b"a", b""),
            "lines": (b"<tr><td>", b"<br>", b""),
            "links": (b"<tr><td>", b'<a href="a">', b""),
            "an endless tag": (b"<tr><td><a ", b"a ", b">"),
            "attributes": (b"<tr><td><a ", b"a=1 ", b">"),
            "references": (b"<tr><td>", b"&lt;&#65;&x", b""),
            "a reference without end": (b"<tr><td>&#", b"9", b""),
            "smaller than": (b"<tr><td>", b"<", b""),
            "opened comments": (b"<tr><td>", b"<!--", b""),
            "comments": (b"<tr><td>", b"<!---->", b""),
            "opened sections": (b"<tr><td>", b"<![", b""),
            "a script": (b"<script>", b"</", b""),
            "scripts": (b"", b"<script></script>", b""),
            "terms": (b"</table>", b"<dt>a<dd>b", b"<table>"),
            "headings": (b"</table>", b'<h1>a</h1><div class="section">b</div>', b"<table>"),
            "ends": (b"<tr><td>", b"</x>", b""),
        }.items()
    },
}  # fmt: skip
