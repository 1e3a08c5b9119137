"""What a sample's rows, facts and marks probably are, guessed from names and examples. A person looks over every guess."""

import re
from collections.abc import Iterable, Sequence

from prodsec.scans.formats.outline import Outline, RowList, Value
from prodsec.scans.formats.paths import follow, steps_of
from prodsec.vocabulary.severity import Severity

# Names under which tools tell a fact, the surest first; letters only, in lower case.
_NAMES: dict[str, str] = {
    "rule": "ruleid rule checkid check testid code pluginid plugin signatureid queryid detectorid checkname rulename policyid cveid cve vulnid id type category",
    "title": "title headline name summary issue shortdescription short subject message msg finding label vulnerability checkname text description",
    "severity": "severity sev danger criticality risklevel risk level priority threat rating impact grade urgency importance class",
    "description": "description longdescription details detail desc explanation body longtext info",
    "message": "message msg issuetext text note evidence",
    "remedy": "remediation remedy fix solution recommendation mitigation resolution advice howtofix action",
    "file": "file filename filepath path sourcefile location source uri filelocation",
    "line": "line linenumber lineno startline row firstline beginline ln",
    "end_line": "endline lastline lineend tolineno",
    "column": "column col startcolumn columnnumber",
    "function": "function method functionname symbol procedure",
    "snippet": "snippet codesnippet sourcecode excerpt match codeline",
    "url": "url uri endpoint link address targeturl requesturl",
    "parameter": "parameter param field argument",
    "host": "host hostname ip ipaddress target server machine node",
    "port": "port portnumber",
    "protocol": "protocol proto",
    "resource": "resource resourceid arn resourcename resourcearn",
    "region": "region zone",
    "account": "account accountid subscription projectid",
    "image": "image imagename containerimage",
    "package": "package packagename component pkg pkgname library dependency module artifact product",
    "version": "version installedversion packageversion currentversion installed",
    "fixed": "fixedversion fixedin fixversion patchedversion fixversions fixed patchedin",
    "ecosystem": "ecosystem packagetype packagemanager language",
    "ids": "cve cves cveid vulnerabilityid identifiers aliases advisory ghsa vulnid",
    "cwes": "cwe cwes cweid weakness weaknesses",
    "cvss": "cvssvector cvss vector cvssv3 cvssv3vector",
    "score": "cvssscore score basescore cvssbasescore",
    "references": "references refs reference links moreinfo externalreferences urls seealso infourl documentation",
    "first_seen_at": "firstseen firstdetected detectedat discoveredat firstfound",
    "tags": "tags labels categories",
}
_LOOKS = (
    ("purl", re.compile(r"pkg:[a-z]+/")),
    ("cvss", re.compile(r"CVSS:[34]|AV:[NALP]/")),
    ("cwes", re.compile(r"CWE-\d+$", re.IGNORECASE)),
    ("ids", re.compile(r"(CVE-\d{4}-\d+|GHSA-(\w{4}-?){3})$")),
)
_CODE = re.compile(r"(?=.*\d)[A-Za-z][\w.-]{1,40}")
_FINDING_WORDS = frozenset(
    [
        "severity",
        "sev",
        "danger",
        "risk",
        "title",
        "headline",
        "name",
        "message",
        "rule",
        "ruleid",
        "code",
        "check",
        "file",
        "path",
        "line",
        "cve",
        "cwe",
        "description",
        "priority",
        "level",
    ]
)
_TOOL_NAMES = frozenset(
    [
        "tool",
        "scanner",
        "generator",
        "product",
        "producer",
        "vendor",
        "toolname",
        "scannername",
        "app",
        "application",
        "engine",
    ]
)
_OF_OWNERS = frozenset({"host", "file", "url", "image", "package", "version", "resource", "region", "account"})
_OF_OTHERS = frozenset({"cwe", "owasp", "reference", "references", "repository", "rule", "author"})
_LETTERS = re.compile(r"[^a-z]+")
_MOST_MARKS = 6


