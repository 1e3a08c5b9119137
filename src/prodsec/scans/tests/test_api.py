"""`/api/v1/imports`: what is taken in, what is refused, who sees what."""

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from prodsec.accounts import services as accounts
from prodsec.accounts.models import Person
from prodsec.accounts.types import Scope
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.scans import storage, tasks
from prodsec.scans.models import RejectedRow, Scan
from prodsec.scans.tests.doors import ASSET, Door, door_of, sarif


def _browser_of(door: Door) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=door.viewer.person_id or 0))
    return client


def _jobs() -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name="prodsec.scans.tasks.import_report"))


def test_an_upload_is_safe_and_queued_when_it_is_answered(admin: Door) -> None:
    answer = admin.send(sarif(1), file_name="lintel.sarif")
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == f"/api/v1/imports/{body['scan']}"
    assert (body["state"], body["asset"], body["file_name"], body["by"]) == ("received", ASSET, "lintel.sarif", "Ada")
    scan = Scan.objects.get(id=body["scan"])
    assert b"".join(storage.blocks(bytes(scan.report_sha256))) == sarif(1)
    (job,) = _jobs()
    assert (job.pk, job.args, job.status) == (scan.job_id, {"scan_id": scan.id}, "todo")


def test_a_form_is_taken_as_well(admin: Door) -> None:
    file = SimpleUploadedFile("lintel.sarif", sarif(1))
    answer = admin.client.post("/api/v1/imports", {"asset": ASSET, "dry_run": "true", "file": file})
    assert answer.status_code == 202
    body = answer.json()
    assert (body["file_name"], body["dry_run"], body["bytes"]) == ("lintel.sarif", True, len(sarif(1)))


def test_a_form_without_a_file_is_told_so(admin: Door) -> None:
    answer = admin.client.post("/api/v1/imports", {"asset": ASSET})
    assert answer.status_code == 422
    assert "field `file`" in answer.json()["detail"]


def test_nothing_of_a_form_stays_in_the_clear(admin: Door, settings: Settings) -> None:
    file = SimpleUploadedFile("keys.json", b"AKIA-MARKED-SECRET" * 10_000)
    admin.client.post("/api/v1/imports", {"asset": ASSET, "file": file})
    home: Path = settings.PRODSEC_HOME
    assert all(b"AKIA-MARKED-SECRET" not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_the_same_upload_joins_the_one_that_waits(admin: Door) -> None:
    first, second = admin.send(sarif(1)).json(), admin.send(sarif(1), file_name="other-name.sarif").json()
    assert first["scan"] == second["scan"]
    assert len(_jobs()) == 1


@pytest.mark.parametrize(
    "options", [{"partial": "true"}, {"dry_run": "true"}, {"target": "topic"}, {"format": "sarif"}]
)
def test_other_options_are_another_import(options: dict[str, str], admin: Door) -> None:
    assert admin.send(sarif(1)).json()["scan"] != admin.send(sarif(1), **options).json()["scan"]


def test_other_assets_are_another_import(admin: Door) -> None:
    assert admin.send(sarif(1)).json()["scan"] != admin.send(sarif(1), asset=f"{ASSET}-two").json()["scan"]


def test_a_key_gives_the_same_import_for_good(admin: Door, door_of: Callable[..., Door]) -> None:
    first = admin.send(sarif(1), key="build-7").json()["scan"]
    Scan.objects.filter(id=first).update(state=3)
    again = admin.send(sarif(1), key="build-7")
    assert (again.status_code, again.json()["scan"]) == (200, first)
    assert door_of("bob", role="developer").send(sarif(1), key="build-7").json()["scan"] != first


def test_a_key_used_for_something_else_is_a_conflict(admin: Door) -> None:
    admin.send(sarif(1), key="build-7")
    assert admin.send(sarif(2), key="build-7").status_code == 409


@pytest.mark.parametrize("key", ["x" * 256, "tab\tin it"])
def test_a_key_that_cannot_be_stored_is_refused(key: str, admin: Door) -> None:
    answer = admin.send(sarif(1), key=key)
    assert (answer.status_code, answer.json()["place"]) == (422, "Idempotency-Key")


def test_only_the_default_ref_is_of_the_record(admin: Door) -> None:
    assert admin.send(sarif(1)).json()["is_record"] is True
    assert admin.send(sarif(1), target="main").json()["is_record"] is True
    assert admin.send(sarif(1), target="topic").json()["is_record"] is False
    assert admin.send(sarif(1), dry_run="true").json()["is_record"] is False


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [({"asset": ""}, 422, "asset"), ({"asset": "a//b"}, 422, ""), ({"asset": "x\x00y"}, 422, ""), ({}, 202, "")],
)
def test_what_was_scanned_must_be_named(query: dict[str, str], status: int, word: str, admin: Door) -> None:
    answer = admin.send(sarif(1), **query)
    assert answer.status_code == status
    assert word in answer.json().get("detail", word)


