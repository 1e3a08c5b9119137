"""A mail server, a chat, and a small organisation; what needs Django is imported inside."""

from collections.abc import Iterator
from typing import Any

import pytest

from prodsec.notifications.tests.receivers import Chat, Mailbox, chat_server, mail_server


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """The installation's mail server."""
    with mail_server(settings) as box:
        yield box


@pytest.fixture
def chat(settings: Any) -> Iterator[Chat]:
    """A chat on this machine, which the operator allowed."""
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    settings.PRODSEC_URL = "https://prodsec.acme.example"
    with chat_server() as made:
        yield made
