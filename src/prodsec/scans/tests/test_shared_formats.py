"""Formats that people describe: saved as versions, in use everywhere at the next import, changed, restored, switched off."""

import datetime
import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from prodsec.accounts import services as accounts
from prodsec.accounts.types import SYSTEM, Scope
from prodsec.activity.models import Activity
from prodsec.findings.models import Finding
from prodsec.kit import clock
from prodsec.kit.errors import ConflictError, ForbiddenError
from prodsec.scans import queries, storage
from prodsec.scans import services as scans
from prodsec.scans.models import Format, FormatVersion, Scan
from prodsec.scans.services import keeping
from prodsec.scans.tests.doors import Door
from prodsec.scans.tests.importing import import_now
from prodsec.scans.types import BadSpecError, FormatState, ScanState
from prodsec.site import soundness

SPEC = """\
id: acme_sweep
title: Acme Sweep
tool: Acme Sweep
kind: code
reader: json
detect:
  json: [sites, producer]
each: sites[*].checks[*]
fields:
  rule: code
  title: headline
  severity: {from: danger, map: {blocker: critical, trifle: low}}
  severity_text: danger
  file: where.path
  line: where.row
  host: ^.host
"""
BETTER = SPEC.replace("title: headline", "title: '{code}: {headline}'")


def report(*checks: tuple[str, str, str]) -> bytes:
    rows = [
        {"code": code, "headline": headline, "danger": danger, "where": {"path": "src/a.py", "row": number}}
        for number, (code, headline, danger) in enumerate(checks, start=1)
    ]
    return json.dumps({"producer": "Acme", "sites": [{"host": "a.example", "checks": rows}]}).encode()


ONE = report(("AS-1", "Open door", "Blocker"), ("AS-2", "Old lock", "Trifle"))


def test_a_shared_format_reads_the_next_report_and_the_import_remembers_its_version(
    admin: Door, received: Callable[..., int]
) -> None:
    assert import_now(received, ONE, file_name="out.json").state == ScanState.FAILED
    saved = scans.save_format(admin.viewer, text=SPEC, share=True, note="first try")
    assert (saved.version, saved.is_active) == (1, True)
    scan = import_now(received, ONE, file_name="out.json")
    assert (scan.state, scan.format, scan.format_version, scan.new_count) == (ScanState.DONE, "acme_sweep", "1", 2)
    assert admin.get(f"/{scan.pk}").json()["format_version"] == "1"
    told = {(f.definition.title, f.severity) for f in Finding.objects.select_related("definition")}
    assert told == {("Open door", 5), ("Old lock", 2)}
    row = Activity.objects.filter(action="format.shared").get()
    assert (row.object_id, row.reason) == ("acme_sweep", "first try")


def test_a_draft_reads_nothing_until_it_is_put_to_use(admin: Door, received: Callable[..., int]) -> None:
    scans.save_format(admin.viewer, text=SPEC)
    assert import_now(received, ONE, file_name="out.json").state == ScanState.FAILED
    scans.use_version(admin.viewer, "acme_sweep", version=1)
    assert import_now(received, ONE, file_name="out.json").state == ScanState.DONE
    scans.switch_off(admin.viewer, "acme_sweep")
    assert Format.objects.get().state == FormatState.OFF
    assert import_now(received, ONE + b"\n", file_name="out.json").state == ScanState.FAILED
    assert list(Activity.objects.filter(object_type="format").order_by("id").values_list("action", flat=True)) == [
        "format.saved",
        "format.shared",
        "format.switched_off",
    ]


def test_the_same_report_is_read_again_by_a_new_version_and_an_older_one_can_be_restored(
    admin: Door, received: Callable[..., int]
) -> None:
    scans.save_format(admin.viewer, text=SPEC, share=True)
    import_now(received, ONE, file_name="out.json")
    repeat = import_now(received, ONE, file_name="out.json")
    assert (repeat.same_as_id is not None, repeat.format_version) == (True, "1")
    assert scans.save_format(admin.viewer, text=BETTER, share=True).version == 2
    again = import_now(received, ONE, file_name="out.json")
    assert (again.same_as_id, again.format_version, again.new_count) == (None, "2", 0)
    assert scans.save_format(admin.viewer, text=BETTER).version == 2  # the same once more is no version
    scans.use_version(admin.viewer, "acme_sweep", version=1)
    assert import_now(received, ONE, file_name="out.json").format_version == "1"
    assert [one.version for one in queries.format_versions(admin.viewer, "acme_sweep")] == [2, 1]
    assert queries.format_text(admin.viewer, "acme_sweep") == SPEC


def test_of_two_people_who_save_at_once_the_second_is_told(admin: Door, door_of: Callable[..., Door]) -> None:
    scans.save_format(admin.viewer, text=SPEC, based_on=0, share=True)
    bob = door_of("bob", role="security")
    scans.save_format(bob.viewer, text=BETTER, based_on=1, share=True)
    with pytest.raises(ConflictError, match="Bob saved version 2 of the format acme_sweep"):
        scans.save_format(admin.viewer, text=SPEC.replace("kind: code", "kind: web"), based_on=1, share=True)
    with pytest.raises(ConflictError, match="Somebody was faster"):
        scans.save_format(admin.viewer, text=SPEC, based_on=0)
    assert FormatVersion.objects.count() == 2


