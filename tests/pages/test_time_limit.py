"""Who asks for too much is told so, on the page and by the API, and nobody after them notices (budgets.md §2, T27)."""

from typing import TYPE_CHECKING
from unittest import mock

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"


@pytest.fixture(autouse=True)
def _short(settings: "Settings", transactional_db: None) -> "Iterator[None]":
    """A short time for the test alone; emptying the tables after it may take longer on a busy machine."""
    from django.db import connection

    settings.PRODSEC_PAGE_TIMEOUT_SECONDS = 0.5
    yield
    connection.close()


def _endless(*_given: object, **_more: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ENDLESS)


def _limit() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(("address", "says"), [
    ("/findings/", "This asks for too much at once"),
    ("/api/v1/findings", "narrow the filters"),
])  # fmt: skip
def test_a_question_without_end_is_refused_and_the_next_one_is_answered(
    client: "Client", address: str, says: str
) -> None:
    from prodsec.findings import queries

    with mock.patch.object(queries, "findings_list", _endless):
        answer = client.get(address)
    assert (answer.status_code, says in answer.content.decode()) == (422, True)
    assert client.get(address).status_code == 200


def test_a_write_has_its_own_limit_and_leaves_it_to_nobody(client: "Client") -> None:
    seen: list[str] = []
    from prodsec.accounts import services

    made = services.create_team

    def create_team(*given: object, **more: object) -> object:
        seen.append(_limit())
        return made(*given, **more)  # type: ignore[arg-type]

    client.get("/findings/")
    with mock.patch.object(services, "create_team", create_team):
        client.post("/admin/teams/", {"name": "Red", "slug": "red"})
    client.get("/findings/")
    assert (seen, _limit()) == (["30s"], "500ms")
