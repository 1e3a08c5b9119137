"""How long pages and API answers take beside a million findings: server time, 95th percentile, and queries."""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measure import Book, Effort, effort, percentile
from bench.reports import ROOT
from bench.seed import ROOT as SEEDED
from bench.seed import count_all

SECTION = "Reading"
BUDGET_MS, BUDGET_QUERIES = 50.0, 15
DASHBOARD_MS = 100.0
BUDGET_SEARCH_MS = 100.0
REQUESTS = 20

# Each filter and order that lists offer; `{n}` is another number at each request.
FILTERS = (
    "", "severity=critical", "severity=high", "severity=low", "state=triaged", "state=resolved", "state=dismissed", "state=all",
    "kind=code", "asset={root}/group-{group}", "asset={project}", "owner={team}", "owner=none", "assignee=none", "assignee=me",
    "tool=seed", "rule=rule-{odd}", "cwe={cwe}", "vulnerability=CVE-2025-{cve}", "component=package-{even}", "file=src/module_{small}/",
    "due=overdue", "due=soon", "due=none", "due_before=2026-12-31", "seen_after=2026-11-01", "text=CVE-2025-{cve}",
    "text=improper handling", "text=nothing has these words", "severity=high&state=all", "severity=critical&owner={team}",
    "kind=secret", "not_kind=code", "owner=none,seed-1", "first_seen=today", "first_seen=..-364d", "resolved=-30d..-29d", "score=9..",
    "score=none", "fix=available", "detected=no", "cluster=yes", "decision=accepted", "cwe=none", "file=none", "vulnerability=none",
    "component=pkg:pypi/package-{even}", "not_tool=seed", "not_text=handling", "not_severity=low,medium,high,critical", "due=..-300d",
    "asset={root}/group-{group}&not_severity=low", "id={finding}", "q=severity:high+-kind:secret",
    "group=remediation&severity=critical", "group=rule&asset={root}/group-{group}", "group=owner&severity=critical",
    "severity=high&asset={root}/group-{group}", "severity=critical&due=overdue&owner=none", "kind=dependency&severity=critical&due=soon",
)  # fmt: skip
# Numbers as of today and as of days long ago, of everything, of parts of the tree, of a team.
NUMBERS = (
    "/metrics/", "/metrics/?period=30d", "/metrics/?period=364d", "/metrics/?as_of=2026-0{month}-15", "/metrics/?under={root}/group-{group}",
    "/metrics/?under={project}", "/metrics/?team={team}", "/metrics/?kind=code&as_of=2026-0{month}-01", "/api/v1/metrics?period=91d",
    "/metrics/findings/?count=overdue&severity=critical", "/metrics/findings/?count=open&until=2026-0{month}-15&under={root}/group-{group}",
)  # fmt: skip
ORDERS = (
    "order=due",
    "order=newest",
    "order=oldest",
    "order=due&severity=high",
    "order=newest&owner={team}",
    "order=oldest&state=all",
)

# What is asked of somebody who sees a small part of all assets.
NARROW = ("", "severity=critical", "state=all", "order=due", "order=newest", "owner=none", "rule=rule-{odd}", "text=improper handling")  # fmt: skip


