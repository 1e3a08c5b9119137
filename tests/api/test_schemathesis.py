"""The API keeps the promises of its own document: requests made from it, answers compared with it (schemathesis).

Every request is an admin's, goes to the WSGI application in this process, and is taken back afterwards, so that all meet
the same small world. Half of the ids and words that name something there are those of the world; else nearly every answer
would be 404.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, TypeAlias

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.permissions.world import RED, World, build

from prodsec.accounts.models import Person
from prodsec.accounts.tests.people import token_door
from prodsec.accounts.types import Scope
from prodsec.site.whole_bodies import whole_bodies

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]
Case: TypeAlias = schemathesis.Case[Any]
# How many requests of each kind are made for an operation: as the document has them, and not.
EXAMPLES = {schemathesis.GenerationMode.POSITIVE: 8, schemathesis.GenerationMode.NEGATIVE: 4}

# These are never in the document by their names: their fields are parameters.
QUERIES = {"PageOf"}
ANY_TEXT = ("{slug}", "{format_id}")
WORDS = {
    "asset": RED, "scope": "rule", "kind": "accepted", "severity": "low", "state": "open",
    "email": "new@acme.example", "password": "a harbour full of boats",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Setting:
    """The world, and the header of one who may do everything in it."""

    world: World
    headers: dict[str, str]


@pytest.fixture
def setting(db: None) -> Iterator[Setting]:
    world, _ = build()
    boss = Person.objects.get(email="admin@acme.example")
    text = token_door(boss, scopes=frozenset(Scope) - {Scope.SCIM}).client.defaults["HTTP_AUTHORIZATION"]
    # As Django's test client does: a request does not close the connection that holds the world.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Setting(world, {"Authorization": str(text), "Accept-Encoding": "identity"})
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def known(name: str, value: Any, world: World) -> Any:
    """What stands for a generated value: for every second one something that exists in the world."""
    ids = dataclasses.asdict(world)
    if name == "findings" and isinstance(value, list):
        return [known("finding_id", item, world) for item in value]
    if isinstance(value, str) and len(value) % 2 == 0:
        return WORDS.get(name, value)
    return ids[name] if name in ids and isinstance(value, int) and value % 2 == 0 else value


def put_in_place(part: Any, world: World) -> None:
    if isinstance(part, dict):
        part.update({name: known(name, value, world) for name, value in part.items()})


def check(operation: Operation, mode: schemathesis.GenerationMode, setting: Setting) -> None:
    @hypothesis.settings(max_examples=EXAMPLES[mode], suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Case) -> None:
        for part in (case.path_parameters, case.query, case.body):
            put_in_place(part, setting.world)
        with transaction.atomic():
            case.call_and_validate(headers=setting.headers, checks=CHECKS)
            transaction.set_rollback(True)

    try:
        asked()
    except hypothesis.errors.Unsatisfiable:
        # Any text is a slug or the id of a format in an address, so nothing that is none can be made.
        if mode is schemathesis.GenerationMode.POSITIVE or not any(name in operation.path for name in ANY_TEXT):
            raise


def test_schemas_do_not_hide_each_other() -> None:
    names: dict[str, set[str]] = {}
    waiting: list[type] = [Schema]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith("prodsec."):
                names.setdefault(kind.__name__, set()).add(kind.__module__)
            waiting.append(kind)
    twice = {name: modules for name, modules in names.items() if len(modules) > 1 and name not in QUERIES}
    assert twice == {}, "The document knows schemas by their names alone."


def test_the_api_keeps_its_promises(setting: Setting, subtests: pytest.Subtests) -> None:
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", whole_bodies(get_wsgi_application()))
    document.config.generation.update(with_security_parameters=False)
    found = list(document.get_all_operations())
    operations = [result.ok() for result in found if isinstance(result, Ok)]
    assert len(operations) == len(found) > 40
    for operation, mode in itertools.product(operations, EXAMPLES):
        # A request without parameters cannot be other than the document has it.
        if mode is schemathesis.GenerationMode.POSITIVE or operation.body or any(operation.iter_parameters()):
            with subtests.test(f"{operation.label}, {mode.value}"):
                check(operation, mode, setting)
