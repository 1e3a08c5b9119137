"""Messages to chats: the one file that knows Apprise, of whose 190 ways out we let a dozen in.

Those few ask by HTTP only, through the module `requests`, in whose place each of them is given one that asks through `kit.http`:
private addresses, redirects and certificates that cannot be checked are refused there. Nothing that runs a program, talks to the
desktop or system, reads a file, or loads other addresses can be reached.
"""

import contextlib
import contextvars
import functools
import importlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from apprise import AppriseAsset, NotifyFormat, PersistentStoreMode
from apprise.exception import AppriseException
from django.conf import settings

from prodsec.kit import http_requests
from prodsec.notifications.types import AddressError, Message, NotSentError, UnansweredError

# The module and class of each kind, by the schemes of its addresses.
_KINDS = {
    "slack": ("slack", "NotifySlack", ("slack",)),
    "mattermost": ("mattermost", "NotifyMattermost", ("mmost", "mmosts")),
    "teams": ("workflows", "NotifyWorkflows", ("workflow", "workflows")),
    "google chat": ("google_chat", "NotifyGoogleChat", ("gchat",)),
    "discord": ("discord", "NotifyDiscord", ("discord",)),
    "rocket chat": ("rocketchat", "NotifyRocketChat", ("rocket", "rockets")),
    "webex": ("webexteams", "NotifyWebexTeams", ("wxteams", "webex")),
    "zulip": ("zulip", "NotifyZulip", ("zulip",)),
    "ntfy": ("ntfy", "NotifyNtfy", ("ntfy", "ntfys")),
    "gotify": ("gotify", "NotifyGotify", ("gotify", "gotifys")),
    "webhook": ("custom_json", "NotifyJSON", ("json", "jsons")),
}
SCHEMES = {scheme: kind for kind, (_, _, schemes) in _KINDS.items() for scheme in schemes}
NAMES = tuple(_KINDS)
# What may stand behind the question mark; others (`template=`, `attach=`) would read files or load other addresses.
_PARAMETERS = frozenset(
    {"to", "channel", "channels", "stream", "topic", "mode", "route", "priority", "token", "key", "threadkey",
     "sig", "sv", "sp", "api-version", "ver", "pa", "powerautomate"}
)  # fmt: skip
_LONGEST = 2_000
# By which a receiver of one's own tells a message that comes a second time.
KEY_HEADER = "Idempotency-Key"
_ASSET = AppriseAsset(
    app_id="Prodsec", app_desc="Prodsec", app_url="", image_url_mask="", image_url_logo="", image_path_mask="",
    storage_mode=PersistentStoreMode.MEMORY, async_mode=False, secure_logging=True, http_redirects=False,
)  # fmt: skip
# It would log addresses, which are secrets; what went wrong is told by `NotSentError`.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@dataclass
class _Asking:
    """A message while it is sent: what each request says besides, and what came of them.

    said        in words, the last request's
    may_be_in   whether the other side may have the message without having said so
    """

    headers: dict[str, str]
    said: str = "nothing was asked"
    may_be_in: bool = False


_asking: contextvars.ContextVar[_Asking] = contextvars.ContextVar("asking")


class _Requests:
    """Stands in for the module `requests`: asks through the guard, and notes what came of it."""

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """As `requests.request`, whatever it is told of certificates, redirects and limits of time."""
        for settled in ("verify", "timeout", "allow_redirects", "cert", "proxies", "stream"):
            options.pop(settled, None)
        asking = _asking.get()
        options["headers"] = {**(options.get("headers") or {}), **asking.headers}
        try:
            with http_requests.session() as session:
                answer = session.request(method, url, allow_redirects=False, **options)
        except requests.RequestException as error:
            asking.said = str(error) if isinstance(error, requests.ConnectionError) else type(error).__name__
            asking.may_be_in |= isinstance(error, http_requests.CutOffError)
            raise
        asking.said = f"answered {answer.status_code}"
        return answer

    def get(self, url: str, **options: Any) -> requests.Response:
        """As `requests.get`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """As `requests.post`."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> requests.Response:
        """As `requests.put`."""
        return self.request("PUT", url, **options)

    def __getattr__(self, name: str) -> Any:
        """Its exceptions and codes are the library's own."""
        return getattr(requests, name)