def likely_rows(lists: Sequence[RowList]) -> RowList | None:
    """The list that looks most like findings: whose rows say what findings say; of equals the deeper one, then the longer."""
    scored = [(_finding_likeness(one), one.each.count("[*]") + one.each.count("/"), one.count, one) for one in lists]
    return max(scored, key=lambda it: it[:3])[3] if scored else None


def likely_facts(rows: RowList) -> dict[str, str]:
    """Expressions for facts, each value used once; `title` and `rule` always get something when there is anything."""
    near = {value.path: value for value in rows.values if value.filled}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for fact, path in sorted(_by_looks(near.values()), key=lambda it: it[1]):
        if fact not in found and path not in taken:
            found[fact] = path
            taken.add(path)
    for _, _, fact, path in sorted(_wishes(near)):
        if fact not in found and path not in taken and _may_be(fact, near[path]):
            found[fact] = path
            taken.add(path)
    texts = [
        path for path, value in near.items() if path not in taken and not path.startswith("^") and "text" in value.kinds
    ]
    codes = [path for path in texts if near[path].examples and all(map(_CODE.fullmatch, near[path].examples))]
    if "rule" not in found and codes:
        found["rule"] = codes[0]
    for fact, other in (("title", "rule"), ("rule", "title")):
        told = [
            f"{found[long]} | first_line" for long in ("message", "description") if fact == "title" and long in found
        ]
        if fact not in found and (path := next(iter(told), "") or found.get(other) or next(iter(texts), "")):
            found[fact] = path
    of_package = set() if found.keys() & {"package", "purl"} else {"version", "fixed", "ecosystem"}
    return {fact: found[fact] for fact in (*_NAMES, "purl") if fact in found and fact not in of_package}


def _wishes(near: dict[str, Value]) -> Iterable[tuple[int, int, str, str]]:
    """How well each value's name fits each fact, the best fit the smallest: by name, then by how near it is to the row."""
    for fact, names in _NAMES.items():
        for rank, name in enumerate(names.split()):
            for path in near:
                last = _last_name(path)
                is_near = not path.startswith("^") or (rank < 2 and fact in _OF_OWNERS)
                if is_near and (last == name or (len(name) > 4 and last.endswith(name))):
                    is_end = "end" in path.lower() and fact in ("line", "column")
                    far = 5 * is_end + path.count("^") + path.count(".") + 3 * path.count("[*]")
                    yield rank + (0 if last == name else 8), far, fact, path


def likely_kind(facts: Iterable[str]) -> str:
    """What kind of findings such facts are of."""
    known = set(facts)
    for kind, marks in (
        ("dependency", {"package", "purl"}),
        ("web", {"url", "parameter"}),
        ("cloud", {"resource", "region", "account"}),
        ("code", {"file", "line", "snippet"}),
        ("host", {"host", "port"}),
    ):
        if known & marks:
            return kind
    return "code"


def known_severity(word: str) -> str:
    """One of our six words for a tool's word or score; empty when nobody knows it."""
    if word.replace(".", "", 1).isdecimal() and float(word) <= 10.0:
        return Severity.from_score(float(word)).word
    severity = Severity.from_text(word)
    return severity.word if severity is not Severity.UNKNOWN or word.lower() == "unknown" else ""


def marks_of(found: Outline, each: str) -> list[str]:
    """What tells the format, one condition a line as the page writes it: what every report of it has, also one without findings."""
    if found.reader == "xml":
        return _xml_marks(found, each)
    if found.reader in ("csv", "xlsx"):
        return [child.key for child in found.root.children][: _MOST_MARKS + 2]
    tree = found.seen
    if isinstance(tree, list) or found.reader == "jsonl":
        first = found.lists[0].values if found.lists else ()
        whole = [
            value.path
            for value in first
            if value.of and value.filled == value.of and not value.path.startswith(("^", "$"))
        ]
        prefix = "[0]" if found.reader == "json" else ""
        return [
            f"{prefix}{'.' if prefix and not path.startswith('[') else ''}{path}" for path in whole if "[*]" not in path
        ][:_MOST_MARKS]
    said = _tool_said(found)
    leading = each.split("[*]", maxsplit=1)[0]
    paths = [leading] if leading else []
    paths += [child.path for child in found.root.children if child.path and child.path != leading]
    named = {line.split(" = ")[0] for line in said}
    return said + [path for path in paths if path not in named][: _MOST_MARKS - len(said)]


