"""The environment, read once. Nothing else in Prodsec reads a variable.

PRODSEC_HOME        where data lives (default `.prodsec` in the current folder)
DATABASE_URL        a PostgreSQL to use instead of the embedded one
PORT, HOST          where the web process listens (default 8480 on 127.0.0.1)
PRODSEC_SECRET_KEY  the installation key (at least 32 characters); default: made once in PRODSEC_HOME/secret.key
PRODSEC_HOSTS       host names the pages answer to, comma-separated (default: loopback names)
PRODSEC_ALLOW_HOSTS  hosts and networks that Prodsec may ask although they are not on the public internet, comma-separated, such as `keycloak.corp.example, 10.20.0.0/16` (default: none)
PRODSEC_URL         where people reach Prodsec, for the links in messages, such as `https://prodsec.example.com` (default: the first of PRODSEC_HOSTS, with PORT)
PRODSEC_EMAIL_URL   the mail server: `smtp://user:password@mail.example.com:587?from=prodsec@example.com` encrypts by STARTTLS, `smtps://` from the start, `smtp+plain://` not at all, for a relay on this machine (default: no e-mail is sent)
PRODSEC_PROXIES     how many proxies stand in front, each adding to X-Forwarded-For (default 0): whose tries are counted together
PRODSEC_HTTPS       `1` when users reach Prodsec through TLS: cookies become Secure and HSTS is sent
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
MINIMUM_KEY_CHARACTERS = 32
MOST_PROXIES = 10
_PLACEHOLDERS = ("changeme", "change-me", "secret", "example", "placeholder", "insecure")


@dataclass(frozen=True)
class Env:
    """What the environment said, checked."""

    home: Path
    database_url: str
    host: str
    port: int
    key: bytes
    hosts: tuple[str, ...]
    https: bool
    allow_hosts: tuple[str, ...]
    url: str
    email: "Email | None"
    proxies: int


@dataclass(frozen=True)
class Email:
    """A mail server, and who our messages come from."""

    host: str
    port: int
    user: str
    password: str
    starts_tls: bool
    is_tls: bool
    sender: str


def read_env() -> Env:
    """Read and check the environment; makes the home folder and the installation key when they are missing.

    Raises: SystemExit with one sentence when a variable cannot be used.
    """
    home = Path(os.environ.get("PRODSEC_HOME", ".prodsec")).expanduser().absolute()
    port = os.environ.get("PORT", "8480")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SystemExit(f"PORT is {port!r}; give a number from 1 to 65535.")
    proxies = os.environ.get("PRODSEC_PROXIES", "0")
    if not proxies.isdigit() or int(proxies) > MOST_PROXIES:
        raise SystemExit(f"PRODSEC_PROXIES is {proxies!r}; give the number of proxies in front, 0 to {MOST_PROXIES}.")
    named = os.environ.get("PRODSEC_HOSTS", "localhost,127.0.0.1,[::1]")
    return Env(
        home=home,
        database_url=os.environ.get("DATABASE_URL", ""),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(port),
        key=_installation_key(home),
        hosts=tuple(_listed(named)),
        https=os.environ.get("PRODSEC_HTTPS", "") == "1",
        allow_hosts=tuple(_listed(os.environ.get("PRODSEC_ALLOW_HOSTS", ""))),
        url=_url(hosts=_listed(named), port=port),
        email=_email(os.environ.get("PRODSEC_EMAIL_URL", "")),
        proxies=int(proxies),
    )


def _url(*, hosts: list[str], port: str) -> str:
    given = os.environ.get("PRODSEC_URL", "").rstrip("/")
    if given and not given.startswith(("http://", "https://")):
        raise SystemExit(f"PRODSEC_URL is {given!r}; give an address like https://prodsec.example.com.")
    if given:
        return given
    host = hosts[0] if hosts else "localhost"
    return f"https://{host}" if os.environ.get("PRODSEC_HTTPS", "") == "1" else f"http://{host}:{port}"


def _email(text: str) -> Email | None:
    if not text:
        return None
    wrong = "PRODSEC_EMAIL_URL cannot be read; write smtp://user:password@host:587?from=prodsec@example.com."
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SystemExit(wrong) from None
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in _MAIL_PORTS or not parts.hostname or "@" not in sender or not sender.isprintable():
        raise SystemExit(wrong)
    return Email(
        host=parts.hostname,
        port=port or _MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=parts.scheme == "smtp",
        is_tls=parts.scheme == "smtps",
        sender=sender,
    )


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _installation_key(home: Path) -> bytes:
    given = os.environ.get("PRODSEC_SECRET_KEY", "")
    if given:
        if len(given) < MINIMUM_KEY_CHARACTERS or any(word in given.lower() for word in _PLACEHOLDERS):
            raise SystemExit(
                "PRODSEC_SECRET_KEY is too short or a placeholder; "
                'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        return given.encode()
    path = home / "secret.key"
    if not path.exists():
        _make_key(path)
    return base64.urlsafe_b64decode(path.read_bytes().strip())


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".secret.key.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process made it first; theirs is the key
    finally:
        temporary.unlink()
