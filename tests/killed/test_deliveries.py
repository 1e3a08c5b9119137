"""A worker that dies while a message is on its way: it arrives, and whoever reads the record knows that it may have come twice (T25)."""

import pytest
from django.db import transaction
from tests.killed.processes import kill, prodsec, until

from prodsec.accounts.tests.people import person, session_door, team
from prodsec.notifications.models import Channel, Delivery
from prodsec.notifications.tests.receivers import chat_server
from prodsec.notifications.tests.telling import channel, tell
from prodsec.notifications.types import DeliveryState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("kill")]

ENVIRONMENT = {"PRODSEC_ALLOW_HOSTS": "127.0.0.1", "PRODSEC_URL": "https://prodsec.acme.example"}


def test_a_message_whose_worker_died_before_the_answer_comes_again_and_says_so() -> None:
    with transaction.atomic():
        red = team("red")
    with chat_server() as chat:
        with transaction.atomic():
            made = channel(red.pk, chat.address)
            tell(teams=(red.pk,))
        chat.answers.clear()
        with prodsec("worker", **ENVIRONMENT) as first:
            until(lambda: chat.posts, "the chat has the message", process=first)
            kill(first)
        waiting = Delivery.objects.get()
        assert (waiting.state, waiting.doubts) == (DeliveryState.WAITING, 0)
        assert waiting.asked_at is not None
        chat.answers.set()
        with prodsec("worker", **ENVIRONMENT) as second:
            until(lambda: Delivery.objects.get().ended_at, "another worker sent it", process=second)
    sent = Delivery.objects.get()
    assert (sent.state, sent.doubts, sent.attempts, sent.asked_at) == (DeliveryState.SENT, 1, 0, None)
    once, again = chat.posts
    assert "may have come before" not in once["message"]
    assert (
        again["message"]
        == f"This message may have come before: an earlier attempt ended without an answer.\n\n{once['message']}"
    )
    names = [headers["Idempotency-Key"] for headers in chat.headers]
    assert names == [f"delivery-{sent.pk}@prodsec.acme.example"] * 2
    assert Channel.objects.get(pk=made).last_error == ""
    page = session_door(person("boss", is_admin=True)).client.get(f"/notifications/channels/{made}/")
    assert "May have come twice: 1 attempt ended without an answer." in page.content.decode()
