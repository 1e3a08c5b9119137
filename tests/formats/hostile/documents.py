"""Hostile JSON: what is too large, too many, too deep, wrong or endless, put where the rows, a row's members, or what nobody reads stands."""

import itertools
from collections.abc import Iterator

from tests.formats.hostile import Blocks, Case, around, repeated

# Where a value can stand: text before it, text after it. `rows` is inside the list of rows, `row` a member of a row, `beside` a member of the document.
PLACES: dict[str, dict[str, tuple[bytes, bytes]]] = {
    "generic": {
        "rows": (b'{"findings": [', b"]}"),
        "row": (b'{"findings": [{"title": "t", "severity": "low", "flow": [', b"]}]}"),
        "beside": (b'{"findings": [], "tool": [', b"]}"),
    },
    "sarif": {
        "rows": (b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [', b"]}]}"),
        "row": (b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"ruleId": "a", "locations": [', b"]}]}]}"),
        "flow": (b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"ruleId": "a", "codeFlows": [{"threadFlows": [{"locations": [', b"]}]}]}]}]}"),
        "rules": (b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "rules": [', b"]}}, \"results\": []}]}"),
        "runs": (b'{"version": "2.1.0", "runs": [', b"]}"),
    },
    "gitlab": {
        "rows": (b'{"version": "15.0.0", "scan": {"type": "sast"}, "vulnerabilities": [', b"]}"),
        "row": (b'{"version": "15.0.0", "scan": {"type": "sast"}, "vulnerabilities": [{"id": "a", "identifiers": [', b"]}]}"),
        "beside": (b'{"version": "15.0.0", "scan": {"type": "sast"}, "vulnerabilities": [], "remediations": [', b"]}"),
        "files": (b'{"version": "15.0.0", "scan": {"type": "sast"}, "vulnerabilities": [], "dependency_files": [{"dependencies": [', b"]}]}"),
    },
    "cyclonedx": {
        "rows": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [', b"]}"),
        "row": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [{"id": "CVE-2026-1", "affects": [', b"]}]}"),
        "components": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [', b"]}"),
        "nested": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "a", "components": [', b"]}]}"),
        "tools": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"tools": [', b"]}}"),
    },
    "spdx": {
        "rows": (b'{"spdxVersion": "SPDX-2.3", "packages": [', b"]}"),
        "row": (b'{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "externalRefs": [', b"]}]}"),
        "beside": (b'{"spdxVersion": "SPDX-2.3", "packages": [], "x": [', b"]}"),
        "graph": (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [', b"]}"),
    },
    "csaf": {
        "rows": (b'{"document": {"csaf_version": "2.0"}, "vulnerabilities": [', b"]}"),
        "row": (b'{"document": {"csaf_version": "2.0"}, "vulnerabilities": [{"cve": "CVE-2026-1", "product_status": {"known_affected": [', b"]}}]}"),
        "tree": (b'{"document": {"csaf_version": "2.0"}, "vulnerabilities": [], "product_tree": {"branches": [', b"]}}"),
        "notes": (b'{"document": {"csaf_version": "2.0", "notes": [', b"]}, \"vulnerabilities\": []}"),
    },
    "openvex": {
        "rows": (b'{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [', b"]}"),
        "row": (b'{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{"vulnerability": {"name": "CVE-2026-1"}, "status": "affected", "products": [', b"]}]}"),
    },
    "osv": {
        "rows": (b'{"results": [{"source": {"path": "/a"}, "packages": [', b"]}]}"),
        "row": (b'{"results": [{"source": {"path": "/a"}, "packages": [{"package": {"name": "a"}, "vulnerabilities": [', b"]}]}]}"),
        "results": (b'{"experimental_config": {}, "results": [', b"]}"),
    },
    "trivy": {
        "results": (b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": [', b"]}"),
        "rows": (b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Target": "t", "Class": "os-pkgs", "Vulnerabilities": [', b"]}]}"),
        "row": (b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Target": "t", "Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "a", "References": [', b"]}]}]}"),
    },
    "grype": {
        "rows": (b'{"descriptor": {"name": "grype"}, "source": {}, "matches": [', b"]}"),
        "row": (b'{"descriptor": {"name": "grype"}, "source": {}, "matches": [{"vulnerability": {"id": "a", "urls": [', b"]}}]}"),
    },
    "snyk": {
        "rows": (b'{"vulnerabilities": [', b'], "packageManager": "npm", "projectName": "a", "ok": false}'),
        "row": (b'{"vulnerabilities": [{"id": "a", "title": "b", "from": [', b']}], "packageManager": "npm", "projectName": "a", "ok": false}'),
    },
    "npm_audit": {
        "members": (b'{"auditReportVersion": 2, "vulnerabilities": {"a": {"name": "a", "via": [', b"]}}}"),
        "beside": (b'{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": [', b"]}"),
    },
    "govulncheck": {
        "rows": (b'[{"config": {"scanner_name": "govulncheck"}},', b"]"),
        "row": (b'[{"config": {"scanner_name": "govulncheck"}}, {"finding": {"osv": "GO-1", "trace": [', b"]}}]"),
    },
    "bandit": {
        "rows": (b'{"errors": [], "generated_at": "2026-01-01T00:00:00Z", "metrics": {}, "results": [', b"]}"),
        "row": (b'{"errors": [], "generated_at": "2026-01-01T00:00:00Z", "metrics": {}, "results": [{"test_id": "B1", "issue_text": "t", "filename": "a.py", "line_range": [', b"]}]}"),
        "beside": (b'{"errors": [], "generated_at": "2026-01-01T00:00:00Z", "results": [], "metrics": [', b"]}"),
    },
}  # fmt: skip


def _texts(unit: bytes) -> Blocks:
    return lambda size: around(b'{"title": "', repeated(unit, size), b'"}')


def _listed(unit: bytes, last: bytes) -> Blocks:
    return lambda size: around(b"", repeated(unit, size), last)


def _keys(size: int) -> Iterator[bytes]:
    made = 0
    yield b"{"
    for number in itertools.count():
        block = b"".join(b'"k%d":%d,' % (one, one) for one in range(number * 50_000, (number + 1) * 50_000))
        yield block
        made += len(block)
        if made >= size:
            break
    yield b'"last":0}'


FILLINGS: dict[str, Blocks] = {
    "one endless text": _texts(b"a"),
    "one text of escapes": _texts(rb"\u0041\n"),
    "one text of half pairs": _texts(rb"\ud800"),
    "one text that is no UTF-8": _texts(b"\xff\xfe"),
    "one text of combining signs": _texts("e\u0301\u202e".encode()),
    "a text that never ends": lambda size: around(b'{"title": "', repeated(b"a", size), b""),
    "an endless key": lambda size: around(b'{"', repeated(b"k", size), b'": 1}'),
    "a million keys": _keys,
    "one key again and again": lambda size: around(b"{", repeated(b'"a":0,', size), b'"a":1}'),
    "empty objects": _listed(b"{},", b"{}"),
    "empty lists": _listed(b"[],", b"[]"),
    "empty texts": _listed(b'"",', b'""'),
    "zeros": _listed(b"0,", b"0"),
    "short texts": _listed(b'"abc",', b'"abc"'),
    "small objects": _listed(b'{"a":{}},', b'{"a":0}'),
    "titles": _listed(b'{"title":"a","severity":"low","id":"a","ruleId":"a","cve":"a","name":"a"},', b"{}"),
    "nested lists": lambda size: around(b"", itertools.chain(repeated(b"[", size // 2), repeated(b"]", size // 2)), b""),
    "nested objects": lambda size: around(b"", repeated(b'{"a":', size), b""),
    "a few levels again and again": _listed(b"[[[[[[[[]]]]]]]],", b"[]"),
    "a number without end": lambda size: repeated(b"9", size),
    "a fraction without end": lambda size: around(b"0.", repeated(b"1", size), b"e-1"),
    "huge numbers": _listed(b"1e999,", b"-1e999"),
    "white space": lambda size: around(b"{}", repeated(b" \n", size), b",{}"),
    "quotes": lambda size: repeated(b'"', size),
    "backslashes": lambda size: around(b'"', repeated(b"\\", size), b""),
    "NUL": lambda size: repeated(b"\x00", size),
}  # fmt: skip


def _case(front: bytes, filling: Blocks, back: bytes, format_: str) -> Case:
    return Case(lambda size: around(front, filling(size), back), format_)


def _lines(unit: bytes) -> Case:
    first = b'{"template-id":"a","info":{"name":"a","severity":"low"},"host":"h","matched-at":"h","type":"http"}\n'
    return Case(lambda size: around(first, repeated(unit, size), b""), "nuclei")


CASES: dict[str, Case] = {
    **{
        f"json {format_}, {place}: {name}": _case(front, filling, back, format_)
        for format_, places in PLACES.items()
        for place, (front, back) in places.items()
        for name, filling in FILLINGS.items()
    },
    **{
        f"json without a hint: {name}": Case(lambda size, made=filling: around(b'{"a": [', made(size), b"]}"))  # type: ignore[misc]
        for name, filling in FILLINGS.items()
    },
    **{
        f"lines: {name}": _lines(unit)
        for name, unit in {
            "empty objects": b"{}\n",
            "no JSON": b"x\n",
            "one line": b'{"a":',
            "one line of zeros": b"0,",
            "empty lines": b"\n",
            "open lists": b"[\n",
            "small rows": b'{"info":{"name":"a"}}\n',
            "values on one line": b"{}",
        }.items()
    },
}
