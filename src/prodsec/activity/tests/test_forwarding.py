"""Forwarding the record: in order, at least once, nothing left out, whatever happens to the job or the other side."""

import datetime
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import transaction

from prodsec.accounts.tests.people import admin, person, session_door
from prodsec.accounts.types import SYSTEM
from prodsec.activity import services, tasks
from prodsec.activity.models import Activity, Destination
from prodsec.activity.services import forwarding
from prodsec.activity.types import Facts, Layout, Told
from prodsec.kit import clock, syslog

pytestmark = pytest.mark.django_db
MARKER = "Splunk marker-secret-123"


class Web(BaseHTTPRequestHandler):
    """Keeps what is posted; answers with the status it is told."""

    came: list[tuple[dict[str, str], bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Web.came.append((dict(self.headers), body))
        self.send_response(Web.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


class Lines(socketserver.StreamRequestHandler):
    came: list[bytes] = []

    def handle(self) -> None:
        Lines.came.append(self.rfile.read())


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    Web.came, Web.status, Lines.came = [], 200, []


@pytest.fixture
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/events"
        server.shutdown()
        thread.join()


def told_by_web() -> list[str]:
    """The objects of the events that came, in their order."""
    return [event["entity"]["uid"] for _, body in Web.came for event in json.loads(body)]


def destination(address: str, layout: Layout = Layout.OCSF, **more: Any) -> Destination:
    return forwarding.add_destination(SYSTEM, Facts("siem", address, layout, **more))


def tell(*numbers: int) -> None:
    services.record_all(SYSTEM, [Told("test.done", "test", number) for number in numbers])


def test_deeds_arrive_in_their_order_once_the_destination_is_there(web: str) -> None:
    tell(1, 2)
    made = destination(web, header="Authorization", secret=MARKER)
    tell(*range(3, 3 + 2 * forwarding.BATCH))
    tasks.forward(made.pk)
    assert told_by_web() == [str(made.pk), *map(str, range(3, 3 + 2 * forwarding.BATCH))]
    headers, _ = Web.came[0]
    assert (headers["Authorization"], headers["Content-Type"]) == (MARKER, "application/json")
    made.refresh_from_db()
    assert (made.position, made.last_error, made.claimed_until) == (Activity.objects.latest("id").pk, "", None)


def test_from_the_first_row_when_asked(web: str) -> None:
    tell(1, 2)
    made = forwarding.add_destination(SYSTEM, Facts("siem", web, Layout.CEF), from_start=True)
    tasks.forward(made.pk)
    ((_, body),) = Web.came
    assert [line.split("|")[4] for line in body.decode().splitlines()] == [
        "test.done",
        "test.done",
        "destination.created",
    ]


def test_tcp_and_udp(settings: Any) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Lines) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made = destination(f"tcp://127.0.0.1:{server.server_address[1]}", Layout.CEF)
        tell(1)
        tasks.forward(made.pk)
        server.shutdown()
        thread.join()
    came = Lines.came[0].decode()
    assert came.count("CEF:0|Prodsec|Prodsec|") == 2
    assert came.index("destination.created|") < came.index("test.done|")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", 0))
        taker.settimeout(5)
        made = forwarding.add_destination(
            SYSTEM, Facts("udp", f"udp://127.0.0.1:{taker.getsockname()[1]}", Layout.OCSF)
        )
        tasks.forward(made.pk)
        event = json.loads(taker.recv(70_000).decode().split("] ", 1)[1])
    assert event["metadata"]["event_code"] == "destination.created"


def test_a_destination_that_is_down_is_tried_again_later_and_misses_nothing(web: str) -> None:
    made, now = destination(web), clock.now()
    Web.status = 503
    waits = []
    for number in range(5):
        tell(number)
        with clock.set_to(now):
            tasks.forward(made.pk)
        made.refresh_from_db()
        assert made.last_error == "127.0.0.1 answered with status 503."
        assert made.next_try_at is not None
        waits.append(round((made.next_try_at - now).total_seconds()))
        now = made.next_try_at + datetime.timedelta(seconds=1)
    assert waits == [5, 10, 20, 40, 80]
    with clock.set_to(now - datetime.timedelta(seconds=10)):
        came = len(Web.came)
        tasks.forward(made.pk)
        assert len(Web.came) == came, "it is not time yet"
    Web.status, Web.came = 200, []
    with clock.set_to(now):
        tasks.forward(made.pk)
    assert told_by_web() == [str(made.pk), "0", "1", "2", "3", "4"]
    made.refresh_from_db()
    assert (made.failures, made.last_error, made.next_try_at) == (0, "", None)


def test_t25_a_job_that_is_killed_after_sending_sends_again(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = destination(web)
    tell(1)
    whole = forwarding.delivered

    class Killed(BaseException):
        """As a kill ends a job: no handler runs."""

    def killed(batch: forwarding.Batch) -> bool:
        raise Killed

    monkeypatch.setattr(forwarding, "delivered", killed)
    with pytest.raises(Killed):
        tasks.forward(made.pk)
    monkeypatch.setattr(forwarding, "delivered", whole)
    assert forwarding.enqueue_due() == 0, "the claim still holds"
    with clock.set_to(clock.now() + forwarding.CLAIM + datetime.timedelta(seconds=1)):
        assert forwarding.enqueue_due() == 1
        tasks.forward(made.pk)
    assert told_by_web() == [str(made.pk), "1"] * 2


def test_t25_of_two_jobs_one_moves_on(web: str) -> None:
    made = destination(web)
    tell(1)
    batch = forwarding.next_batch(made.pk)
    assert batch is not None
    tasks.forward(made.pk)
    position = Destination.objects.get().position
    tell(2)
    assert forwarding.delivered(batch) is False
    assert Destination.objects.get().position == position


def test_jobs_are_made_for_those_that_are_behind_and_one_each(web: str) -> None:
    made = destination(web)
    with transaction.atomic():
        assert (forwarding.enqueue_due(), forwarding.enqueue_due()) == (1, 0)
    tasks.forward(made.pk)
    assert forwarding.enqueue_due() == 0
    tell(1)
    assert forwarding.enqueue_due() == 1
    Destination.objects.update(claimed_until=None, is_active=False)
    assert forwarding.enqueue_due() == 0


def test_t23_private_addresses_are_refused_when_it_is_sent(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ()
    made = destination("http://169.254.169.254/latest/meta-data/")
    tasks.forward(made.pk)
    made.refresh_from_db()
    assert "not on the public internet" in made.last_error


@pytest.mark.parametrize(
    "facts",
    [
        {"address": "gopher://x"}, {"address": "syslog.example.com"}, {"address": "udp://a:b@x:514"}, {"address": "tcp://"},
        {"address": "tcp://x:0"}, {"address": "tcp://x/path"}, {"address": "https://x\r\nHost: y/"}, {"name": ""}, {"name": "x" * 201},
        {"name": "a\x00"}, {"header": "X-A: b"}, {"header": "Host"}, {"header": "X-A", "secret": "a\r\nX-B: c"},
        {"secret": "x"}, {"address": "udp://x:514", "header": "X-A", "secret": "y"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_destination_is_refused(facts: dict[str, str]) -> None:
    answer = admin().post("/activity/destinations", {"name": "siem", "address": "https://siem.example.com/", **facts})
    assert answer.status_code == 422, answer.content
    assert not Destination.objects.exists()


def test_t09_a_secret_is_written_and_never_read(web: str) -> None:
    door = admin()
    body = {"name": "siem", "address": web, "header": "Authorization", "secret": MARKER}
    made = door.post("/activity/destinations", body).json()
    assert made["has_secret"] is True
    kept = {"name": "siem", "address": f"{web}/other", "header": "Authorization"}
    assert door.put(f"/activity/destinations/{made['id']}", kept).json()["has_secret"] is True
    seen = [
        door.get("/activity/destinations").content,
        door.get("/activity").content,
        door.client.get("/admin/activity/forwarding/").content,
        door.client.get(f"/admin/activity/forwarding/{made['id']}/").content,
        bytes(Destination.objects.get().secret),
    ]
    assert not [text for text in seen if b"marker-secret" in text]


def test_t12_a_secret_does_not_go_to_another_host(web: str) -> None:
    door = admin()
    body = {"name": "siem", "address": "https://siem.example.com/", "header": "Authorization", "secret": MARKER}
    made = door.post("/activity/destinations", body).json()
    moved = {"name": "siem", "address": web, "header": "Authorization"}
    assert door.put(f"/activity/destinations/{made['id']}", moved).json()["has_secret"] is False
    tasks.forward(made["id"])
    assert "marker-secret" not in str(Web.came)


def test_pages_are_for_who_may_say_where_it_goes(web: str) -> None:
    boss = admin()
    answer = boss.client.post("/admin/activity/forwarding/", {"name": "siem", "address": web, "layout": "ocsf"})
    assert answer.status_code == 302
    made = Destination.objects.get()
    Web.status = 500
    tasks.forward(made.pk)
    page = boss.client.get("/admin/activity/forwarding/").content.decode()
    assert "failing" in page
    assert "answered with status 500" in page
    form = {"name": "siem 2", "address": web, "layout": "cef", "is_active": ""}
    assert boss.client.post(f"/admin/activity/forwarding/{made.pk}/", form).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.layout, made.is_active) == ("siem 2", "cef", False)
    nobody = session_door(person()).client
    assert nobody.get("/admin/activity/forwarding/").status_code == 403
    assert nobody.post(f"/admin/activity/forwarding/{made.pk}/remove/").status_code == 403
    assert boss.client.post(f"/admin/activity/forwarding/{made.pk}/remove/").status_code == 302
    actions = list(Activity.objects.filter(object_type="destination").order_by("id").values_list("action", flat=True))
    assert actions == ["destination.created", "destination.changed", "destination.removed"]


def test_a_number_of_any_length_does_not_stop_the_rest() -> None:
    services.record_all(SYSTEM, [Told("test.done", "test", 1, details={"n": 2**80, "s": "\u2028"})])
    made = forwarding.add_destination(SYSTEM, Facts("udp", "udp://127.0.0.1:9", Layout.OCSF), from_start=True)
    batch = forwarding.next_batch(made.pk)
    assert batch is not None
    for layout in Layout:
        assert all(tasks._line(row, layout, syslog.LARGEST_DATAGRAM) for row in batch.rows)