@pytest.mark.parametrize(("named", "status"), [("nuclei", 202), ("yara", 202), ("bandit", 422), ("", 422)])
def test_no_byte_is_a_report_only_where_a_tool_writes_a_line_for_each_finding(
    admin: Door, named: str, status: int
) -> None:
    assert admin.send(b"", format=named).status_code == status


def test_an_empty_report_is_refused_at_once(admin: Door) -> None:
    answer = admin.send(b"")
    assert answer.status_code == 422
    assert "empty" in answer.json()["detail"]
    assert not Scan.objects.exists()


def test_a_report_beyond_the_limit_is_refused_before_it_is_read(admin: Door) -> None:
    answer = admin.client.post(
        "/api/v1/imports",
        data=b"x",
        content_type="application/octet-stream",
        query_params={"asset": ASSET},
        CONTENT_LENGTH="2000000000",
    )
    assert answer.status_code == 413
    assert "limit of 1 GB" in answer.json()["detail"]
    assert not Scan.objects.exists()


def test_an_unknown_format_is_refused_at_once(admin: Door) -> None:
    answer = admin.send(sarif(1), format="no-such-tool")
    assert answer.status_code == 422
    assert "no-such-tool" in answer.json()["detail"]


def test_nobody_is_nobody(admin: Door) -> None:
    admin.client.defaults.pop("HTTP_AUTHORIZATION")
    assert admin.send(sarif(1)).status_code == 401
    assert admin.get("").status_code == 401


def test_a_token_that_only_reads_does_not_import(door_of: Callable[..., Door], settings: Settings) -> None:
    reader = door_of("rob", is_admin=True, scopes=frozenset({Scope.READ}))
    assert reader.send(sarif(1)).status_code == 403
    assert not list((settings.PRODSEC_HOME / "reports").rglob("?" * 64))


def test_a_token_that_only_imports_follows_its_own(admin: Door, door_of: Callable[..., Door]) -> None:
    others = admin.send(sarif(1)).json()["scan"]
    pipeline = door_of("ci", is_admin=True, scopes=frozenset({Scope.IMPORT}))
    own = pipeline.send(sarif(2)).json()["scan"]
    assert pipeline.get(f"/{own}").status_code == 200
    assert pipeline.get(f"/{others}").status_code == 404
    assert [item["scan"] for item in pipeline.get("").json()["items"]] == [own]


def test_an_asset_of_another_team_is_refused(admin: Door, door_of: Callable[..., Door]) -> None:
    team = accounts.create_team(admin.viewer, name="Payments")
    asset = inventory.create_asset(admin.viewer, ASSET, kind=AssetKind.PROJECT)
    inventory.set_owner(admin.viewer, asset.pk, team.pk)
    answer = door_of("eve").send(sarif(1))
    assert answer.status_code == 404
    reader = door_of("rita", role="viewer").send(sarif(1))
    assert reader.status_code == 403
    assert ASSET in reader.json()["detail"]
    assert not Scan.objects.exists()


def test_a_missing_and_a_hidden_asset_are_answered_alike(admin: Door, door_of: Callable[..., Door]) -> None:
    inventory.create_asset(admin.viewer, "gitlab.com/acme/hidden", kind=AssetKind.PROJECT)
    narrow = door_of("ned", subtree="gitlab.com/acme/web")
    hidden = narrow.send(sarif(1), asset="gitlab.com/acme/hidden")
    missing = narrow.send(sarif(1), asset="gitlab.com/acme/nothing")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["detail"].replace("hidden", "") == missing.json()["detail"].replace("nothing", "")


def test_a_refused_upload_leaves_no_asset(admin: Door) -> None:
    admin.send(b"")
    assert inventory_paths(admin) == set()


def inventory_paths(door: Door) -> set[str]:
    """The paths of all assets the door's viewer sees."""
    from prodsec.inventory import queries

    return set(queries.assets(door.viewer).values_list("path", flat=True))


def test_the_list_is_newest_first_and_goes_on(admin: Door) -> None:
    sent = [admin.send(sarif(line)).json()["scan"] for line in range(1, 6)]
    first = admin.get("", limit="2").json()
    second = admin.get("", limit="2", cursor=first["next"]).json()
    third = admin.get("", limit="2", cursor=second["next"]).json()
    shown = [item["scan"] for page in (first, second, third) for item in page["items"]]
    assert shown == sent[::-1]
    assert third["next"] is None


