"""Addresses of channels: which are let in, and where messages may go (T23)."""

import importlib
import inspect
from typing import Any

import pytest

from prodsec.notifications import senders
from prodsec.notifications.models import Channel
from prodsec.notifications.senders import chat as chat_sender
from prodsec.notifications.tests.receivers import Chat
from prodsec.notifications.tests.telling import channel, team
from prodsec.notifications.types import AddressError, Message, NotSentError

GOOD = {
    "team@acme.example": "email",
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": "slack",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#security": "slack",
    "mmosts://chat.acme.example/3ccdd113474722377935511fc85d3dd4": "mattermost",
    "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord",
    "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=abc&token=def": "google chat",
    "zulip://bot@acme/a6k4FHGuoaQ49Gw6k9m2Ysz6Xd1SxKGM/security": "zulip",
    "ntfys://ntfy.acme.example/security": "ntfy",
    "gotifys://gotify.acme.example/AbCdEfGhIjKlMnO": "gotify",
    "rockets://bot:secret@chat.acme.example/security": "rocket chat",
    "jsons://hooks.acme.example/prodsec": "webhook",
}
BAD = (
    "", "somebody", "a@b@c", "a@acme.example\nBcc: x@y.example", "file:///etc/passwd", "dbus://", "gnome://", "syslog://",
    "windows://", "macosx://", "xml://localhost", "form://localhost", "mqtt://localhost", "smpp://a:b@c", "exec://id",
    "apprise://localhost/token", "http://169.254.169.254/latest/meta-data/", "https://acme.example/hook",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd", "json://host/?attach=/etc/passwd",
    "json://host/?verify=no", "json://host/?redirect=yes", "json://host/?+Host=evil", "json://", "slack://short",
    "javascript://alert(1)", "jsons://host/" + "x" * 3000, "gopher://127.0.0.1:25/_EHLO",
)  # fmt: skip
MESSAGE = Message(subject="s", text="t", html="<p>t</p>", word="w")


@pytest.mark.parametrize("address", GOOD)
def test_chats_are_known_by_their_addresses(address: str) -> None:
    assert senders.kind_of(address) == GOOD[address]


@pytest.mark.parametrize("address", BAD)
def test_what_runs_reads_or_loads_something_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        senders.kind_of(address)


@pytest.mark.parametrize("kind", chat_sender.NAMES)
def test_the_library_has_no_way_out_but_the_guarded_one(kind: str) -> None:
    """What it imports could open a socket itself, or start a program."""
    name = chat_sender._KINDS[kind][0]
    source = inspect.getsource(importlib.import_module(f"apprise.plugins.{name}"))
    for other in (
        "import socket",
        "import subprocess",
        "\nfrom requests",
        "urllib.request",
        "import httpx",
        "http.client",
    ):
        assert other not in source, f"{name} could go out by {other}."
    chat_sender._class_of(kind)
    assert isinstance(importlib.import_module(f"apprise.plugins.{name}").requests, chat_sender._Requests)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0",  # noqa: S104 - asked, not listened on
             "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1", "10.0.0.1",
             "169.254.169.254", "[fe80::1]"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["json", "ntfy", "gotify", "mmost"])
def test_private_addresses_are_not_asked(settings: Any, host: str, scheme: str) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ()
    token = "3ccdd113474722377935511fc85d3dd4"
    with pytest.raises(NotSentError) as refused:
        senders.send("", f"{scheme}://{host}/{token if scheme == 'mmost' else 'AbCdEfGhIjKlMnO'}", MESSAGE)
    assert "AbCd" not in str(refused.value)


@pytest.mark.django_db
def test_a_redirect_is_not_followed_with_what_was_to_be_told(chat: Chat) -> None:
    made = channel(team("red").pk, chat.address)
    chat.status, chat.location = 307, f"http://127.0.0.1:{chat.port}/elsewhere"
    from prodsec.notifications import tasks

    tasks.send_test(made)
    assert len(chat.posts) == 1
    assert Channel.objects.get(pk=made).last_error


@pytest.mark.django_db
def test_a_message_says_nothing_of_the_library_and_loads_no_picture(chat: Chat) -> None:
    senders.send("webhook", chat.address, MESSAGE)
    assert "github" not in str(chat.posts[0]).lower()
    assert "apprise" not in str(chat.posts[0]).lower()
