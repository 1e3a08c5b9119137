"""`prodsec upload` against a small server of our own: what it sends, when it tries again, how it ends."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from prodsec_cli import client
from prodsec_cli.main import main

TOKEN = "pst_for_tests"
RECEIVED = {"scan": 7, "state": "received"}
DONE = {"scan": 7, "state": "done", "new": 2, "fixed": 1, "unchanged": 0}
DROP = -1


class Server:
    """Answers with the script's lines, one a request, and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: list[tuple[int, dict[str, object] | bytes]] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                server.asked.append((self.command, self.path, dict(self.headers), body))
                status, answer = server.script.pop(0)
                if status == DROP:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/api/v1/imports/7")
                self.end_headers()
                self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    monkeypatch.setenv("PRODSEC_URL", server.url)
    monkeypatch.setenv("PRODSEC_TOKEN", TOKEN)
    monkeypatch.setattr(client, "WAITS_SECONDS", (0.0, 0.0))
    yield server
    server.close()


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., int]:
    report = tmp_path / "report.json"
    report.write_bytes(b'{"runs": []}')

    def run(*more: str) -> int:
        return main(["upload", str(report), "--asset", "gitlab.com/acme/api", *more])

    return run


def test_it_sends_the_report_and_what_to_do_with_it(server: Server, upload: Callable[..., int]) -> None:
    server.script = [(202, RECEIVED)]
    assert upload("--target", "topic", "--partial", "--dry-run") == 0
    method, address, headers, body = server.asked[0]
    assert (method, body) == ("POST", b'{"runs": []}')
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert parse_qs(urlsplit(address).query) == {
        "asset": ["gitlab.com/acme/api"],
        "file_name": ["report.json"],
        "target": ["topic"],
        "partial": ["true"],
        "dry_run": ["true"],
    }


def test_the_token_is_never_in_the_address(server: Server, upload: Callable[..., int]) -> None:
    server.script = [(202, RECEIVED)]
    upload()
    assert TOKEN not in server.asked[0][1]


@pytest.mark.parametrize("trouble", [502, 503, DROP])
def test_a_retry_is_the_same_request(trouble: int, server: Server, upload: Callable[..., int]) -> None:
    server.script = [(trouble, {}), (202, RECEIVED)]
    assert upload() == 0
    (_, _, first, first_body), (_, _, second, second_body) = server.asked
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert first_body == second_body


def test_two_uploads_are_two_requests(server: Server, upload: Callable[..., int]) -> None:
    server.script = [(202, RECEIVED), (202, RECEIVED)]
    upload()
    upload()
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in server.asked}
    assert len(keys) == 2


def test_a_server_that_stays_away_is_unavailable(
    server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(503, {})] * 3
    assert upload() == 4
    assert "does not answer now" in capsys.readouterr().err


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 422])
def test_a_refusal_is_told_in_the_servers_words(
    status: int, server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(status, {"detail": "You may not import reports here."})]
    assert upload() == 3
    assert "You may not import reports here." in capsys.readouterr().err
    assert len(server.asked) == 1


def test_waiting_follows_the_import_to_its_end(
    server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(202, RECEIVED), (200, {"scan": 7, "state": "reading"}), (200, DONE)]
    assert upload("--wait", "--json") == 0
    assert json.loads(capsys.readouterr().out) == DONE
    assert [address for _, address, _, _ in server.asked[1:]] == ["/api/v1/imports/7"] * 2


def test_why_nothing_was_closed_is_told(
    server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(202, RECEIVED), (200, {**DONE, "incomplete_reason": "2 rows could not be read"})]
    assert upload("--wait") == 0
    assert capsys.readouterr().err == "prodsec: nothing was closed by this report: 2 rows could not be read.\n"


def test_an_import_that_fails_is_refused_input(
    server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(202, RECEIVED), (200, {"scan": 7, "state": "failed", "error": "/runs/0: is no object"})]
    assert upload("--wait") == 3
    assert "/runs/0: is no object" in capsys.readouterr().err


def test_an_answer_that_is_no_json_is_no_stack_trace(
    server: Server, upload: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server.script = [(404, b"<html>Nothing here</html>")]
    assert upload() == 3
    assert "answered 404 Not Found and no JSON" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["upload", "/nowhere/report.json", "--asset", "a", "--server", "http://127.0.0.1:9", "--token", "t"], 3)],
)
def test_a_missing_file_is_a_sentence(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    assert capsys.readouterr().err == "prodsec: /nowhere/report.json cannot be read: No such file or directory.\n"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, upload: Callable[..., int]) -> None:
    monkeypatch.delenv("PRODSEC_URL", raising=False)
    monkeypatch.delenv("PRODSEC_TOKEN", raising=False)
    assert upload() == 2
    assert upload("--server", "http://127.0.0.1:9") == 2