def likely_tool(found: Outline) -> str:
    """The tool's name as the sample says it."""
    said = _tool_said(found)
    return said[0].split(" = ", 1)[1] if said else ""


def likely_run(found: Outline) -> dict[str, str]:
    """Facts of the whole run out of the document."""
    wanted = {
        "version": ("toolversion", "scannerversion", "release", "version"),
        "scanned_at": (
            "generated",
            "generatedat",
            "timestamp",
            "scandate",
            "scannedat",
            "date",
            "starttime",
            "createdat",
            "finished",
        ),
        "target": ("target", "project", "repository", "application", "image"),
    }
    told: dict[str, str] = {}
    for node in _document_values(found):
        for fact, names in wanted.items():
            if fact not in told and _last_name(node) in names:
                told[fact] = f"$.{node}"
    return told


def _document_values(found: Outline) -> list[str]:
    """Paths of plain values of the document that stand in no list."""
    if found.reader not in ("json", "xml") or not isinstance(found.seen, dict):
        return []
    start = found.root.children[0] if found.reader == "xml" and found.root.children else found.root
    cut = f"{start.path}." if found.reader == "xml" else ""
    inside = [child for node in start.children if not node.is_list for child in (node, *node.children)]
    return [node.path.removeprefix(cut) for node in inside if node.path and not node.children and not node.is_list]


def _tool_said(found: Outline) -> list[str]:
    """The path whose value names the tool, as a condition; one at most."""
    if found.reader != "json":
        return []
    for path in _document_values(found):
        parts = [_LETTERS.sub("", part.lower()) for part in path.split(".")]
        value = follow(found.seen, steps_of(path))
        about_tool = parts[-1] in _TOOL_NAMES or (
            parts[-1] in ("name", "id") and len(parts) > 1 and parts[-2] in _TOOL_NAMES
        )
        if about_tool and isinstance(value, str) and 1 < len(value) <= 60 and not set(value) & set("*?[]="):
            return [f"{path} = {value}"]
    return []


def _xml_marks(found: Outline, each: str) -> list[str]:
    root = found.root.children[0]
    names = [name for name in each.split("/")[1:-1] if name]
    own = [child.key for child in root.children if child.key[:1] not in "@#" and child.key not in names]
    return [f"<{root.key}>", *names, *own[: 2 - len(names)]] if len(names) < 2 else [f"<{root.key}>", *names]


def _finding_likeness(rows: RowList) -> int:
    own = {
        _last_name(value.path) for value in rows.values if not value.path.startswith("^") and "[*]" not in value.path
    }
    return len(own & _FINDING_WORDS)


def _by_looks(values: Iterable[Value]) -> list[tuple[str, str]]:
    return [
        (fact, value.path)
        for value in values
        for fact, look in _LOOKS
        if value.examples and all(look.match(example) for example in value.examples)
    ]


def _may_be(fact: str, value: Value) -> bool:
    """Whether the examples can be such a fact."""
    if fact in ("line", "end_line", "column", "port", "score"):
        return all(example.replace(".", "", 1).isdecimal() for example in value.examples)
    if fact == "url":
        owner = _LETTERS.sub("", value.path.rpartition(".")[0].rpartition(".")[2].lower())
        return owner not in _OF_OTHERS and any("/" in example for example in value.examples)
    if fact == "references":
        return any("://" in example for example in value.examples)
    return fact not in ("title", "rule") or "[*]" not in value.path


def _last_name(path: str) -> str:
    tail = path.rstrip("]*[").rsplit('["', 1)[-1] if path.endswith('"]') else path.replace("[*]", "").rsplit(".", 1)[-1]
    return _LETTERS.sub("", tail.lower())
