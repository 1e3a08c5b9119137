"""While the database is away, pages and API say so with 503, and processes that cannot start yet are tried again."""

import itertools
import subprocess
import sys
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client

from prodsec.kit.errors import UnavailableError
from prodsec.site import processes, query_time

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def away() -> Client:
    """A client of a server whose database refuses connections."""
    return Client(raise_request_exception=False)


def test_the_api_says_that_the_database_is_away(away: Client, db: None) -> None:
    with mock.patch.object(query_time, "connection") as connection:
        connection.cursor.side_effect = OperationalError("connection refused")
        answer = away.get("/api/v1/imports")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"]


def test_pages_say_that_the_database_is_away(away: Client, db: None) -> None:
    with mock.patch.object(query_time, "connection") as connection:
        connection.cursor.side_effect = OperationalError("connection refused")
        answer = away.get("/accounts/login/")
    assert answer.status_code == 503
    assert b"does not answer now" in answer.content


def test_what_does_not_come_up_at_once_is_started_again() -> None:
    sleepers: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        if next(tries) < 3:
            raise UnavailableError("It was killed while it came up.")
        sleepers.append(subprocess.Popen(SLEEPER))
        return sleepers[0]

    tries = itertools.count(1)
    said: list[str] = []
    child = processes.Child("PostgreSQL", start)
    assert processes.supervise([child], stopped=lambda: bool(sleepers), say=said.append) == 0
    assert sleepers[0].poll() is not None
    assert len(said) == 2


def test_what_never_comes_up_ends_the_rest() -> None:
    def start() -> "subprocess.Popen[bytes]":
        raise UnavailableError("The disk is full.")

    said: list[str] = []
    assert processes.supervise([processes.Child("PostgreSQL", start)], stopped=lambda: False, say=said.append) == 4
    assert all("The disk is full" in sentence for sentence in said)
