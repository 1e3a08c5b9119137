"""Requests of ours: only to hosts they may go to, bounded in time and size, and no secret to another host (T12, T23)."""

import gzip
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from prodsec.kit import addresses, http, http_requests


class Door(BaseHTTPRequestHandler):
    """Answers what the path asks for; remembers who asked with what."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, str]] = []
    silence = threading.Event()

    def do_GET(self) -> None:
        Door.seen.append((self.command, self.headers["Host"], self.headers.get("Authorization", "")))
        port = self.server.server_address[1]
        match self.path.partition("?")[0]:
            case "/elsewhere":
                self.answer(302, b"", Location=f"http://localhost:{port}/")
            case "/moved":
                self.answer(307, b"", Location="/")
            case "/round":
                self.answer(302, b"", Location="/round")
            case "/private":
                self.answer(302, b"", Location="http://169.254.169.254/latest/meta-data/")
            case "/endless":
                self.answer(200, b"x" * 50_000)
            case "/packed":
                self.answer(200, gzip.compress(b"x" * 5_000_000), **{"Content-Encoding": "gzip"})
            case "/silent":
                Door.silence.wait(20)
                self.answer(200, b"late")
            case "/words":
                self.answer(200, b"<p>hello")
            case _:
                self.answer(200, b'{"well": true}', **{"Content-Type": "application/json"})

    do_POST = do_GET  # noqa: N815 - the library's name

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def door(settings: Any) -> Iterator[str]:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    Door.seen, Door.silence = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Door.silence.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_comes_back_whole(door: str) -> None:
    answer = http.get(f"{door}/", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.is_ok, answer.json()) == (200, True, {"well": True})
    assert Door.seen == [("GET", door.removeprefix("http://"), "Bearer x")]


def test_t23_what_is_not_the_public_internet_is_refused(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ()
    for host in (
        "127.0.0.1", "localhost", "0", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[2002:7f00:1::]", "2130706433", "0x7f000001", "017700000001", "127.1", "[::]",
    ):  # fmt: skip
        with pytest.raises((addresses.HostRefusedError, addresses.HostUnknownError)):
            http.get(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "https://user:secret@example.com/", "https://",
     "//example.com", "https://exa mple.com/", "https://example.com:99999/", "https://example.com/\r\nX: y", "no address",
     "https://example.com/" + "a" * 3000],
)  # fmt: skip
def test_t23_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(addresses.HostRefusedError):
        http.get(url)


def test_t23_a_name_is_looked_up_once_and_the_checked_address_is_asked(door: str, monkeypatch: Any) -> None:
    asked, real = [], socket.getaddrinfo

    def look_up(name: str, port: int, *rest: Any, **more: Any) -> Any:
        asked.append(name)
        meant = "127.0.0.1" if asked.count("rebinding.example") == 1 else "169.254.169.254"
        return real(meant, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = door.rpartition(":")[2]
    assert http.get(f"http://rebinding.example:{port}/").is_ok
    assert asked == ["rebinding.example", "127.0.0.1"]
    assert [host for _, host, _ in Door.seen] == [f"rebinding.example:{port}"]
    with pytest.raises(addresses.HostRefusedError, match="PRODSEC_ALLOW_HOSTS"):
        http.get(f"http://rebinding.example:{port}/")


def test_t23_one_private_address_among_public_ones_refuses_the_name(settings: Any, monkeypatch: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ("10.9.0.0/16",)
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(addresses.HostRefusedError):
        addresses.checked("mixed.example", 443)


def test_the_operator_allows_names_and_networks(settings: Any, monkeypatch: Any) -> None:
    found = [(2, 1, 6, "", ("10.9.8.7", 443))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: found)
    for entries in (("keycloak.corp.example",), ("10.9.0.0/16",), ("10.9.8.7",)):
        settings.PRODSEC_ALLOW_HOSTS = entries
        assert addresses.checked("Keycloak.corp.example.", 443) == ["10.9.8.7"]


def test_t12_a_redirect_to_another_host_is_not_followed(door: str) -> None:
    for path, where in (("/elsewhere", "localhost"), ("/private", "169.254.169.254")):
        with pytest.raises(http.NoAnswerError, match=where):
            http.get(f"{door}{path}?code=marker", headers={"Authorization": "Bearer marker"})
    assert [host for _, host, _ in Door.seen] == [door.removeprefix("http://")] * 2


def test_a_redirect_within_the_host_is_followed_a_few_times(door: str) -> None:
    assert http.get(f"{door}/moved").json() == {"well": True}
    with pytest.raises(http.NoAnswerError, match="without end"):
        http.get(f"{door}/round")
    with pytest.raises(http.NoAnswerError, match="moved"):
        http.send(http.Request("POST", f"{door}/moved", body=b"secret", redirects=3))


def test_t23_answers_are_bounded_in_size_and_time(door: str) -> None:
    with pytest.raises(http.NoAnswerError, match="more than 40000 bytes"):
        http.get(f"{door}/endless", most_bytes=40_000)
    with pytest.raises(http.NoAnswerError, match="compressed"):
        http.get(f"{door}/packed")
    with pytest.raises(http.NoAnswerError, match=r"within 0\.2 seconds"):
        http.send(http.Request("GET", f"{door}/silent", seconds=0.2))


def test_a_refused_connection_and_a_page_of_words_are_sentences(door: str) -> None:
    with pytest.raises(http.NoAnswerError, match="not JSON"):
        http.get(f"{door}/words?token=marker").json()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(http.NoAnswerError, match="cannot be reached") as caught:
        http.get(f"http://127.0.0.1:{port}/?token=marker")
    assert "marker" not in str(caught.value)


def test_libraries_that_use_requests_are_guarded_alike(door: str, settings: Any) -> None:
    with http_requests.session() as session:
        assert session.get(f"{door}/").json() == {"well": True}
        assert session.post(f"{door}/", data={"code": "1"}, auth=("us", "secret")).status_code == 200
        with pytest.raises(requests.RequestException):
            session.post(f"{door}/elsewhere", data={"secret": "marker"})
        settings.PRODSEC_ALLOW_HOSTS = ()
        with pytest.raises(requests.RequestException, match="public internet"):
            session.get(f"{door}/")
    assert "localhost" not in {host.partition(":")[0] for _, host, _ in Door.seen}
