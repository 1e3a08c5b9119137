"""Every route and method of the API, asked by everybody (T01, T05, T06, T07)."""

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.permissions import table
from tests.permissions.world import BLUE, RED, Asker, World, build, outside, report

from prodsec.site import urls  # mounts the routers

api = urls.api
ASKERS = table.API.split("\n")[1].split()


@dataclass(frozen=True)
class Line:
    """A line of the table: a route, and the status each asker gets."""

    method: str
    route: str
    statuses: dict[str, int]

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"


LINES = [
    Line(words[0], words[1], dict(zip(ASKERS, (int(word) for word in words[2:]), strict=True)))
    for words in (text.split() for text in table.API.split("\n")[2:])
    if words
]


def routes() -> set[str]:
    """The routes of the API as the table writes them, without the kinds of their parameters."""
    found = set()
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                route = re.sub(r"\{\w+:(\w+)\}", r"{\1}", prefix + path).replace("{slug}", "{role}")
                found |= {f"{method} {route}" for method in operation.methods}
    return found


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    named = {
        line.name.replace("{waiting}", "{scan_id}")
        .replace("{bulk_waiting}", "{bulk_id}")
        .replace("{idle_team}", "{team_id}")
        for line in LINES
    }
    assert routes() - named == set(), "Say in tests/permissions/table.py who may use these."
    assert named - routes() == set(), "These lines speak of routes that are gone."
    assert len(named) == len(LINES)


def test_every_body_is_sent_somewhere() -> None:
    writing = {line.name for line in LINES if line.method in ("POST", "PUT", "PATCH")}
    assert set(table.BODIES) <= writing


def filled(value: Any, world: World) -> Any:
    """A body or address with the ids of the world in it."""
    if isinstance(value, str):
        if value.startswith("$"):
            return getattr(world, value[1:])
        return re.sub(r"\{(\w+)\}", lambda name: str(getattr(world, name[1])), value)
    if isinstance(value, dict):
        return {name: filled(item, world) for name, item in value.items()}
    return [filled(item, world) for item in value] if isinstance(value, list) else value


def ask(asker: Asker, line: Line, world: World) -> Any:
    path = f"/api/v1{filled(line.route, world)}"
    if line.name == "POST /imports":
        return asker.client.post(f"{path}?asset={RED}", report(7), content_type="application/octet-stream")
    body = filled(table.BODIES.get(line.name), world)
    data = b"" if body is None else json.dumps(body).encode()
    return asker.client.generic(line.method, path, data, content_type="application/json")


# That an unknown token was tried is counted, that a known one was used is noted once a minute; neither is a change.
CHANGES = re.compile(r"(INSERT|UPDATE|DELETE|COPY)\b(?!.*(?:site_cache|last_used_at))", re.DOTALL)


class _Undo(Exception):  # noqa: N818 - no error, the way out
    """Ends a try; the world is as before."""


def tries(world: World, askers: list[Asker]) -> Iterator[tuple[Line, Asker, Any, list[str]]]:
    """Every cell of the table, each in the untouched world; with the statements that changed something."""
    for line in LINES:
        for asker in askers:
            try:
                connection.queries_log.clear()  # it holds 9,000 and complains when it is full
                with transaction.atomic():
                    connection.queries_log.clear()  # it keeps 9,000 and warns of what it forgets
                    with CaptureQueriesContext(connection) as asked:
                        answer = ask(asker, line, world)
                    writes = [query["sql"] for query in asked if CHANGES.match(query["sql"])]
                    yield line, asker, answer, writes
                    raise _Undo
            except _Undo:
                continue


@pytest.mark.django_db
def test_everybody_gets_what_the_table_says() -> None:
    world, askers = build()
    assert [asker.name for asker in askers] == ASKERS
    wrong, writing, telling = [], [], []
    for line, asker, answer, writes in tries(world, askers):
        expected = line.statuses[asker.name]
        if answer.status_code != expected:
            wrong.append(
                f"{line.name} by {asker.name}: {answer.status_code}, the table says {expected}: {answer.content[:200]!r}"
            )
        if writes and (line.method == "GET" or answer.status_code >= 400):
            writing.append(f"{line.name} by {asker.name} wrote: {writes[0][:200]}")
        if answer.status_code >= 400 and not answer["Content-Type"].startswith(
            ("application/problem+json", "application/json")
        ):
            telling.append(f"{line.name} by {asker.name} answers in {answer['Content-Type']}")
    assert wrong == []
    assert writing == [], "Reading and being refused change nothing (T06)."
    assert telling == []


@pytest.mark.django_db
def test_a_role_elsewhere_is_no_role_here() -> None:
    world, _ = build()
    wrong = [
        f"{line.name} by {asker.name}: {answer.status_code}, the table says {line.statuses['outsider']} of outsiders"
        for line, asker, answer, _ in tries(world, outside(world))
        if answer.status_code != line.statuses["outsider"]
    ]
    assert wrong == []


@pytest.mark.django_db
def test_what_is_hidden_answers_as_if_it_did_not_exist() -> None:
    world, askers = build()
    # People and teams are known to everybody; the rest is replaced by what never was.
    hidden_ids = (
        "asset_id",
        "scan_id",
        "waiting",
        "finding_id",
        "decision_id",
        "token_id",
        "grant_id",
        "view_id",
        "channel_id",
        "bulk_id",
        "bulk_waiting",
        "word_id",
    )
    nowhere = dataclasses.replace(world, **dict.fromkeys(hidden_ids, world.missing))
    digits = re.compile(rb"\d+")
    told = []
    for line in LINES:
        if "{" not in line.route and "$" not in str(table.BODIES.get(line.name, "")):
            continue
        for asker in askers:
            if line.statuses[asker.name] != 404:
                continue
            hidden, missing = ask(asker, line, world), ask(asker, line, nowhere)
            if (hidden.status_code, digits.sub(b"N", hidden.content)) != (
                missing.status_code, digits.sub(b"N", missing.content),
            ):  # fmt: skip
                told.append(f"{line.name} by {asker.name}: {hidden.content!r} is not {missing.content!r}")
    assert told == []


@pytest.mark.django_db
def test_lists_show_only_what_their_reader_may_see() -> None:
    world, askers = build()
    by_name = {asker.name: asker for asker in askers}
    for name, lists in table.HIDDEN_FROM.items():
        for line in (line for line in LINES if line.name in lists):
            text = ask(by_name[name], line, world).content.decode()
            assert RED not in text, line.name
            assert RED in ask(by_name["owner"], line, world).content.decode(), line.name
    assert (
        BLUE
        in ask(by_name["elsewhere"], next(line for line in LINES if line.name == "GET /assets"), world).content.decode()
    )