@dataclass
class Statements:
    """What the database was asked while an answer was made."""

    said: list[tuple[float, str, Any]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's execute wrapper."""
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.said.append((time.perf_counter() - began, sql, params))


class Reader:
    """Asks the site in this process as a signed-in person, an admin at first, so that what is measured is the server's time."""

    def __init__(self) -> None:
        from django.db import connection
        from django.test import Client

        with connection.cursor() as cursor:
            self.projects = _column(
                cursor, "SELECT id FROM inventory_asset WHERE kind = 2 AND path LIKE %s ORDER BY id", [f"{SEEDED}/%"]
            )
            self.paths = _column(
                cursor, "SELECT path FROM inventory_asset WHERE id = ANY(%s) ORDER BY id", [self.projects]
            )
            self.teams = _column(cursor, "SELECT id FROM accounts_team WHERE slug LIKE 'seed-%%' ORDER BY id", [])
            self.findings = _column(cursor, "SELECT id FROM findings_finding TABLESAMPLE SYSTEM (0.1) LIMIT 500", [])
        self._client = Client(HTTP_HOST="localhost")
        self.sign_in("seed-1@example.org")
        self.ask("/findings/")
        gc.collect()
        gc.freeze()  # as the web server's process does when it has loaded the application

    def sign_in(self, email: str) -> None:
        """Ask as somebody else from now on."""
        from django.contrib.auth import get_user_model

        self._client.force_login(get_user_model().objects.get(email=email))

    def fill_in(self, address: str, number: int) -> str:
        """An address with its gaps filled, differently for each number."""
        return address.format(
            root=SEEDED,
            group=1 + number % 40,
            project=self.paths[number * 37 % len(self.paths)],
            team=self.teams[number % len(self.teams)],
            asset=self.projects[number * 37 % len(self.projects)],
            finding=self.findings[number * 7 % len(self.findings)],
            odd=1 + 2 * (number * 31 % 2000),
            even=2 * (number % 300),
            cve=10_000 + 2 * (number * 31 % 2000),
            cwe=20 + number * 13 % 900,
            small=number % 97,
            month=1 + number % 9,
        )

    def ask(self, address: str) -> tuple[Effort, Statements, Any]:
        """Effort, statements and the answer of one request."""
        from django.db import connection

        statements = Statements()
        with connection.execute_wrapper(statements):
            answers: list[Any] = []
            spent = effort(lambda: answers.append(self._client.get(address)))
        return spent, statements, answers[0]


def _column(cursor: Any, sql: str, params: list[Any]) -> list[Any]:
    cursor.execute(sql, params)
    return [value for (value,) in cursor.fetchall()]


def run(book: Book) -> None:
    """Every page and answer that has a budget."""
    reader = Reader()
    slow = ROOT / "bench-results" / "slow.txt"
    slow.parent.mkdir(exist_ok=True)
    slow.write_text("")
    for query in (*FILTERS, *ORDERS):
        measure(book, reader, f"/findings/?{query}", slow)
    for query in ("", "order=due", "order=newest", "severity=high&state=all"):
        measure(book, reader, deep(reader, query), slow, name=f"/findings/?{query}, page 40")
    for address in (
        "/",
        "/findings/{finding}/",
        "/assets/",
        "/assets/{asset}/",
        "/imports/",
        "/findings/?asset={project}",
    ):
        measure(book, reader, address, slow)
    for address in ("/api/v1/findings?severity=high&size=100", "/api/v1/assets", "/api/v1/imports"):
        measure(book, reader, address, slow)
    measure(book, reader, "/api/v1/findings/{finding}", slow, budget=15.0)
    count_all()
    for address in NUMBERS:
        measure(book, reader, address, slow, budget=DASHBOARD_MS)
    for words in ("CVE-2021-44228", "{finding}", "sql", "group"):
        measure(book, reader, f"/search/palette/?text={words}", slow, budget=BUDGET_SEARCH_MS)
    for email, who in (("seed-2@example.org", "who sees 3 assets"), ("seed-3@example.org", "who sees a group of 50")):
        reader.sign_in(email)
        for query in NARROW:
            measure(book, reader, f"/findings/?{query}", slow, name=f"/findings/?{query}, {who}")
        measure(book, reader, "/", slow, name=f"/, {who}")


def deep(reader: Reader, query: str) -> str:
    """The address of the fortieth page of a list."""
    cursor = ""
    for _ in range(40):
        _, _, answer = reader.ask(f"/api/v1/findings?size=50&{query}{f'&cursor={cursor}' if cursor else ''}")
        cursor = answer.json().get("next") or cursor
    return f"/findings/?{query}&cursor={cursor}"


def measure(book: Book, reader: Reader, address: str, slow: Path, *, name: str = "", budget: float = BUDGET_MS) -> None:
    """One address, asked with varying values; what misses its budget has its slowest statement explained."""
    asked = [reader.ask(reader.fill_in(address, number)) for number in range(REQUESTS + 2)][2:]
    times, cpu = [spent.seconds * 1000 for spent, _, _ in asked], [spent.cpu * 1000 for spent, _, _ in asked]
    statuses = {answer.status_code for _, _, answer in asked}
    queries = max(len(statements.said) for _, statements, _ in asked)
    note = f"{queries} queries" + ("" if queries <= BUDGET_QUERIES else " TOO MANY")
    note += "" if statuses == {200} else f", answers {sorted(statuses)}"
    line = book.add(
        SECTION,
        f"{name or address}, p95",
        [percentile(times, 0.95)],
        budget,
        unit="ms",
        note=note,
        cpu=[percentile(cpu, 0.95)],
    )
    if percentile(cpu, 0.95) > budget:
        worst = max((pair for _, statements, _ in asked for pair in statements.said), key=lambda said: said[0])
        with slow.open("a") as out:
            out.write(
                f"\n=== {name or address}: {line.cpu[0]:.0f} ms of computing\n" + "\n".join(_explain(*worst)) + "\n"
            )


def _explain(seconds: float, sql: str, params: Any) -> Iterator[str]:
    from django.db import DatabaseError, connection

    yield f"--- {seconds * 1000:.0f} ms: {sql[:3000]}\n    {str(params)[:500]}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
            yield from (row for (row,) in cursor.fetchall())
    except DatabaseError as error:
        yield str(error)
