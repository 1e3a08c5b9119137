"""What every page has in common: policy of content, colours, errors as sentences, documents."""

from typing import TYPE_CHECKING

import pytest

from prodsec.kit import markdown

if TYPE_CHECKING:
    from django.test import Client


def test_nothing_inline_is_allowed(client: "Client") -> None:
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    text = answer.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text


def test_colours_are_remembered_and_nothing_else_is(client: "Client") -> None:
    client.post("/choices/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/choices/theme/", {"theme": '"><script>'})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_a_choice_goes_along_to_another_browser(client: "Client") -> None:
    from django.test import Client

    client.post("/choices/density/", {"density": "compact"})
    client.post("/choices/theme/", {"theme": "light"})
    elsewhere = Client()
    elsewhere.force_login(client.get("/").wsgi_request.user)
    for _ in range(2):
        page = elsewhere.get("/docs/").content.decode()
        assert 'data-density="compact"' in page
        assert 'data-theme="light"' in page


def test_a_choice_leads_back_here_only(client: "Client") -> None:
    answer = client.post("/choices/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/nowhere/", 404, "There is no page at this address."),
        ("/findings/987654/", 404, "There is no finding 987654."),
        ("/assets/987654/", 404, "There is no asset 987654."),
        ("/imports/987654/", 404, "There is no import 987654."),
        ("/setup/wrong/", 404, "This link was used, is too old, or is not ours."),
        ("/docs/../settings/", 404, "There is no page at this address."),
        ("/docs/guide/nothing/", 404, "There is no page at this address."),
        ("/accounts/signup/", 404, "An admin of this installation adds people"),
    ],
)
def test_errors_are_sentences(client: "Client", address: str, status: int, sentence: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_an_unforeseen_error_tells_nothing_of_itself(client: "Client", monkeypatch: pytest.MonkeyPatch) -> None:
    from prodsec.findings import queries

    def fail(*given: object, **named: object) -> None:
        raise RuntimeError("the secret is 4711")

    monkeypatch.setattr(queries, "badges", fail)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "It was logged, and nothing was changed." in text
    assert "4711" not in text
    assert "Traceback" not in text


def test_every_document_is_served_and_its_links_lead_somewhere(client: "Client") -> None:
    import re

    seen, waiting = set[str](), ["/docs/"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        for link in re.findall(r'href="(/docs/[^"#]*)', answer.content.decode()):
            if link not in seen and link not in waiting:
                waiting.append(link)
    assert "/docs/guide/triage/" in seen


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[x](javascript:alert(1))", "javascript"),
        ("[x](  JAVASCRIPT:alert(1))", "href"),
        ("[x](data:text/html;base64,xxxx)", "href"),
        ("[x](//evil.example)", "href"),
        ("[x](/logout)", "href"),
        ("<b>x</b>", "<b>"),
        ("<iframe src=x></iframe>", "<iframe"),
        ("![x](https://evil.example/a.png)", "<img"),
        ('<a href="https://x" style="position:fixed">x</a>', "<a "),
    ],
)
def test_markdown_of_strangers_is_tame(text: str, html: str) -> None:
    assert html not in markdown.render(text).replace("[x]", "").replace("&lt;", "").split("javascript:alert")[0]


def test_markdown_says_what_it_should() -> None:
    assert markdown.render("a\nb") == "<p>a<br>\nb</p>\n"
    assert "<h3>Sunk</h3>" in markdown.render("# Sunk")
    assert 'rel="noopener noreferrer nofollow"' in markdown.render("[x](mailto:a@example.org)")
    assert "<table>" in markdown.render("|a|b|\n|-|-|\n|1|2|")