def kind_of(address: str) -> str:
    """The kind of a chat's address. Raises: AddressError; asks nobody."""
    kind, _ = _opened(address)
    return kind


def send(address: str, message: Message) -> None:
    """Send a message to a chat. Raises: NotSentError, UnansweredError."""
    try:
        kind, way = _opened(address)
    except AddressError as error:
        raise NotSentError(f"The address of this channel cannot be used: {error.sentence}.") from None
    asking = _Asking({KEY_HEADER: _key(message)} if kind == "webhook" else {})
    with _noted(asking):
        try:
            taken = way.notify(
                title=_harmless(message.subject), body=_harmless(message.text), body_format=NotifyFormat.TEXT
            )
        except (AppriseException, TypeError, ValueError) as error:
            raise NotSentError(f"{kind.title()} could not be asked ({type(error).__name__}).") from None
    if not taken:
        kind_of_error = UnansweredError if asking.may_be_in else NotSentError
        raise kind_of_error(f"{kind.title()} did not take the message: {asking.said.rstrip('.')}.")


def _key(message: Message) -> str:
    """The same for the same delivery, tried again or not, and another one in another installation."""
    return f"{message.word}@{urlsplit(settings.PRODSEC_URL).hostname}"


def _opened(address: str) -> tuple[str, Any]:
    """The kind, and the library's object that sends there."""
    text = address.strip()
    if len(text) > _LONGEST or not text.isprintable():
        raise AddressError("this address is too long, or holds signs that cannot be seen", place="address")
    parts = urlsplit(text)
    if parts.scheme in ("http", "https"):
        return _native(text)
    kind = SCHEMES.get(parts.scheme.lower())
    if kind is None:
        raise AddressError(
            f"this kind of address is not let out; known are {', '.join(sorted(SCHEMES))}", place="address"
        )
    _check_parameters(parts.query)
    return kind, _made(kind, _class_of(kind).parse_url(text))


def _native(text: str) -> tuple[str, Any]:
    """A web address as the chat itself shows it."""
    for kind in _KINDS:
        facts = _class_of(kind).parse_native_url(text)
        if facts:
            _check_parameters(urlsplit(text).query)
            return kind, _made(kind, facts)
    raise AddressError(
        "this is the address of no chat we know; for a webhook of your own write jsons:// for https://", place="address"
    )


def _check_parameters(query: str) -> None:
    strange = {name for name, _ in parse_qsl(query, keep_blank_values=True)} - _PARAMETERS
    if strange:
        raise AddressError(f"an address may not say {sorted(strange)[0][:40]!r} here", place="address")


def _made(kind: str, facts: dict[str, Any] | None) -> Any:
    if not facts:
        raise AddressError(f"this is no complete address of {kind}", place="address")
    try:
        return _class_of(kind)(**{**facts, "asset": _ASSET})
    except (AppriseException, TypeError, ValueError):
        raise AddressError(f"this is no complete address of {kind}", place="address") from None


@functools.cache
def _class_of(kind: str) -> Any:
    """The library's class of this kind, whose only way out leads through the guard from here on."""
    name, class_name, _ = _KINDS[kind]
    module = importlib.import_module(f"apprise.plugins.{name}")
    module.requests = _Requests()  # type: ignore[attr-defined]  # its way out, see the head of this file
    return getattr(module, class_name)


@contextlib.contextmanager
def _noted(asking: _Asking) -> Iterator[None]:
    token = _asking.set(asking)
    try:
        yield
    finally:
        _asking.reset(token)


def _harmless(text: str) -> str:
    """Text in which no chat finds a call to everybody, a command in brackets, or a link with another name."""
    return text.replace("@", "@\u200b").replace("<", "‹").replace(">", "›").replace("](", "] (").replace("|", "¦")
