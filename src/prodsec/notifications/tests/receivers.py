"""The other side: a mail server and a chat of our own, on this machine."""

import contextlib
import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_SILENCE = 120.0


@dataclass
class Letter:
    """A mail as it arrived: to whom, and what it says."""

    to: str
    message: EmailMessage

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return "" if part is None else str(part.get_content())


@dataclass
class Mailbox:
    """A mail server: what came, and what it answers to a recipient."""

    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    answer: str = "250 ok"
    hangs_up: bool = False


def _handler(box: Mailbox) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 test")
            to = ""
            while line := self.rfile.readline().decode().strip():
                command = line.split(":")[0].split()[0].upper()
                if command == "RCPT":
                    to = line.partition("<")[2].partition(">")[0]
                    self._say(box.answer)
                elif command == "DATA":
                    self._say("354 go on")
                    data = self._data()
                    if box.hangs_up:
                        return
                    box.letters.append(Letter(to, email.message_from_bytes(data, policy=email.policy.default)))
                    self._say("250 taken")
                elif command == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line[1:] if line.startswith(b".") else line)
            return b"".join(lines)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    return Handler


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def mail_server(settings: Any) -> Iterator[Mailbox]:
    """A mail server that the installation sends through."""
    box = Mailbox()
    with _Server(("127.0.0.1", 0), _handler(box)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        box.port = server.server_address[1]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.PRODSEC_EMAIL_FROM = "prodsec@acme.example"
        settings.PRODSEC_URL = "https://prodsec.acme.example"
        yield box
        server.shutdown()


@dataclass
class Chat:
    """A chat: what was posted to it, and what it answers, if it does."""

    port: int = 0
    status: int = 200
    location: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/marker-secret-9876"


@contextlib.contextmanager
def chat_server() -> Iterator[Chat]:
    """A chat that takes JSON."""
    chat = Chat()
    chat.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chat.posts.append(json.loads(body))
            chat.headers.append(dict(self.headers))
            if not chat.answers.wait(LONGEST_SILENCE):
                return
            self.send_response(chat.status)
            if chat.location:
                self.send_header("Location", chat.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chat.port = server.server_address[1]
    yield chat
    server.shutdown()
    server.server_close()
