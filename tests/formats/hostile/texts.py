"""Hostile plain text: for the patterns of every spec that reads lines, for SPDX in tag-value and YAML, and text in no form at all."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from tests.formats.hostile import Case, around, repeated

_LINE = 1_999
_SPECS = Path(str(files("prodsec.scans.formats").joinpath("specs")))


def _text_specs() -> dict[str, Any]:
    specs = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(_SPECS.glob("*.yaml")))
    return {spec["id"]: spec for spec in specs if spec.get("reader") == "text"}


def _samples_of(format_: str) -> list[bytes]:
    folder = Path(__file__).parents[2] / "samples"
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    first = format_.partition("_")[0]
    return [
        line for path in found if path.parent.name.startswith(first) for line in path.read_bytes().splitlines()[:400]
    ]


def _almost(format_: str) -> Callable[[int], Iterator[bytes]]:
    """Lines of the samples, each sign of them repeated until the line is as long as one is looked at: what patterns nearly match."""

    def blocks(size: int) -> Iterator[bytes]:
        made: list[bytes] = []
        for line in dict.fromkeys(_samples_of(format_)):
            for at in range(0, min(len(line), 60), 7):
                made.append((line[:at] + line[at : at + 1] * _LINE)[:_LINE] + line[at:])
                made.append((line[:at] + line[at : at + 3] * _LINE)[:_LINE])
        made = made or [b"a" * _LINE]
        return repeated(b"\n".join(made[:2_000]) + b"\n", size)

    return blocks


def _shapes(format_: str) -> dict[str, Callable[[int], Iterator[bytes]]]:
    lines = [line for line in _samples_of(format_) if line.strip()]
    whole = b"\n".join(lines) + b"\n"
    return {
        "lines it nearly knows": _almost(format_),
        "its sample again and again": lambda size: repeated(whole, size),
        "one line": lambda size: around(whole, repeated(b"a", size), b""),
        "one row without end": lambda size: around(whole, repeated(b"Name: a\n", size), b""),
        "empty lines": lambda size: around(whole, repeated(b"\n", size), b""),
        "colours": lambda size: around(whole, repeated(b"\x1b[0m" * 500 + b"\n", size), b""),
        "half colours": lambda size: around(whole, repeated(b"\x1b[0;" * 500 + b"\n", size), b""),
        "colons": lambda size: around(whole, repeated(b": " * 999 + b"\n", size), b""),
        "brackets": lambda size: around(whole, repeated(b"[" * _LINE + b"\n", size), b""),
        "spaces": lambda size: around(whole, repeated(b" " * _LINE + b"\n", size), b""),
        "no UTF-8": lambda size: around(whole, repeated(b"\xff\xfe\x81\n", size), b""),
    }


_TAGS = b"SPDXVersion: SPDX-2.3\nDocumentName: a\nPackageName: a\n"
_YAML = b"spdxVersion: SPDX-2.3\nname: a\npackages:\n- name: a\n"


def _inside(front: bytes, unit: bytes, back: bytes = b"") -> Callable[[int], Iterator[bytes]]:
    return lambda size: around(front, repeated(unit, size), back)


_ALIASES = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12))

CASES: dict[str, Case] = {
    **{
        f"text {format_}: {name}": Case(blocks, format_)
        for format_ in _text_specs()
        for name, blocks in _shapes(format_).items()
    },
    "text: letters": Case(_inside(b"", b"a")),
    "text: NUL": Case(_inside(b"", b"\x00")),
    "text: signs of all kinds": Case(lambda size: repeated(bytes(range(256)), size)),
    "text: a page of separators": Case(_inside(b"", "\u2028\x85\x0b\x0c\x1c".encode())),
    "text: base64": Case(_inside(b"", b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n")),
    "text: UTF-16": Case(_inside(b"\xff\xfe", b"a\x00")),
    "text: half of UTF-16": Case(_inside(b"\xff\xfe", b"\x00\xd8")),
    "text: UTF-32": Case(_inside(b"\xff\xfe\x00\x00", b"\xff\xff\xff\xff")),
    "text: a script": Case(_inside(b"x = {", b"=")),
    **{
        f"tag-value: {name}": Case(_inside(*made), "spdx")
        for name, made in {
            "packages": (_TAGS, b"PackageName: a\n"),
            "references": (_TAGS, b"ExternalRef: SECURITY advisory https://nvd.nist.gov/vuln/detail/CVE-2026-1\n"),
            "a text without end": (_TAGS + b"PackageComment: <text>", b"a\n"),
            "texts": (_TAGS, b"PackageComment: <text></text>\n"),
            "one line": (_TAGS + b"PackageVersion: ", b"a"),
            "colons": (_TAGS, b":"),
            "empty lines": (_TAGS, b"\n"),
            "creators": (b"SPDXVersion: SPDX-2.3\n", b"Creator: Tool: a\n"),
            "files": (_TAGS, b"FileName: a\n"),
            "nothing known": (_TAGS, b"a: b\n"),
        }.items()
    },
    **{
        f"yaml: {name}": Case(_inside(*made), "spdx")
        for name, made in {
            "packages": (_YAML, b"- {}\n"),
            "named packages": (_YAML, b"- name: a\n"),
            "one text": (_YAML + b'  comment: "', b"a", b'"\n'),
            "a text of lines": (_YAML + b"  comment: |\n", b"    a\n"),
            "a quote that never closes": (_YAML + b'  comment: "', b"a\n "),
            "aliases": (_ALIASES + _YAML, b"- *a11\n"),
            "anchors": (_YAML, b"- &a {}\n"),
            "tags": (_YAML, b"- !!python/object:os.system {}\n"),
            "nested lists": (_YAML + b"  x: ", b"["),
            "nested maps": (_YAML + b"  x: ", b"{a: "),
            "lists beside": (b"spdxVersion: SPDX-2.3\nx:\n", b"- a\n"),
            "one flow": (_YAML + b"  x: [", b"a,", b"]\n"),
            "one key": (_YAML + b"  ", b"a", b": b\n"),
            "question marks": (_YAML + b"  x:\n", b"    ? a\n"),
            "comments": (_YAML, b"# a\n"),
            "documents": (_YAML, b"---\n"),
            "directives": (b"", b"%YAML 1.1\n", _YAML),
            "dashes": (_YAML + b"  x:\n    ", b"- "),
            "creators": (b"spdxVersion: SPDX-2.3\ncreationInfo:\n  creators:\n", b"  - a\n"),
            "references": (_YAML + b"  externalRefs:\n", b"  - {}\n"),
        }.items()
    },
}  # fmt: skip
