"""Syslog out (RFC 5424): over UDP (RFC 5426), TCP (RFC 6587, octets counted) and TLS (RFC 5425).

What people typed cannot end a message, a field or a quotation: fields are escaped as the standard says, and TCP messages
begin with their length. Targets are checked as those of HTTP are.
"""

import datetime
import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prodsec.kit import addresses, http
from prodsec.kit.errors import UnavailableError

SECONDS = 10.0
# What one datagram can hold, less the headers of IP and UDP.
LARGEST_DATAGRAM = 65_000
AUDIT_NOTICE = 13 * 8 + 5
_NAME_SIGNS = re.compile(r'[^\x21-\x7e]|[="\]]')


class NotTakenError(UnavailableError):
    """The other side did not take the messages."""


@dataclass(frozen=True)
class Message:
    """One message. `facts` become a structured element; names are ours, values anybody's."""

    at: datetime.datetime
    kind: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """Where to: `udp`, `tcp` or `tls`."""

    transport: str
    host: str
    port: int


def line(message: Message, *, host: str = "", application: str = "prodsec") -> bytes:
    """The message as RFC 5424 writes it; its text stays on one line."""
    at = message.at.astimezone(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = " ".join((_word(host or socket.gethostname(), 255), _word(application, 48), "-", _word(message.kind, 32)))
    # 32473 is the number of enterprises in examples (RFC 5612): names without one belong to the standard.
    facts = "".join(f' {_word(name, 32)}="{_escaped(value)}"' for name, value in message.facts.items())
    text = message.text.replace("\r", "\\r").replace("\n", "\\n").replace("\x00", "\\0")
    structured = f"[prodsec@32473{facts}]" if facts else "-"
    return f"<{AUDIT_NOTICE}>1 {at} {head} {structured} {text}".encode("utf-8", errors="replace")


def send(target: Target, messages: Sequence[bytes], *, seconds: float = SECONDS) -> None:
    """Hand the messages over, in their order. UDP and TCP do not tell whether they were read; a broken connection does.

    Raises: HostRefusedError for a target that nothing may be sent to; NotTakenError.
    """
    failed: OSError | None = None
    for address in addresses.checked(target.host, target.port):
        try:
            _send_to(target, address, messages, seconds)
        except OSError as error:
            failed = error
            continue
        return
    reason = "its certificate is not trusted" if isinstance(failed, ssl.SSLCertVerificationError) else _why(failed)
    raise NotTakenError(f"{target.host}:{target.port} did not take the messages: {reason}.")


def _why(error: OSError | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror or type(error).__name__) if error is not None else "no address"


def _send_to(target: Target, address: str, messages: Sequence[bytes], seconds: float) -> None:
    if target.transport == "udp":
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(seconds)
            datagrams.connect((address, target.port))
            for message in messages:
                datagrams.send(message)
        return
    with socket.create_connection((address, target.port), timeout=seconds) as plain:
        if target.transport == "tcp":
            _stream(plain, messages)
            return
        with http.trust().wrap_socket(plain, server_hostname=target.host) as sealed:
            _stream(sealed, messages)


def _stream(connection: socket.socket, messages: Sequence[bytes]) -> None:
    """Write all, say that it is all, and wait for the end: a receiver that went away shows as an error here."""
    for part in _framed(messages):
        connection.sendall(part)
    if isinstance(connection, ssl.SSLSocket):
        return  # half of a TLS connection cannot be closed
    connection.shutdown(socket.SHUT_WR)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return  # it took everything and keeps the connection open


def _framed(messages: Sequence[bytes]) -> Iterator[bytes]:
    for message in messages:
        yield f"{len(message)} ".encode() + message


def _word(text: str, longest: int) -> str:
    return _NAME_SIGNS.sub("_", text)[:longest] or "-"


def _escaped(value: str) -> str:
    """A value inside quotation marks: the three signs that the standard names, and what would end the line."""
    quoted = re.sub(r'([\\"\]])', r"\\\1", value)
    return "".join(sign if sign.isprintable() else " " for sign in quoted)
