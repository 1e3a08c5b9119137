"""The filter bar at the door: what is typed becomes an address, chips, completion, the call of the API, and ways out of nothing."""

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import ASSET, sarif

if TYPE_CHECKING:
    from django.test import Client

MARKER = "<script>alert(1)</script>"
RIGHT_TO_LEFT = "\u202e\u05d0\u05d1\u05d2"


def chips(client: "Client", address: str) -> list[tuple[str, str, str]]:
    """The chips of a page: as typed, in words, and the address without each."""
    text = client.get(address).content.decode()
    found = re.findall(r'class="chip" data-token="([^"]*)"><bdi>(.*?)</bdi><a href="([^"]*)"', text)
    return [(html.unescape(token), html.unescape(label), html.unescape(link)) for token, label, link in found]


def options(client: "Client", typed: str) -> list[str]:
    """What a typed word may become."""
    answer = client.get("/findings/completions/", {"text": typed})
    assert answer.status_code == 200
    return [html.unescape(token) for token in re.findall(r'data-token="([^"]*)"', answer.content.decode())]


def test_what_is_typed_is_answered_at_the_address_that_says_it(client: "Client") -> None:
    typed = {"q": "due:<7d -kind:secret login", "severity": "critical", "owner": "", "not_kind": "code", "order": "due"}
    answer = client.get("/findings/", typed)
    assert answer.status_code == 302
    assert answer["Location"] == "/findings/?severity=critical&not_kind=code,secret&due=..7d&text=login&order=due"


def test_chips_say_what_is_narrowed_and_take_it_away(client: "Client") -> None:
    found = chips(client, "/findings/?severity=critical,high&not_owner=none&first_seen=-30d..&order=due")
    assert [(token, label) for token, label, _ in found] == [
        ("severity:critical,high", "severity: Critical, High"),
        ("-owner:none", "not owner: nobody"),
        ("first-seen:-30d..", "first seen: in the last 30 days"),
    ]
    assert found[0][2] == "?not_owner=none&first_seen=-30d..&order=due"


def test_a_form_without_script_keeps_what_is_on(client: "Client") -> None:
    text = client.get("/findings/?not_kind=secret&rule=a&rule=b&severity=high&owner=7,none&order=due").content.decode()
    form = text.split("data-filters>")[1].split("</form>")[0]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    assert kept == [("not_kind", "secret"), ("rule", "a"), ("rule", "b"), ("order", "due")]
    assert re.search(r'name="severity" value="high" checked', text)
    assert re.search(r'<option value="none,7" selected', text)


def test_a_mistake_stays_in_the_field_and_is_told(client: "Client") -> None:
    answer = client.get("/findings/", {"q": "sevrity:high -kind:secret"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'name="q" value="sevrity:high"' in text
    assert "did you mean severity?" in text
    assert [token for token, _, _ in chips(client, "/findings/?q=sevrity:high+-kind:secret")] == ["-kind:secret"]


@pytest.mark.parametrize("word", [MARKER, f"{RIGHT_TO_LEFT} {MARKER}", 'a"b', "x" * 500])
def test_hostile_words_stay_words(client: "Client", word: str) -> None:
    for name in ("rule", "asset", "tool", "component", "file", "text", "not_text"):
        text = client.get("/findings/", {name: word}).content.decode()
        assert MARKER not in text, name
        assert len(chips(client, f"/findings/?{name}={word}")) == 1


def test_what_is_too_long_is_told(client: "Client") -> None:
    for name in ("rule", "q", "severity", "due", "x" * 10_000):
        answer = client.get("/findings/", {name: "y" * 10_000})
        assert answer.status_code == 200
        assert "This was left out" in answer.content.decode(), name


def test_the_same_as_a_call_of_the_api(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one", "two $(reboot) `x` !!"))
    text = client.get("/findings/", {"rule": "two $(reboot) `x` !!", "order": "due"}).content.decode()
    found = re.search(r'<code id="api-call">(.*?)</code>', text)
    assert found
    call = html.unescape(found[1])
    assert call.startswith('curl -H "Authorization: Bearer $PRODSEC_TOKEN" "http://testserver/api/v1/findings?rule=two')
    address = call.split('"')[-2]
    assert not set("$`!\\ ") & set(address)
    assert len(client.get(address.removeprefix("http://testserver")).json()["items"]) == 1


def test_an_empty_list_says_which_filter_to_drop(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("one"))
    text = client.get(f"/findings/?severity=low&asset={ASSET}").content.decode()
    assert "Without “severity: Low”" in text
    assert "Without “asset" not in text
    assert "There is nothing of this name" in client.get("/findings/?asset=acme/nowhere").content.decode()


def test_completion_knows_fields_words_and_names(client: "Client", imported: Callable[..., int]) -> None:
    imported(sarif("Flaw of one", "flaw two"))
    client.post("/admin/teams/", {"name": "Payments", "slug": "payments"})
    assert options(client, "sev")[0] == "severity:"
    assert "-severity:critical" in options(client, "-crit")
    assert options(client, "severity:critical,h") == ["severity:critical,high"]
    assert options(client, "owner:pay") == ["owner:payments"]
    assert options(client, "assignee:ada") == ["assignee:ada@acme.example"]
    assert options(client, "asset:acme")[-1] == f"asset:{ASSET}"
    assert options(client, "tool:lin") == ["tool:Lintel"]
    assert options(client, "rule:flaw") == ['rule:"Flaw of one"', 'rule:"flaw two"']
    assert options(client, "-due:<7") == []
    assert options(client, "squad:red") == []
    assert options(client, f"rule:{MARKER}\x00") == []
    assert len(options(client, "")) == 12


@pytest.mark.parametrize("typed", ["asset:gitlab", "tool:lin", "rule:flaw", "component:a", "cve:c"])
def test_completion_names_only_what_one_sees(client: "Client", imported: Callable[..., int], typed: str) -> None:
    """T03: completion answers like the list, and knows nothing of what its reader does not see."""
    from django.test import Client as Browser

    from prodsec.accounts.tests.people import person
    from prodsec.findings.models import Finding

    imported(sarif("flaw one"))
    Finding.objects.update(component_name="alpha", vulnerability_id="CVE-2021-44228")
    assert options(client, typed)
    stranger = Browser()
    stranger.force_login(person("stranger"))
    assert options(stranger, typed) == []
