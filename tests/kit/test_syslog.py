"""Syslog out: fields that cannot be broken out of, and messages that arrive over UDP, TCP and TLS."""

import datetime
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.kit import addresses, syslog

AT = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.UTC)
HEAD = re.compile(r"<109>1 2026-03-01T12:30:00\.000000Z (\S+) (\S+) - (\S+) (\[.*?(?<!\\)\]|-) (.*)", re.DOTALL)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(texts, texts, texts, texts)
def test_no_field_ends_another(kind: str, text: str, name: str, value: str) -> None:
    line = syslog.line(syslog.Message(AT, kind, text, {name: value}), host="a host")
    assert b"\n" not in line
    assert b"\x00" not in line
    found = HEAD.fullmatch(line.decode())
    assert found
    host, application, told_kind, facts, told = found.groups()
    assert (host, application) == ("a_host", "prodsec")
    assert told_kind.isascii()
    assert len(told_kind) <= 32
    inside = re.fullmatch(r'\[prodsec@32473 ([^\s="\]]+)="((?:[^"\\\]]|\\.)*)"\]', facts)
    assert inside, facts
    assert re.sub(r"\\(.)", r"\1", inside[2]) == "".join(sign if sign.isprintable() else " " for sign in value)
    assert told == text.replace("\r", "\\r").replace("\n", "\\n").replace("\x00", "\\0")


class Receiver(socketserver.ThreadingTCPServer):
    """Keeps what comes, and closes when the other side said that it is all."""

    allow_reuse_address = True
    came: list[bytes]


class Keep(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.server.came.append(self.rfile.read())  # type: ignore[attr-defined]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    server = Receiver(("127.0.0.1", 0), Keep)
    server.came = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_tcp_messages_are_framed_by_their_length(receiver: Receiver) -> None:
    target = syslog.Target("tcp", "127.0.0.1", receiver.server_address[1])
    syslog.send(target, [b"first 5 word", "zweite – mit Größe".encode()])
    receiver.shutdown()
    receiver.server_close()
    assert receiver.came == [b"12 first 5 word" + b"22 " + "zweite – mit Größe".encode()]


def test_udp_messages_are_datagrams(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", 0))
        taker.settimeout(5)
        syslog.send(syslog.Target("udp", "127.0.0.1", taker.getsockname()[1]), [b"one", b"two"])
        assert [taker.recv(100), taker.recv(100)] == [b"one", b"two"]


def test_tls_is_spoken_and_the_certificate_looked_at(receiver: Receiver) -> None:
    with pytest.raises(syslog.NotTakenError):
        syslog.send(syslog.Target("tls", "127.0.0.1", receiver.server_address[1]), [b"secret"], seconds=2)
    assert all(b"secret" not in came for came in receiver.came)


def test_nobody_there_is_said(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(syslog.NotTakenError, match="Connection refused"):
        syslog.send(syslog.Target("tcp", "127.0.0.1", port), [b"x"])


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_t23_private_hosts_are_refused(settings: Any, transport: str) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ()
    for host in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "2130706433"):
        with pytest.raises(addresses.HostRefusedError):
            syslog.send(syslog.Target(transport, host, 514), [b"x"])
