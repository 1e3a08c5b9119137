"""Each filter against rows, at the door of the API; its negation is the rest of what the viewer sees."""

import datetime
from typing import Any

import pytest
from django.db.models import F

from prodsec.accounts.tests.people import Door, admin, person, session_door, team, token_door
from prodsec.accounts.types import SYSTEM
from prodsec.findings import services
from prodsec.findings.models import Finding
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.types import DismissalReason
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 15, 12, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
ROWS = {
    "a": Weakness(rule="eval", file="src/a.py", line=1, level="error", code="eval(a)", cwe=95, text="alpha"),
    "b": Weakness(rule="sql, raw", file="src/b.py", line=2, level="warning", code="run(b)", cwe=89, text="beta"),
    "c": Weakness(rule="noise", file="test/c.py", line=3, level="note", code="print(c)", text="gamma"),
    "d": Weakness(rule="eval", file="100%/d.py", line=4, level="error", code="eval(d)", cwe=95, text="delta"),
}


@pytest.fixture(autouse=True)
def _now() -> Any:
    with clock.set_to(NOW):
        yield


@pytest.fixture
def record() -> dict[str, int]:
    """Findings by letter: `a` to `c` in acme/api, `d` in acme/web, `e` a dependency in acme/web by another tool."""
    for path in ("acme/api", "acme/web"):
        inventory.create_asset(SYSTEM, path, kind=AssetKind.PROJECT)
    import_report(sarif(*(ROWS[letter] for letter in "abc")), asset="acme/api")
    import_report(sarif(ROWS["d"]), asset="acme/web")
    import_report(
        sarif(Weakness(rule="CVE-2021-44228", file="pom.xml", line=9, level="none"), tool="Trivet"), asset="acme/web"
    )
    letters = {"src/a.py": "a", "src/b.py": "b", "test/c.py": "c", "100%/d.py": "d", "pom.xml": "e"}
    found = {letters[finding.file]: finding.pk for finding in Finding.objects.all()}
    people = person("ada")
    facts: dict[str, dict[str, object]] = {
        "a": {"due_at": NOW - DAY, "first_seen_at": NOW - 40 * DAY, "owner_team": team("payments"), "score": 9.8},
        "b": {"due_at": NOW + 3 * DAY, "first_seen_at": NOW - 5 * DAY, "assignee": people, "score": 5.0},
        "c": {"severity": 2, "due_at": None, "first_seen_at": NOW - 100 * DAY, "score": None, "detected": False, "owner_team": team("web")},
        "d": {"due_at": NOW + 30 * DAY, "first_seen_at": NOW, "score": None},
        "e": {"due_at": None, "first_seen_at": NOW - DAY, "component_type": "maven", "component_name": "log4j-core", "severity": 0,
              "fixed_version": "2.17", "vulnerability_id": "CVE-2021-44228", "kind": 1, "file": "", "cwe": None, "score": None},
    }  # fmt: skip
    for letter, columns in facts.items():
        Finding.objects.filter(pk=found[letter]).update(**columns)
    return found


def letters(door: Door, record: dict[str, int], query: str) -> str:
    """Which findings an address leaves, by their letters."""
    answer = door.client.get(f"/api/v1/findings?{query}")
    assert answer.status_code == 200, answer.content
    named = {number: letter for letter, number in record.items()}
    return "".join(sorted(named[item["id"]] for item in answer.json()["items"]))


CASES = [
    ("severity", "high", "ad"), ("severity", "medium..", "abd"), ("severity", "unknown", "e"), ("severity", "low,unknown", "ce"),
    ("kind", "code", "abcd"), ("kind", "dependency,secret", "e"),
    ("owner", "payments", "a"), ("owner", "none", "bde"), ("owner", "payments,web", "ac"), ("owner", "payments,none", "abde"),
    ("owner", "nobody-at-all", ""), ("owner", "mine", ""),
    ("assignee", "ada@acme.example", "b"), ("assignee", "none", "acde"), ("assignee", "me", ""),
    ("due", "overdue", "a"), ("due", "soon", "b"), ("due", "none", "ce"), ("due", "..7d", "ab"), ("due", "overdue,none", "ace"),
    ("due", "2026-03-18", "b"), ("due", "today..2026-12-31", "bd"), ("due_before", "2026-03-16", "a"), ("due_after", "2026-03-16", "bd"),
    ("first_seen", "7d", "bde"), ("first_seen", "..-30d", "ac"), ("first_seen", "today", "d"), ("first_seen", "-50d..-2d", "ab"),
    ("seen_after", "2026-03-10", "bde"), ("seen_before", "2026-03-10", "ac"),
    ("score", "9..", "a"), ("score", "none", "cde"), ("score", "<5", ""), ("score", "..5", "b"), ("score", "9..,none", "acde"),
    ("fix", "available", "e"), ("fix", "unknown", "abcd"), ("detected", "no", "c"), ("cluster", "yes", ""), ("cluster", "no", "abcde"),
    ("asset", "acme/web", "de"), ("asset", "acme", "abcde"), ("asset", "acme/x", ""), ("asset", "acme/api/", "abc"),
    ("tool", "TRIVET", "e"), ("tool", "lintel", "abcd"), ("rule", "eval", "ad"), ("rule", "sql,+raw", "b"),
    ("vulnerability", "cve-2021-44228", "e"), ("vulnerability", "none", "abcd"),
    ("cwe", "CWE-95,89", "abd"), ("cwe", "none", "ce"), ("component", "log4j-core", "e"), ("component", "pkg:maven/log4j-core", "e"),
    ("component", "pkg:npm/log4j-core", ""), ("component", "none", "abcd"), ("file", "src/", "ab"), ("file", "100%25", "d"),
    ("file", "none", "e"), ("text", "eval", "ad"), ("text", "CVE-2021-44228", "e"), ("text", "CWE-95", "ad"), ("text", "log4j-core", "e"),
    ("resolved", "none", "abcde"), ("resolved", "-30d..", ""), ("decision", "none", "abcde"), ("state", "triaged", ""), ("state", "all", "abcde"),
]  # fmt: skip