def test_the_list_is_filtered(admin: Door) -> None:
    one, two = admin.send(sarif(1)).json()["scan"], admin.send(sarif(1), asset=f"{ASSET}-two").json()["scan"]
    Scan.objects.filter(id=two).update(state=4, tool="lintel")
    assert [item["scan"] for item in admin.get("", asset=ASSET).json()["items"]] == [one]
    assert [item["scan"] for item in admin.get("", state="failed").json()["items"]] == [two]
    assert [item["scan"] for item in admin.get("", tool="lintel").json()["items"]] == [two]
    assert admin.get("", state="lost").status_code == 422
    assert admin.get("", cursor="nonsense").status_code == 422
    assert admin.get("", asset="a\x00b").status_code == 422


def test_the_page_takes_odd_words_too(admin: Door) -> None:
    assert _browser_of(admin).get("/imports/", query_params={"asset": "a\x00b", "tool": "\x00"}).status_code == 200


def test_lists_take_one_query_for_scans(admin: Door, django_assert_max_num_queries: Callable[..., object]) -> None:
    for line in range(1, 8):
        admin.send(sarif(line))
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        admin.get("")


def test_a_report_with_rejected_rows_closes_nothing_and_says_so(admin: Door) -> None:
    tasks.import_now(admin.send(sarif(1, 20, 300)).json()["scan"])
    broken = sarif(1, 20).replace(b'"no-eval"', b"7", 1)
    scan = admin.send(broken).json()["scan"]
    tasks.import_now(scan)
    told = admin.get(f"/{scan}").json()
    assert (told["unchanged"], told["fixed"], told["rejected"], told["complete"]) == (1, 0, 1, False)
    assert told["incomplete_reason"] == "1 row could not be read, and may be what is missing"
    assert told["incomplete_reason"] in _browser_of(admin).get(f"/imports/{scan}/").content.decode()
    tasks.import_now(last := admin.send(sarif(1)).json()["scan"])
    assert admin.get(f"/{last}").json()["fixed"] == 2


def test_a_report_that_breaks_rules_is_imported_and_says_which(admin: Door) -> None:
    odd = sarif(1).replace(b'"error"', b'"loud"')
    scan = admin.send(odd).json()["scan"]
    tasks.import_now(scan)
    told = admin.get(f"/{scan}").json()
    assert (told["new"], told["complete"]) == (1, True)
    (warning,) = told["warnings"]
    assert warning.startswith("SARIF §3.27.10")
    assert warning in _browser_of(admin).get(f"/imports/{scan}/").content.decode()
    tasks.import_now(again := admin.send(odd).json()["scan"])
    assert admin.get(f"/{again}").json()["warnings"] == [warning]  # the same bytes again, not read again


def test_rejected_rows_are_read_page_by_page(admin: Door) -> None:
    scan = admin.send(sarif(1)).json()["scan"]
    RejectedRow.objects.bulk_create(
        [RejectedRow(scan_id=scan, ordinal=number, place=f"/{number}", reason="no title") for number in range(3)]
    )
    first = admin.get(f"/{scan}/rejects", limit="2").json()
    second = admin.get(f"/{scan}/rejects", limit="2", cursor=first["next"]).json()
    assert [row["place"] for row in first["items"] + second["items"]] == ["/0", "/1", "/2"]
    assert second["next"] is None


def test_an_import_nobody_knows_is_not_found(admin: Door) -> None:
    for answer in (admin.get("/99"), admin.get("/99/rejects"), admin.post("/99/cancel"), admin.post("/99/undo")):
        assert answer.status_code == 404


def test_an_import_that_waits_is_cancelled_at_once(admin: Door) -> None:
    scan = admin.send(sarif(1)).json()["scan"]
    answer = admin.post(f"/{scan}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert all(job.status != "todo" for job in _jobs())
    assert admin.post(f"/{scan}/cancel").status_code == 409


def test_a_cancelled_import_does_not_hold_up_the_next(admin: Door) -> None:
    scan = admin.send(sarif(1)).json()["scan"]
    admin.post(f"/{scan}/cancel")
    assert admin.send(sarif(1)).json()["scan"] != scan


def test_only_who_may_import_may_cancel(admin: Door, door_of: Callable[..., Door]) -> None:
    scan = admin.send(sarif(1)).json()["scan"]
    assert door_of("rob", scopes=frozenset({Scope.READ}), role="developer").post(f"/{scan}/cancel").status_code == 403


def test_names_of_files_are_made_plain(admin: Door) -> None:
    scan = admin.send(sarif(1), file_name="../../etc/<b>\x07\u202epasswd").json()
    assert scan["file_name"] == "<b>passwd"


@pytest.mark.django_db(transaction=True)
def test_a_slow_upload_holds_no_transaction() -> None:
    door = door_of("ada", is_admin=True)
    kept = storage.keep
    held: list[bool] = []

    def keep(stream: storage.Stream, *, may_be_empty: bool) -> storage.StoredReport:
        held.append(connection.in_atomic_block)
        return kept(stream, may_be_empty=may_be_empty)

    with mock.patch.object(storage, "keep", keep):
        assert door.send(sarif(1)).status_code == 202
    assert held == [False]
