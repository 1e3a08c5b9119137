"""What pages say can be said in another language: all of it, with the same things filled in."""

import re

import pytest
from tests.translations import collect

PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}|<[^>]+>|https?://\S+")


@pytest.mark.parametrize("language", collect.languages())
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    stored = {(str(message.id), message.context) for message in collect.catalogue(language) if message.id}
    said = {(str(message.id), message.context) for message in collect.collected() if message.id}
    assert said - stored == set(), "These are new; run `make messages`, then translate them."
    assert stored - said == set(), "Nothing says these any more; run `make messages`."


@pytest.mark.parametrize("language", collect.languages())
def test_every_text_is_translated_with_what_is_filled_in(language: str) -> None:
    wrong = []
    for message in collect.catalogue(language):
        if not message.id:
            continue
        if not collect.is_translated(message.string):
            wrong.append(f"not translated: {message.id!r}")
            continue
        said = [message.id] if isinstance(message.id, str) else list(message.id)
        told = [message.string] if isinstance(message.string, str) else list(message.string)
        places = {place for text in said for place in PLACE.findall(text)}
        if any(set(PLACE.findall(text)) - places for text in told) or set(PLACE.findall(told[-1])) != set(
            PLACE.findall(said[-1])
        ):
            wrong.append(f"other things are filled in: {message.id!r} -> {message.string!r}")
    assert wrong == []


def test_pages_come_in_the_language_of_the_browser_or_the_chosen_one(db: None) -> None:
    from django.test import Client

    from prodsec.accounts.tests.people import person

    compiled = collect.file_of("de").with_suffix(".mo")
    if not compiled.exists():
        pytest.skip("translations are not compiled; `make assets` does it")
    client = Client()
    client.force_login(person(is_admin=True))
    german = client.get("/findings/", headers={"accept-language": "de-AT,de;q=0.9"})
    assert "Befunde" in german.content.decode()
    assert german.headers["Content-Language"] == "de"
    assert "Findings" in client.get("/findings/", headers={"accept-language": "xx"}).content.decode()
    client.post("/choices/language/", {"language": "de"})
    assert "Befunde" in client.get("/findings/").content.decode()
    client.post("/choices/language/", {"language": "en"})
    assert "Findings" in client.get("/findings/", headers={"accept-language": "de"}).content.decode()
