"""A web process that dies between taking a report and answering: who did not hear of it sends it again, and it is there once (T25)."""

import io
import socket
import threading
from collections.abc import Callable
from contextlib import nullcontext
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client
from tests.killed.processes import held, kill, prodsec, until, waits_for_lock

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as people
from prodsec.accounts.tests.people import ALL_BUT_ADMIN, person
from prodsec.findings.models import Finding
from prodsec.findings.tests.record import Weakness, sarif
from prodsec.kit import isolation, jobs
from prodsec.scans import storage
from prodsec.scans.models import Scan
from prodsec.scans.types import ScanState
from prodsec_cli.client import Client as Sender
from prodsec_cli.client import UnavailableError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("kill")]

REPORT = sarif(Weakness(), Weakness(rule="weak-hash", file="app/hash.py"))
PATH, QUERY = "/api/v1/imports", {"asset": "acme/api", "file_name": "report.sarif"}
HEADERS = {"Content-Type": "application/octet-stream", "Idempotency-Key": "pipeline-7"}


class Report:
    """The report as a pipeline's client sends it."""

    size = len(REPORT)

    def rewind(self) -> io.BytesIO:
        return io.BytesIO(REPORT)


@pytest.fixture
def token() -> str:
    """A pipeline's token."""
    with transaction.atomic():
        owner = person("pipeline", is_admin=True)
        viewer = accounts.viewer_of(owner)
        return people.create_token(viewer, name="ci", scopes=ALL_BUT_ADMIN, subtree="", owner_id=owner.pk)[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> Callable[[], bool]:
    def is_there() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return is_there


def no_more_waiting(_seconds: float) -> None:
    raise UnavailableError("The server does not answer.")


def is_sent_again(token: str) -> int:
    """The same request to another web process, which answers. Returns the import's id."""
    door = Client(headers={"Authorization": f"Bearer {token}", "Idempotency-Key": HEADERS["Idempotency-Key"]})
    answer = door.post(PATH, REPORT, content_type=HEADERS["Content-Type"], query_params=QUERY)
    assert answer.status_code == 202, answer.content
    return int(answer.json()["scan"])


def assert_imported_once(scan_id: int) -> None:
    assert storage.is_kept(bytes(Scan.objects.get().report_sha256))
    with mock.patch.object(isolation, "bounded", return_value=nullcontext()):
        jobs.run_worker(wait=False)
    scan = Scan.objects.get()
    assert (scan.pk, ScanState(scan.state), scan.error) == (scan_id, ScanState.DONE, "")
    assert Finding.objects.count() == 2


def test_what_was_not_written_when_the_web_process_died_was_not_acknowledged_either(token: str) -> None:
    port, failed = free_port(), threading.Event()

    def send() -> None:
        try:
            Sender(f"http://127.0.0.1:{port}", token, sleep=no_more_waiting).post(PATH, QUERY, Report(), HEADERS)
        except UnavailableError:
            failed.set()

    with prodsec("web", PORT=str(port)) as web:
        until(answers(port), "the web process listens", process=web)
        sender = threading.Thread(target=send)
        with held("LOCK TABLE scans_scan IN SHARE ROW EXCLUSIVE MODE"):
            sender.start()
            until(lambda: waits_for_lock("web"), "the report is about to be written down", process=web)
            kill(web)
            sender.join(60)
    assert failed.is_set(), "It was acknowledged."
    until(lambda: not waits_for_lock("web"), "the dead process's session is gone")
    assert not Scan.objects.exists()
    assert_imported_once(is_sent_again(token))


def test_what_was_written_when_the_web_process_died_is_not_taken_twice(token: str) -> None:
    port = free_port()
    lines = [
        f"POST {PATH}?asset={QUERY['asset']}&file_name={QUERY['file_name']} HTTP/1.1", f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {token}", *(f"{name}: {value}" for name, value in HEADERS.items()),
        f"Content-Length: {len(REPORT)}", "", "",
    ]  # fmt: skip
    with prodsec("web", PORT=str(port)) as web:
        until(answers(port), "the web process listens", process=web)
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall("\r\n".join(lines).encode() + REPORT)
            until(Scan.objects.exists, "the report is written down", process=web)
            kill(web)  # and nobody has read an answer
    written = Scan.objects.get().pk
    assert is_sent_again(token) == written
    assert_imported_once(written)