def test_a_bad_spec_is_refused_with_its_line_and_nothing_is_kept(admin: Door) -> None:
    with pytest.raises(BadSpecError) as refused:
        scans.save_format(admin.viewer, text=SPEC.replace("headline", "headline | shout"))
    assert refused.value.line == 11
    assert str(refused.value).startswith("line 11: fields.title: there is no filter 'shout'")
    with pytest.raises(BadSpecError, match=r"line 1: id: bandit is already a format \(built-in\)"):
        scans.save_format(admin.viewer, text=SPEC.replace("id: acme_sweep", "id: bandit"))
    assert not Format.objects.exists()
    scans.save_format(admin.viewer, text=SPEC.replace("id: acme_sweep", "id: bandit\nreplaces: true"), share=True)
    assert queries.format_named(SYSTEM, "bandit").replaces == "built-in"


def test_who_may_not_share_formats_may_only_look(door_of: Callable[..., Door]) -> None:
    dora = door_of("dora", role="developer")
    with pytest.raises(ForbiddenError):
        scans.save_format(dora.viewer, text=SPEC)
    scans.save_format(SYSTEM, text=SPEC)
    for deed in (lambda: scans.switch_off(dora.viewer, "acme_sweep"), lambda: scans.use_version(dora.viewer, "acme_sweep", version=1)):  # fmt: skip
        with pytest.raises(ForbiddenError):
            deed()
    assert queries.format_named(dora.viewer, "acme_sweep").state is FormatState.DRAFT


@pytest.mark.django_db
def test_knowing_the_formats_costs_one_query_however_many_there_are() -> None:
    for number in range(3):
        scans.save_format(SYSTEM, text=SPEC.replace("acme_sweep", f"acme_{number}"), share=True)
    queries.known_formats()
    with CaptureQueriesContext(connection) as asked:
        assert {"acme_0", "acme_1", "acme_2"} <= set(queries.known_formats().entries)
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        assert len([one for one in queries.formats(SYSTEM) if one.origin == "shared"]) == 3
    assert len(asked) <= 3


def test_a_sample_is_kept_as_long_as_a_format_was_made_with_it(admin: Door) -> None:
    stored = storage.keep(io.BytesIO(ONE))
    scans.save_format(admin.viewer, text=SPEC, sample=scans.Sample(stored.sha256, "out.json"))
    with clock.set_to(clock.now() + datetime.timedelta(days=200)):
        assert keeping.drop_old_reports() == 0
        FormatVersion.objects.all().delete()
        assert keeping.drop_old_reports() == 1


def test_the_api_lists_tries_saves_and_shows(admin: Door) -> None:
    client, kind = admin.client, "application/json"
    door = _admin_client(admin)
    tried = door.post("/api/v1/formats/test", {"spec": SPEC, "sample": ONE.decode(), "file_name": "out.json"}, kind)
    assert tried.status_code == 200, tried.json()
    body = tried.json()
    assert (body["count"], body["told_as"], body["rejected"]) == (2, "acme_sweep", [])
    assert [(row["title"], row["severity"]) for row in body["rows"]] == [("Open door", "critical"), ("Old lock", "low")]
    assert body["words"][0] == {"word": "Blocker", "count": 1, "severity": "critical"}
    assert not Format.objects.exists()
    assert door.post("/api/v1/formats", {"spec": SPEC, "based_on": 0, "note": "n"}, kind).status_code == 201
    assert door.post("/api/v1/formats", {"spec": BETTER, "based_on": 0}, kind).status_code == 409
    refused = door.post("/api/v1/formats", {"spec": SPEC.replace("code\nreader", "odd\nreader")}, kind)
    assert (refused.status_code, refused.json()["place"]) == (422, "line 4: kind")
    listed = client.get("/api/v1/formats").json()
    assert listed["items"][0]["id"] == "acme_sweep"
    assert {"bandit", "sarif"} <= {one["id"] for one in listed["items"]}
    shown = client.get("/api/v1/formats/acme_sweep").json()
    assert (shown["spec"], shown["state"], [one["version"] for one in shown["versions"]]) == (SPEC, "active", [1])
    assert client.get("/api/v1/formats/bandit").json()["spec"].startswith("id: bandit")
    assert client.get("/api/v1/formats/nosuch").status_code == 404


def _admin_client(admin: Door) -> Client:
    _, text = accounts.create_token(admin.viewer, name="all", scopes=frozenset({Scope.ADMIN}), subtree="")
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.mark.django_db
def test_doctor_tells_of_a_format_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODSEC_HOME", str(tmp_path))
    assert next(one for one in soundness.checks() if one.name == "formats").ok
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "bad.yaml").write_text(SPEC.replace("headline", "headline | shout"))
    check = next(one for one in soundness.checks() if one.name == "formats")
    assert not check.ok
    assert "bad.yaml: line 11: fields.title" in check.says


def test_what_was_imported_before_versions_were_noted_is_still_a_repeat(received: Callable[..., int]) -> None:
    scans.save_format(SYSTEM, text=SPEC, share=True)
    first = import_now(received, ONE, file_name="out.json")
    Scan.objects.filter(pk=first.pk).update(format_version="")
    assert import_now(received, ONE, file_name="out.json").same_as_id == first.pk


@pytest.mark.django_db(transaction=True)
def test_t26_two_who_save_in_the_same_moment_make_one_version() -> None:
    start = threading.Barrier(2)

    def save(text: str) -> str:
        start.wait()
        try:
            with transaction.atomic():
                scans.save_format(SYSTEM, text=text, based_on=0, share=True)
        except ConflictError as error:
            return str(error)
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(save, (SPEC, BETTER)))
    assert answers[1] == "saved"
    assert answers[0].startswith("Somebody was faster: prodsec saved version 1")
    assert FormatVersion.objects.count() == 1
