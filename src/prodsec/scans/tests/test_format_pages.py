"""Pages of formats: a sample, a click or two, a preview, a version; each deed as a form without any script sends it."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from prodsec.accounts.models import Person
from prodsec.accounts.types import SYSTEM
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.formats.outline import LARGEST_SAMPLE
from prodsec.scans.models import Format, FormatVersion
from prodsec.scans.tests.doors import Door
from prodsec.scans.tests.importing import import_now
from prodsec.scans.tests.test_shared_formats import BETTER, ONE, SPEC

Fields = dict[str, list[str]]


@pytest.fixture
def browser(admin: Door) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=admin.viewer.person_id or 0))
    return client


def fields_of(page: str) -> Fields:
    """What the form of a page would send."""
    form = page[page.index('<form method="post" action="/formats/map/"') :]
    found: Fields = {}
    for tag in re.findall(r"<input[^>]*>|<textarea.*?</textarea>|<select.*?</select>", form, re.S):
        name = re.search(r'name="([^"]+)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        if tag.startswith("<textarea"):
            value = re.sub(r"^<[^>]*>|</textarea>$", "", tag)
        elif tag.startswith("<select"):
            chosen = re.search(r'value="([^"]*)" selected', tag) or re.search(r'<option value="([^"]*)"', tag)
            value = chosen[1] if chosen else ""
        else:
            value = (re.search(r'value="([^"]*)"', tag) or ["", ""])[1]
        found.setdefault(name[1], []).append(unescape(value))
    return found


def look_at(browser: Client, sample: bytes, name: str = "out.json") -> str:
    answer = browser.post("/formats/new/", {"file": SimpleUploadedFile(name, sample)})
    assert answer.status_code == 302, answer.content.decode()
    return str(browser.get(answer["Location"]).content.decode())


def send(browser: Client, fields: Fields, **more: object) -> str:
    return str(browser.post("/formats/map/", {**fields, **more}, follow=True).content.decode())


def test_a_sample_becomes_a_format_in_a_few_clicks(browser: Client, received: Callable[..., int]) -> None:
    page = look_at(browser, ONE)
    assert "2 rows" in page
    assert "told without a hint" in page
    assert page.count("not known yet") == 1  # Trifle; a blocker is critical everywhere
    fields = fields_of(page)
    assert fields["fact.title"] == ["headline"]
    assert fields["word"] == ["Blocker", "Trifle"]
    fields |= {"tool": ["Acme Sweep"], "severity_of_word": ["", "low"]}
    page = send(browser, fields, do="share", note="by clicking")
    assert "Version 1 of acme_sweep reads reports from now on." in page
    scan = import_now(received, ONE, file_name="second.json")
    assert not scan.error
    assert (scan.format, scan.format_version, scan.new_count, scan.rejected_count) == ("acme_sweep", "1", 2, 0)
    shown = browser.get(f"/imports/{scan.pk}/").content.decode()
    assert 'href="/formats/of/acme_sweep/"' in shown
    version = FormatVersion.objects.get()
    assert (version.note, version.sample_name, version.sample_sha256 is not None) == ("by clicking", "out.json", True)


def test_clicks_choose_the_rows_and_fill_the_fields_without_a_script(browser: Client) -> None:
    fields = fields_of(look_at(browser, ONE))
    page = send(browser, fields, rows="sites[*]")
    assert 'name="each" value="sites[*]"' in page
    assert "1 row" in page
    page = send(browser, fields, take="^.host", fact="url")
    assert 'name="fact.url" id="fact-url" value="^.host"' in page
    page = send(browser, fields | {"fact.title": ["headline | shout"]}, do="preview")
    assert re.search(r"fields.title: there is no filter &#x27;shout&#x27;.*line \d+ of the YAML", page, re.S)
    page = send(browser, fields | {"fact.title": ["nowhere"], "fact.rule": ["nowhere"]}, do="preview")
    assert "2 rejected" in page
    assert "the row has neither a title nor a rule" in page


def test_a_format_is_changed_by_its_form_and_as_yaml_and_an_older_version_comes_back(browser: Client) -> None:
    fields = fields_of(look_at(browser, ONE)) | {"tool": ["Acme Sweep"]}
    send(browser, fields, do="save")
    assert Format.objects.get().active_version is None
    page = browser.get("/formats/map/?format=acme_sweep").content.decode()  # its sample is kept
    again = fields_of(page)
    assert (again["based_on"], again["of"], again["id"]) == (["1"], ["acme_sweep"], ["acme_sweep"])
    send(browser, again | {"fact.title": ["headline | upper"]}, do="share")
    page = send(browser, again | {"fact.title": ["headline | lower"]}, do="share")
    assert "Somebody was faster: Ada saved version 2" in page
    page = browser.get("/formats/of/acme_sweep/?version=1").content.decode()
    assert "Use version 1" in page
    assert browser.post("/formats/of/acme_sweep/use/", {"version": "1"}).status_code == 302
    assert queries.known_formats().version_of("acme_sweep") == "1"
    assert browser.post("/formats/of/acme_sweep/off/").status_code == 302
    assert "acme_sweep" not in queries.known_formats().entries
    told = browser.get("/formats/of/acme_sweep/spec.yaml?version=2")
    assert "headline | upper" in told.content.decode()
    assert told["Content-Disposition"] == 'attachment; filename="acme_sweep.yaml"'


def test_yaml_is_checked_saved_and_told_wrong_by_its_line(browser: Client) -> None:
    page = browser.post("/formats/write/", {"text": SPEC.replace("headline", "headline | shout"), "do": "check"})
    text = page.content.decode()
    assert "line 11: fields.title: there is no filter" in text
    assert re.search(r'<tr class="is-here"><td>11</td>', text)
    saved = browser.post(
        "/formats/write/", {"text": SPEC, "based_on": "0", "do": "share"}, follow=True
    ).content.decode()
    assert "Version 1 of acme_sweep reads reports" in saved
    page = browser.post("/formats/write/", {"text": BETTER, "based_on": "0", "do": "share"})
    assert "Somebody was faster" in page.content.decode()
    assert "title: headline" in browser.get("/formats/write/?format=acme_sweep").content.decode()
    assert "id: bandit" in browser.get("/formats/write/?format=bandit").content.decode()
    shadow = {"text": SPEC.replace("id: acme_sweep", "id: bandit"), "based_on": "0", "do": "share"}
    assert (
        "line 1: id: bandit is already a format (built-in)" in browser.post("/formats/write/", shadow).content.decode()
    )


def test_t19_markup_in_a_sample_is_text_on_the_page(browser: Client) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x>"
    sample = f'{{"{evil.replace(chr(34), "")}": 1, "rows": [{{"title": "{evil.replace(chr(34), "")}", "code": "c", "sev": "<b>bad</b>"}}]}}'  # fmt: skip
    page = look_at(browser, sample.encode(), name="<i>name</i>.json")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>bad" not in page
    assert "<i>name" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a><b>&x;</b></a>", "declares entities"),
        (b"only words", "plain text"),
        (b'{"a": [', "sample|JSON"),
        (b"x" * (LARGEST_SAMPLE + 200_000), "at most 5 MB"),
    ],
    ids=["entities", "text", "cut", "large"],
)
def test_t13_t15_a_sample_that_is_none_is_refused_on_the_page(browser: Client, sample: bytes, sentence: str) -> None:
    answer = browser.post("/formats/new/", {"file": SimpleUploadedFile("x", sample)})
    assert answer.status_code == 200
    assert re.search(sentence, re.search(r'role="alert">.*?</div></div>', answer.content.decode(), re.S)[0])  # type: ignore[index]


def test_a_sample_is_named_by_a_signed_word_only(browser: Client, door_of: Callable[..., Door]) -> None:
    look_at(browser, ONE)
    assert browser.get("/formats/map/?sample=guessed").status_code in (400, 422)
    dora = Client()
    dora.force_login(Person.objects.get(pk=door_of("dora", role="developer").viewer.person_id or 0))
    assert dora.get("/formats/new/").status_code == 403
    assert dora.post("/formats/new/", {"text": "{}"}).status_code == 403
    assert dora.post("/formats/map/", {"do": "share"}).status_code == 403
    assert dora.post("/formats/write/", {"do": "share", "text": SPEC}).status_code == 403
    assert "Describe a format" not in dora.get("/formats/").content.decode()


def test_pages_of_formats_ask_little(browser: Client) -> None:
    for number in range(4):
        scans.save_format(SYSTEM, text=SPEC.replace("acme_sweep", f"acme_{number}"), share=bool(number % 2))
    for address in ("/formats/", "/formats/of/acme_1/", "/formats/of/acme_2/", "/formats/write/?format=acme_1"):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code == 200
        assert len(asked) <= 15, address