def test_each_filter_and_its_negation(record: dict[str, int]) -> None:
    door = admin()
    for field, value, expected in CASES:
        state = "" if field == "state" else "&state=all"
        assert letters(door, record, f"{field}={value}{state}") == expected, f"{field}={value}"
        rest = "".join(letter for letter in "abcde" if letter not in expected)
        assert letters(door, record, f"not_{field}={value}{state}") == rest, f"not_{field}={value}"


def test_clauses_hold_together(record: dict[str, int]) -> None:
    door = admin()
    assert letters(door, record, "severity=high&not_asset=acme/web") == "a"
    assert letters(door, record, "rule=eval&rule=noise&not_file=100") == "ac"
    assert letters(door, record, "tool=lintel&rule=eval&not_text=nothing&cwe=95&owner=none") == "d"
    assert letters(door, record, "asset=acme/api&asset=acme/web&not_severity=high,low") == "be"
    assert letters(door, record, f"id={record['a']},{record['c']}&not_id={record['c']}") == "a"
    assert letters(door, record, "q=severity:>=medium+-rule:eval+due:<7d") == "b"
    assert letters(door, record, "not_text=eval&not_text=noise") == "be"


def test_decisions_and_states(record: dict[str, int]) -> None:
    services.dismiss(SYSTEM, [record["a"]], kind=DismissalReason.ACCEPTED, reason="We live with it.")
    Finding.objects.filter(pk=record["b"]).update(state=5, resolved_at=NOW - 2 * DAY)
    door = admin()
    assert letters(door, record, "") == "cde"
    assert letters(door, record, "decision=accepted,false_positive") == "a"
    assert letters(door, record, "decision=any") == "a"
    assert letters(door, record, "decision=false_positive") == ""
    assert letters(door, record, "decision=accepted&state=open") == ""
    assert letters(door, record, "not_decision=accepted&state=all") == "bcde"
    assert letters(door, record, "resolved=7d") == "b"
    assert letters(door, record, "resolved=..-7d") == ""
    assert letters(door, record, "not_state=open") == "ab"
    assert letters(door, record, "state=open,resolved&not_state=detected") == "b"
    assert letters(door, record, f"id={record['a']}") == "a"


def test_a_negation_stays_within_what_is_seen(record: dict[str, int]) -> None:
    door = token_door(person(is_admin=True), subtree="acme/web")
    assert letters(door, record, "not_rule=eval") == "e"
    assert letters(door, record, "not_asset=acme/api") == "de"
    assert letters(door, record, "asset=acme/api") == ""


def test_mine_are_my_teams_and_me(record: dict[str, int]) -> None:
    door = session_door(person("bob", teams=("payments",), roles={"auditor": None}))
    Finding.objects.filter(pk=record["d"]).update(assignee=door.viewer.person_id)
    assert letters(door, record, "owner=mine") == "a"
    assert letters(door, record, "assignee=me") == "d"
    assert letters(door, record, "not_owner=mine") == "bcde"


def test_members_of_a_cluster_are_told_apart_only_when_asked_for(record: dict[str, int]) -> None:
    Finding.objects.filter(pk=record["d"]).update(is_lead=False, line=F("line"))
    door = admin()
    assert letters(door, record, "severity=high") == "a"
    assert letters(door, record, "severity=high&rule=eval") == "ad"
    assert letters(door, record, f"id={record['d']}") == "d"


@pytest.mark.parametrize(
    "query", ["severity=terrible", "not_due=never", "squad=red", "q=sevrity:high", "text=" + "x" * 10_000]
)
def test_a_wrong_filter_is_a_sentence_that_names_it(query: str) -> None:
    answer = admin().client.get(f"/api/v1/findings?{query}")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"].startswith(f"{problem['place']}: ")
    assert problem["place"].removeprefix("not_") in ("severity", "due", "squad", "sevrity", "text")


def test_every_filter_is_in_the_description_of_the_api() -> None:
    document = admin().client.get("/api/v1/openapi.json").json()
    told = {one["name"]: one for one in document["paths"]["/api/v1/findings"]["get"]["parameters"]}
    assert {field for field, _, _ in CASES} | {"not_severity", "q", "order", "cursor", "size"} <= told.keys()
    assert all(one["description"] for one in told.values())
