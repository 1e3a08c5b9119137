"""Everything hostile or broken that the issue names, through the API and the import: a sentence, never a crash.

Whatever comes, the upload is answered below 500, the scan ends, what it says is no stack trace, a scan that failed has
changed nothing, and the next good report is imported.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable

import pytest

from prodsec.findings.models import Finding
from prodsec.scans import tasks
from prodsec.scans.models import RejectedRow, Scan
from prodsec.scans.tests.doors import Door, sarif
from prodsec.scans.types import Limits, ScanState

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;">]>
<OWASPZAPReport version="2.1"><site name="&f;"/></OWASPZAPReport>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<OWASPZAPReport version="2.1"><site name="&file;"/></OWASPZAPReport>"""


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def _result(**changed: object) -> bytes:
    """A SARIF report of three results, the middle one with these members."""
    report = json.loads(sarif(1, 2, 3))
    report["runs"][0]["results"][1].update(changed)
    return json.dumps(report).encode()


REFUSED: dict[str, Callable[[], bytes]] = {
    "an image": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "a program": lambda: b"\x7fELF" + bytes(4_000),
    "prose": lambda: b"Dear all,\nplease find attached the report.\n",
    "another JSON": lambda: b'{"hello": ["world"]}',
    "an empty object": lambda: b"{}",
    "white space": lambda: b" \n\t\n ",
    "only a byte order mark": lambda: b"\xef\xbb\xbf",
    "JSON cut short": lambda: sarif(*range(50))[:-60],
    "JSON cut in a word": lambda: sarif(1)[: sarif(1).index(b"results") + 4],
    "ten million brackets": lambda: b"[" * 10_000_000,
    "ten million brackets in a report": lambda: sarif(1).replace(
        b'"results": [', b'"results": [' + b"[" * 10_000_000, 1
    ),
    "ten million objects": lambda: b'{"a":' * 2_000_000,
    "one endless line": lambda: b'{"version": "2.1.0", "runs": "' + b"x" * (Limits().row_bytes + 6_000_000),
    "a zip bomb": lambda: _zip(report_sarif=sarif(1) + b" " * 60_000_000),
    "a gzip bomb": lambda: gzip.compress(b" " * 80_000_000, 1),
    "an empty zip": _zip,
    "a zip of nothing known": lambda: _zip(readme_txt=b"hello", other_bin=bytes(100)),
    "a zip cut short": lambda: _zip(report_sarif=sarif(*range(200)))[:-50],
    "XML entities": lambda: BILLION_LAUGHS,
    "an external entity": lambda: EXTERNAL,
    "XML cut short": lambda: b'<?xml version="1.0"?><OWASPZAPReport version="2.1"><site name="x"><alerts>',
    "broken UTF-8": lambda: b"\xff\xfe\x00\xd8" * 500,
    "a latin-1 JSON": lambda: sarif(1).replace(b"Do not", b"N\xe9 pas"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_report_fails_with_a_sentence(name: str, admin: Door) -> None:
    scan = _through_the_door(admin, REFUSED[name]())
    assert scan is None or ScanState(scan.state) in (ScanState.FAILED, ScanState.DONE)
    if name != "a latin-1 JSON" and scan is not None:
        assert ScanState(scan.state) is ScanState.FAILED
    assert not Finding.objects.exists() or (scan is not None and ScanState(scan.state) is ScanState.DONE)
    _still_works(admin)


READ: dict[str, bytes] = {
    "duplicate keys": sarif(1).replace(b'"level": "error"', b'"level": "note", "level": "error"'),
    "a severity nobody knows": _result(level="catastrophic-ish"),
    "a score that is no number": _result(properties={"security-severity": "NaN"}),
    "a bare NaN": sarif(1, 2).replace(b'"startLine": 2', b'"startLine": NaN'),
    "an endless number": _result(rank=1e308).replace(b"1e+308", b"9" * 5_000),
    "NUL in a text": _result(message={"text": "a\x00b"}),
    "a lone surrogate": sarif(1, 2).replace(b"(2)", rb"\ud800"),
    "year one": sarif(1, 2, invocations=[{"executionSuccessful": True, "endTimeUtc": "0001-01-01T00:00:00Z"}]),
    "year 9999": sarif(1, 2, invocations=[{"executionSuccessful": True, "endTimeUtc": "9999-12-31T23:59:59-12:00"}]),
    "a line far away": _result(
        locations=[{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 10**30}}}]
    ),
    "a negative line": _result(
        locations=[{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": -5}}}]
    ),
    "a text of a megabyte": _result(message={"text": "x" * 1_000_000}),
    "a result that is a number": sarif(1, 2).replace(b'"results": [', b'"results": [7, '),
    "a tool nobody knows": sarif(1, 2).replace(b"lintel", b"\xe5\x91\xbd"),
    "UTF-16": sarif(1, 2).decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + sarif(1, 2),
    "gzip": gzip.compress(sarif(1, 2)),
    "a script": b"var results =\n" + sarif(1, 2) + b";\n",
    "zip": _zip(report_sarif=sarif(1, 2)),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_odd_is_read_or_rejected_with_its_place(name: str, admin: Door) -> None:
    scan = _through_the_door(admin, READ[name])
    assert scan is not None
    if ScanState(scan.state) is ScanState.DONE:
        assert scan.new_count + scan.rejected_count > 0
        assert all(row.place and row.reason for row in RejectedRow.objects.filter(scan=scan))
    else:
        assert not Finding.objects.exists()
    _still_works(admin)


@pytest.mark.parametrize("field", ["asset", "target", "format", "file_name"])
@pytest.mark.parametrize(
    "text", ["\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 5_000, "../..", "'; --"]
)
def test_odd_words_in_the_address_are_no_crash(field: str, text: str, admin: Door) -> None:
    query = {"asset": "gitlab.com/acme/api", field: text}
    assert admin.send(sarif(1), **query).status_code < 500


def _through_the_door(door: Door, report: bytes) -> Scan | None:
    """Send a report and have it imported. None when it was refused at once."""
    answer = door.send(report)
    assert answer.status_code < 500
    if answer.status_code != 202:
        assert answer.json()["detail"]
        return None
    tasks.import_now(answer.json()["scan"])
    scan = Scan.objects.get(id=answer.json()["scan"])
    assert ScanState(scan.state).is_over
    assert "Traceback" not in scan.error
    assert "fault of ours" not in scan.error
    assert (ScanState(scan.state) is ScanState.FAILED) == bool(scan.error)
    return scan


def _still_works(door: Door) -> None:
    scan = _through_the_door(door, sarif(7))
    assert scan is not None
    assert ScanState(scan.state) is ScanState.DONE
