"""Deeds on the pages, with and without a script: on chosen findings, on all that match, taken back, in conflict."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from tests.pages.conftest import sarif

if TYPE_CHECKING:
    from django.test import Client

SCRIPT = {"HX-Request": "true"}
DISMISS = {"deed": "dismiss", "kind": "1", "dismiss_reason": "a test <b>file</b>"}


@pytest.fixture
def ids(client: "Client", imported: Callable[..., int]) -> list[int]:
    imported(sarif(*(f"flaw {number}" for number in range(4))))
    return [item["id"] for item in client.get("/api/v1/findings").json()["items"]]


def states(client: "Client") -> dict[int, str]:
    return {item["id"]: item["state"] for item in client.get("/api/v1/findings?state=all").json()["items"]}


def named(client: "Client", ids: list[int]) -> list[str]:
    return [f"{finding}.{client.get(f'/api/v1/findings/{finding}').json()['revision']}" for finding in ids]


def colleague() -> "Client":
    from django.test import Client

    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM

    made = Client()
    made.force_login(people.create_person(SYSTEM, email="bob@acme.example", name="Bob <i>B.</i>", is_admin=True))
    return made


def test_without_a_script_the_list_says_what_happened_and_offers_undo(client: "Client", ids: list[int]) -> None:
    answer = client.post("/findings/bulk/", {"finding": named(client, ids[:2]), **DISMISS}, follow=True)
    assert "2 findings dismissed." in answer.content.decode()
    assert [states(client)[finding] for finding in ids] == ["dismissed", "dismissed", "detected", "detected"]
    assert 'action="/findings/undo/"' in answer.content.decode()
    answer = client.post("/findings/undo/", {}, follow=True)
    assert "2 findings are as before." in answer.content.decode()
    assert set(states(client).values()) == {"detected"}
    assert (
        "nothing of yours to undo"
        in client.post("/findings/undo/", {"next": "/findings/"}, follow=True).content.decode()
    )


def test_a_script_gets_the_rows_as_they_are_now(client: "Client", ids: list[int]) -> None:
    answer = client.post("/findings/bulk/", {"finding": named(client, ids[:1]), "deed": "confirm"}, headers=SCRIPT)
    text = answer.content.decode()
    assert "1 finding confirmed." in text
    assert f'<tr data-finding="{ids[0]}"' in text
    assert f"{ids[0]}.{client.get(f'/api/v1/findings/{ids[0]}').json()['revision']}" in text
    assert "triaged" in text


def test_a_script_is_told_why_not_and_nothing_changes(client: "Client", ids: list[int]) -> None:
    for given in ({"deed": "dismiss", "kind": "1"}, {"deed": "dismiss", "dismiss_reason": "x"}, {"deed": "burn"}, {}):
        answer = client.post("/findings/bulk/", {"finding": named(client, ids), **given}, headers=SCRIPT)
        assert answer.status_code == 422
        assert "data-refused" in answer.content.decode()
    assert client.post("/findings/bulk/", {"deed": "confirm"}, headers=SCRIPT).status_code == 422
    assert client.post("/findings/bulk/", {"deed": "confirm", "finding": "99999"}, headers=SCRIPT).status_code == 422
    assert set(states(client).values()) == {"detected"}


def test_what_a_colleague_changed_in_between_is_told_and_left_alone(client: "Client", ids: list[int]) -> None:
    seen = named(client, ids)
    bob = colleague()
    bob.post("/findings/bulk/", {"finding": seen[:1], "deed": "confirm"})
    text = client.post("/findings/bulk/", {"finding": seen, **DISMISS}, headers=SCRIPT).content.decode()
    assert "3 findings dismissed." in text
    assert f"finding {ids[0]}: Bob &lt;i&gt;B.&lt;/i&gt; confirmed it." in text
    assert states(client)[ids[0]] == "triaged"


def test_who_comes_second_sees_the_first_and_keeps_their_text(client: "Client", ids: list[int]) -> None:
    seen = client.get(f"/api/v1/findings/{ids[0]}").json()["revision"]
    colleague().post(
        f"/findings/{ids[0]}/dismiss/", {"kind": "3", "dismiss_reason": "we live with it", "revision": seen}
    )
    mine = {"kind": "1", "dismiss_reason": "my long text", "revision": seen}
    answer = client.post(f"/findings/{ids[0]}/dismiss/", mine)
    text = answer.content.decode()
    assert "yours was not sent" in text
    assert "Bob &lt;i&gt;B.&lt;/i&gt; dismissed it (we live with it)." in text
    assert ">my long text</textarea>" in text
    assert '<option value="1" selected>' in text
    again = {"reason": "my long text", "revision": client.get(f"/api/v1/findings/{ids[0]}").json()["revision"]}
    assert client.post(f"/findings/{ids[0]}/reopen/", again).status_code == 302
    assert states(client)[ids[0]] == "detected"


def test_the_api_answers_a_late_decision_with_what_others_did(client: "Client", ids: list[int]) -> None:
    seen = client.get(f"/api/v1/findings/{ids[0]}").json()["revision"]
    colleague().post(f"/findings/{ids[0]}/confirm/", {"revision": seen})
    answer = _api(client, "/findings/start", {"findings": [ids[0]]}, {"If-Match": f'"{seen}"'})
    body = answer.json()
    assert answer.status_code == 409
    assert body["current"]["state"] == "triaged"
    assert body["current"]["revision"] > seen
    assert body["changes"][0]["kind"] == "triaged"
    assert (
        _api(
            client, "/findings/start", {"findings": [ids[0]]}, {"If-Match": str(body["current"]["revision"])}
        ).status_code
        == 200
    )
    assert _api(client, "/findings/start", {"findings": ids}, {"If-Match": "1"}).status_code == 422


def test_all_that_match_are_foreseen_changed_and_taken_back(client: "Client", ids: list[int]) -> None:
    client.post("/findings/bulk/", {"finding": named(client, ids[:1]), "deed": "confirm"})
    assert "deed=dismiss" in client.get("/findings/bulk/new/?severity=high").content.decode()
    text = client.get("/findings/bulk/new/?severity=high&deed=confirm").content.decode()
    assert "Are so already" in text
    assert "(3)" in text
    answer = client.post("/findings/bulk/new/?severity=high&deed=confirm", {}, follow=True)
    assert "3 findings confirmed." in answer.content.decode()
    assert set(states(client).values()) == {"triaged"}
    assert "severity=high" in answer.content.decode()


def test_a_change_under_way_shows_its_progress_wherever_it_is_opened_again(client: "Client", ids: list[int]) -> None:
    from prodsec.findings.services import bulk

    with mock.patch.object(bulk, "SMALL", 1):
        answer = client.post("/findings/bulk/new/?deed=dismiss", DISMISS, follow=True)
    text = answer.content.decode()
    assert "0 of 4 findings" in text
    assert "Call it off" in text
    assert "A change of yours is under way: 0 of 4" in client.get("/findings/").content.decode()
    address = answer.redirect_chain[-1][0]
    assert "0 of 4 findings" in client.get(address, headers=SCRIPT).content.decode()
    text = client.post(f"{address}cancel/", follow=True).content.decode()
    assert "called off" in text
    assert set(states(client).values()) == {"detected"}
    assert client.get(address, headers=SCRIPT)["HX-Refresh"] == "true"


def test_who_lost_the_answer_and_asks_again_gets_the_change_that_is_under_way(client: "Client", ids: list[int]) -> None:
    from prodsec.findings.services import bulk

    with mock.patch.object(bulk, "SMALL", 1):
        first, again = (client.post("/findings/bulk/new/?deed=dismiss", DISMISS)["Location"] for _ in range(2))
        other = client.post("/findings/bulk/new/?deed=dismiss", {**DISMISS, "dismiss_reason": "so"})["Location"]
    assert first == again
    assert other != first
    client.post(f"{first}cancel/")
    assert client.post("/findings/bulk/new/?deed=dismiss", DISMISS)["Location"] not in (first, other)


def test_the_panel_tells_a_finding_in_short(client: "Client", ids: list[int]) -> None:
    text = client.get(f"/findings/{ids[0]}/panel/").content.decode()
    assert "flaw" in text
    assert "<html" not in text
    assert client.get("/findings/99999/panel/").status_code == 404


def _api(client: "Client", path: str, body: object, headers: dict[str, str]) -> Any:
    return client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
