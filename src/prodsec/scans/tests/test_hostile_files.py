"""Files that mean harm, or are only broken: each is refused with a sentence, or loses a row with its place (T13, T14, T15)."""

import gzip
import io
import json
import os
import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from prodsec.scans.formats import readings
from prodsec.scans.formats.inspecting import Summary, inspect
from prodsec.scans.types import Limits, Observation, Rejected, ReportError

REPORT = json.dumps({"findings": [{"title": "One", "severity": "high"}, {"title": "Two", "severity": "low"}]}).encode()
ITEM = '<Report name="r"><ReportHost name="h"><ReportItem pluginID="1" pluginName="P" severity="{}"/></ReportHost></Report>'
NESSUS = "<NessusClientData_v2>" + ITEM + "</NessusClientData_v2>"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Summary]:
    """Inspects these bytes under a name that says nothing."""

    def inspected(data: bytes, limits: Limits | None = None) -> Summary:
        path = tmp_path / "report"
        path.write_bytes(data)
        return inspect(path, limits=limits)

    return inspected


def zipped(*members: tuple[str, bytes], mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def test_packed_reports_are_read(read: Callable[..., Summary]) -> None:
    assert read(REPORT).count == 2
    assert read(gzip.compress(REPORT)).count == 2
    assert read(zipped(("a.json", REPORT), ("sub/b.json", REPORT), ("readme.txt", b"hello"))).count == 4
    assert read(gzip.compress(NESSUS.format("2").encode())).count == 1


def test_places_in_an_archive_name_the_member(tmp_path: Path) -> None:
    path = tmp_path / "reports.zip"
    path.write_bytes(zipped(("a.json", REPORT), ("b.json", REPORT.replace(b'"Two"', b"NaN"))))
    rows = [row for reading in readings(path) for row in reading]
    places = [row.pointer if isinstance(row, Observation) else row.place for row in rows]
    assert [place.split("/findings")[0].strip("/:") for place in places] == ["a.json", "a.json", "b.json", "b.json"]
    assert isinstance(rows[-1], Rejected)


def test_a_line_in_an_archive_is_set_apart_from_the_member(tmp_path: Path) -> None:
    table = b"reference_number,title,priority,bug_url,target_name\nr1,XSS,3,https://shop.example/,shop\n"
    path = tmp_path / "reports.zip"
    path.write_bytes(zipped(("bugs.csv", table)))
    assert [row.pointer for reading in readings(path) for row in reading if isinstance(row, Observation)] == [
        "bugs.csv line 2"
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (zipped(("../up.json", REPORT)), "leads out of it"),
        (zipped(("/etc/cron.d/x", REPORT)), "leads out of it"),
        (zipped(("a\\..\\..\\x", REPORT)), "leads out of it"),
        (zipped(("C:/x.json", REPORT)), "leads out of it"),
        (zipped(("link", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "symbolic link"),
        (zipped(("a.zip", zipped(("a.json", REPORT)))), "archive within an archive"),
        (zipped(("a.json.gz", gzip.compress(REPORT))), "archive within an archive"),
        (gzip.compress(gzip.compress(REPORT)), "archive within an archive"),
        (zipped(("a.json", b'{"findings": [' + b" " * 30_000_000 + b"]}")), "zip bomb"),
        (gzip.compress(b'{"findings": [' + b" " * 30_000_000 + b"]}"), "zip bomb"),
        (zipped(*[(f"{n}.json", REPORT) for n in range(1_001)]), "at most 1000"),
        (zipped(("a.json", REPORT))[:60], "zip file|cut off"),
        (gzip.compress(os.urandom(5_000))[:3_000], "cut off"),
        (b"PK\x03\x04" + b"rubbish" * 100, "zip"),
        (zipped(("notes.txt", b"hello")), "no report"),
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "7z"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x7fELF" + bytes(range(256)) * 40, "no report"),
        (b"hello, world", "no report"),
        (b"<html><title>Sign in</title></html>", "HTML page with the title 'Sign in'"),
        (b'{"a": 1}', "do not know"),
        (b"<a><b></a>", "XML"),
    ],
)
def test_what_is_refused(read: Callable[..., Summary], data: bytes, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        read(data)


def test_an_archive_names_a_file_twice(read: Callable[..., Summary]) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a.json", REPORT), ("a.json", REPORT))
    with pytest.raises(ReportError, match="two members named"):
        read(twice)


def test_an_encrypted_archive_is_refused(read: Callable[..., Summary]) -> None:
    data = bytearray(zipped(("a.json", REPORT)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(ReportError, match="encrypted"):
        read(bytes(data))


@pytest.mark.parametrize(("offset", "value"), [(6, 236), (8, 1 << 11), (10, 77), (42, 0xFFFFFFF0)])
def test_t14_an_archive_that_is_of_no_known_kind_is_refused(
    read: Callable[..., Summary], offset: int, value: int
) -> None:
    data = bytearray(zipped(("\u00e9.json", REPORT)).replace("\u00e9".encode(), b"\xff\xfe"))
    central = data.index(b"PK\x01\x02")
    data[central + offset : central + offset + 4] = value.to_bytes(4, "little")
    with pytest.raises(ReportError, match="no zip file that can be read"):
        read(bytes(data))


def test_t14_a_member_without_a_name(read: Callable[..., Summary]) -> None:
    with pytest.raises(ReportError, match="holds no report"):
        read(zipped((".", REPORT)))


def test_the_size_an_archive_declares_is_not_believed(read: Callable[..., Summary]) -> None:
    data = bytearray(zipped(("a.json", b'{"findings": [' + b" " * 60_000_000 + b"]}")))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = (1_000).to_bytes(4, "little")
    with pytest.raises(ReportError):
        read(bytes(data))


ENTITIES = {
    "external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    "laughs": '<!DOCTYPE a [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>",
}


@pytest.mark.parametrize("name", ENTITIES)
def test_entities_are_refused_and_never_followed(read: Callable[..., Summary], name: str) -> None:
    began = time.process_time()
    with pytest.raises(ReportError, match="entit"):
        read((ENTITIES[name] + NESSUS.replace('pluginName="P"', 'pluginName="&l9;&x;"').format("2")).encode())
    assert time.process_time() - began < 5, "an entity was expanded"


def test_an_external_dtd_and_an_include_are_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "x.dtd").write_text('<!ENTITY who "read from the DTD">')
    (tmp_path / "x.txt").write_text("read by an include")
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{tmp_path}/x.txt" parse="text"/>'
    body = NESSUS.format("2").replace(
        'severity="2"/>', f'severity="2"><description>{include}</description></ReportItem>'
    )
    path = tmp_path / "report"
    path.write_text(f'<!DOCTYPE NessusClientData_v2 SYSTEM "{tmp_path}/x.dtd">{body}')
    (row,) = [row for reading in readings(path) for row in reading]
    assert isinstance(row, Observation)
    assert row.title == "P"
    assert "read" not in repr(row)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_xml_nested_too_deep_is_refused(read: Callable[..., Summary], depth: int) -> None:
    deep = "<a>" * depth + "</a>" * depth
    with pytest.raises(ReportError, match=r"\w"):
        read(NESSUS.format("2").replace("<ReportHost", f"<Deep>{deep}</Deep><ReportHost").encode())


@pytest.mark.parametrize("cut", [40, 90, -30, -3])
def test_xml_cut_off_is_refused(read: Callable[..., Summary], cut: int) -> None:
    with pytest.raises(ReportError, match=r"XML|no report"):
        read(NESSUS.format("2").encode()[:cut])


def test_a_prefix_that_nobody_bound_harms_nothing(read: Callable[..., Summary]) -> None:
    assert read(NESSUS.format("2").replace("<Report ", '<Report xsi:type="x" ').encode()).count == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(read: Callable[..., Summary], encoding: str) -> None:
    assert (
        read(json.dumps(json.loads(REPORT) | {"tool": "Prüfer"}, ensure_ascii=False).encode(encoding)).tool.name
        == "Prüfer"
    )
    assert read("title;severity\nGröße;high\n".encode(encoding)).severities.high == 1


def test_a_table_in_the_western_code_page(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes("Title,Severity\nGröße,High\n".encode("cp1252"))
    (row,) = [row for reading in readings(path) for row in reading]
    assert isinstance(row, Observation)
    assert row.title == "Größe"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('Shop,today\nrule,title,severity,ids,file\nA,"One\nand, two, three, four, five, six, seven, eight, nine",high,,a.py\nB,Two,low,,b.py\n', ["A", "B"]),
        (
            (
                "Report,today\nGroup,Addresses,Hosts,Found,Range\nAll,192.0.2.0/24,2,2,a week\n\nTotal,Risk\n2,7\n\n"
                "Address,Total,Risk\n192.0.2.1,2,7\n\nrule,title,severity,ids,file,line,url,host\nA,One,high,,a.py,1,,\nB,Two,low,,b.py,2,,\n"
            ),
            ["A", "B"],
        ),
        ('rule,title,severity,ids\nA,"One,\n two","high",",CVE-2026-1, CVE-2026-2, CVE-2026-3, CVE-2026-4, CVE-2026-5, CVE-2026-6"\n', ["A"]),
    ],
)  # fmt: skip
def test_a_long_row_is_not_taken_for_the_columns(tmp_path: Path, text: str, rules: list[str]) -> None:
    path = tmp_path / "report"
    path.write_text(text)
    rows = [row for reading in readings(path) for row in reading]
    assert [row.rule for row in rows if isinstance(row, Observation)] == rules


def test_lines_that_stand_in_quotes_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text(
        '"Report,""today"",""1"""\n"rule,""title"",""severity"",""message"",""file"",""line"""\n"A,""One, two"",""high"",""more\nlines"",""a.py"",""3"""\n'
    )
    (row,) = [row for reading in readings(path) for row in reading]
    assert isinstance(row, Observation)
    assert (row.rule, row.title, row.severity.word, row.message) == ("A", "One, two", "high", "more\nlines")


def test_odd_values_are_read_or_rejected_with_their_place(tmp_path: Path) -> None:
    findings = [
        '{"title": "nul \\u0000 here", "severity": "high"}',
        '{"title": "odd score", "severity": "nobody knows", "score": 1e300}',
        '{"title": "twice", "title": "second", "severity": "low"}',
        '{"title": "dates", "severity": "low", "date": "0001-01-01", "published_at": "9999-12-31T23:59:59-12:00"}',
        '{"title": "half \\ud800 pair", "severity": "low"}',
        '{"title": "not a number", "severity": "low", "score": NaN}',
        '{"title": "huge", "severity": "low", "line": ' + "9" * 400 + "}",
        '{"severity": "low"}',
        '{"title": ["a", {"b": 1}], "severity": {"x": []}, "cwe": {}, "tags": 5, "endpoints": [[]], "flow": [1], "ids": [[1]]}',
        "17",
        "null",
    ]
    path = tmp_path / "report"
    path.write_text('{"findings": [' + ",\n".join(findings) + "]}")
    rows = [row for reading in readings(path, format="generic") for row in reading]
    titles = [row.title for row in rows if isinstance(row, Observation)]
    rejected = [row.place for row in rows if isinstance(row, Rejected)]
    assert titles[:4] == ["nul  here", "odd score", "second", "dates"]
    assert {"/findings/5", "/findings/7", "/findings/9", "/findings/10"} <= set(rejected)
    assert len(titles) + len(rejected) == len(findings)
    assert all(row.reason for row in rows if isinstance(row, Rejected))


def test_members_of_an_archive_that_are_no_reports_are_told(tmp_path: Path) -> None:
    path = tmp_path / "reports.zip"
    path.write_bytes(zipped(("a.json", REPORT[:40]), ("b.json", REPORT)))
    (reading,) = readings(path)
    (rejected,) = [row for row in reading if isinstance(row, Rejected)]
    assert rejected.place == "a.json"
    assert "cut off" in rejected.reason


def test_many_rejected_rows_are_counted_but_not_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text('{"findings": [{"title": "a", "severity": "low"}' + ", 1" * 50 + "]}")
    (reading,) = readings(path, limits=Limits(rejected=10))
    rows = list(reading)
    assert sum(isinstance(row, Rejected) for row in rows) == 10
    assert getattr(reading, "rejected", None) == 50


@pytest.mark.parametrize(
    "data",
    [
        b"title,severity\n" + b"x" * 200_000,
        b'{"findings": [{"title": "' + b"x" * 200_000,
        b'{"findings": [{"title": "' + b"x" * 200_000 + b'", "severity": "low"}]}',
    ],
)
def test_a_line_longer_than_a_row_may_be(read: Callable[..., Summary], data: bytes) -> None:
    with pytest.raises(ReportError, match=r"longer than|larger than|cut off"):
        read(data, Limits(row_bytes=100_000))


def test_reading_ends_when_its_time_is_over(read: Callable[..., Summary]) -> None:
    with pytest.raises(ReportError, match="longer than 0 seconds"):
        read(REPORT, Limits(seconds=0))


def test_a_workbook_is_read_and_a_bomb_of_one_is_not(tmp_path: Path, read: Callable[..., Summary]) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Title", "Severity"])
    sheet.append(["One", "High"])
    path = tmp_path / "book"
    book.save(path)
    assert inspect(path).severities.high == 1
    bomb = zipped(("[Content_Types].xml", b" " * 50_000_000), ("xl/workbook.xml", b""))
    with pytest.raises(ReportError, match="zip bomb"):
        read(bomb)


def book_of(part: str, text: bytes) -> bytes:
    """A workbook of which one part is another."""
    from openpyxl import Workbook

    book, out, changed = Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    book.active.append(["Title", "Severity"])
    book.active.append(["One", "High"])
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(
                name,
                text + old.read(name).removeprefix(b"<?xml version='1.0' encoding='utf-8'?>")
                if name == part
                else old.read(name),
            )
    return changed.getvalue()


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("name", ENTITIES)
def test_t13_a_workbook_declares_no_entities(read: Callable[..., Summary], part: str, name: str) -> None:
    with pytest.raises(ReportError, match="document type"):
        read(book_of(part, ENTITIES[name].encode()))


def test_t13_a_workbook_in_another_encoding_is_refused(read: Callable[..., Summary]) -> None:
    with pytest.raises(ReportError, match="no XML in UTF-8"):
        read(book_of("xl/workbook.xml", "<a/>".encode("utf-16")))


def test_t14_a_workbook_with_too_many_parts_is_refused(read: Callable[..., Summary]) -> None:
    with pytest.raises(ReportError, match="at most 5 are read"):
        read(book_of("", b""), Limits(archive_members=5))


@pytest.mark.parametrize(
    ("data", "limits", "sentence"),
    [
        (b'{"findings": [' + b"1," * 30 + b"1]}", Limits(lost_rows=20), "more than 20 rows, and more than half"),
        (b'{"findings": [' + b'{"title": "a", "severity": "low"},' * 9 + b"1]}", Limits(findings=5), "more than 5 findings"),
        (b"title,severity\n" + b"\n" * 20, Limits(rows=10), "more than 10 rows"),
        (b"title,severity," + b"c," * 20_000 + b"\na,high\n", Limits(), "more than 16384 columns"),
        (b"title,severity\n" + b"," * 1_000_001 + b"\n", Limits(), "more than 1000000 cells"),
        (b'title,severity\n"a\n' + b"b\n" * 5_000, Limits(row_bytes=5_000), "is a quote not closed"),
        (b'{"findings": [], "tool": [' + b"0," * 1_000_000 + b"0]}", Limits(), "values beside the rows"),
        (b'{"findings": [[' + b"{}," * 600_000 + b"{}]]}", Limits(), "a row of more than 1000000 values"),
        (b'{"template-id": "a"}\n[' + b"{}," * 600_000 + b"{}]\n", Limits(), "a value of more than 1000000 values"),
        (NESSUS.format("2").replace("<Report ", "<Report " + " ".join(f'a{n}="1"' for n in range(1_001)) + " ").encode(), Limits(), "more than 1000 attributes"),
    ],
)  # fmt: skip
def test_t15_what_would_fill_the_memory_is_refused(tmp_path: Path, data: bytes, limits: Limits, sentence: str) -> None:
    path = tmp_path / "report"
    path.write_bytes(data)
    hint = {b"t": "generic_csv", b"<": "nessus"}.get(data[:1], "nuclei" if b"template-id" in data else "generic")
    with pytest.raises(ReportError, match=sentence):
        inspect(path, format=hint, limits=limits)


def test_t15_commas_in_a_sentence_are_no_values(read: Callable[..., Summary]) -> None:
    assert (
        read(b'{"findings": [{"title": "One", "severity": "high", "description": "' + b"a," * 1_200_000 + b'"}]}').count
        == 1
    )
