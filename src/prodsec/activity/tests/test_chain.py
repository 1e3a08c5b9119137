"""The chain: what is done to it behind our back is found (T24)."""

import datetime
from collections.abc import Sequence

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from prodsec.accounts.tests.people import admin, person, token_door
from prodsec.accounts.types import SYSTEM, Scope, Viewer
from prodsec.activity import queries, services, tasks
from prodsec.activity.models import Activity
from prodsec.activity.rules.seals import Deed, digest_of
from prodsec.activity.types import Fault, Told
from prodsec.inventory import services as inventory
from prodsec.inventory.models import Asset
from prodsec.inventory.types import AssetKind
from prodsec.kit import bulk, clock
from prodsec.kit.errors import InvalidError
from prodsec.site import soundness

pytestmark = pytest.mark.django_db


def tell(count: int = 5) -> list[int]:
    for number in range(count):
        services.record(SYSTEM, "test.done", object_type="test", object_id=number, reason=f"reason {number}")
    return list(Activity.objects.order_by("id").values_list("id", flat=True))


def behind_our_back(sql: str, *values: int) -> None:
    """Somebody with the database's own powers: the trigger does not stop them, the chain shows them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = origin")


def test_an_untouched_chain_fits() -> None:
    assert queries.verify_chain() == queries.ChainState(rows=0, broken_at=None, head="")
    tell()
    state = queries.verify_chain()
    assert (state.rows, state.broken_at) == (5, None)
    assert state.head == bytes(Activity.objects.latest("id").digest).hex()


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'another'", "action = 'test.undone'", "actor_name = 'somebody else'", "object_id = '99'",
        "object_type = 'else'", "asset_id = 7", "at = at + interval '1 microsecond'", "details = '{\"a\": 1}'",
        "digest = decode(repeat('00', 32), 'hex')", "previous = decode(repeat('00', 32), 'hex')",
    ],
)  # fmt: skip
def test_an_edit_is_found(change: str) -> None:
    ids = tell()
    behind_our_back(f"UPDATE activity_activity SET {change} WHERE id = %s", ids[2])
    assert queries.verify_chain().broken_at == ids[2]


def test_another_actor_is_found() -> None:
    ids, somebody = tell(), person()
    behind_our_back("UPDATE activity_activity SET actor_id = %s WHERE id = %s", somebody.pk, ids[1])
    assert queries.verify_chain().broken_at == ids[1]


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_deleted_row_is_found(gone: int) -> None:
    ids = tell()
    behind_our_back("DELETE FROM activity_activity WHERE id = %s", ids[gone])
    assert queries.verify_chain().broken_at == ids[gone + 1]


@pytest.mark.parametrize("left", [0, 3, 4])
def test_t24_a_cut_off_end_is_found(left: int) -> None:
    ids = tell()
    behind_our_back("DELETE FROM activity_activity WHERE id >= %s", ids[left])
    assert queries.verify_chain() == queries.ChainState(
        rows=left, broken_at=None, head=queries.verify_chain().head, fault=Fault.END
    )
    tell(1)  # what is written down afterwards does not cover it up
    assert queries.verify_chain().fault is Fault.ROW


def test_t24_an_end_that_is_signed_by_nobody_is_found() -> None:
    ids = tell()
    behind_our_back("DELETE FROM activity_activity WHERE id = %s", ids[4])
    behind_our_back(
        "UPDATE activity_checkpoint SET count = 4, head = (SELECT digest FROM activity_activity WHERE id = %s)", ids[3]
    )
    assert queries.verify_chain().fault is Fault.CHECKPOINT


def test_t24_rows_added_at_the_end_are_found() -> None:
    tell()
    before = bytes(Activity.objects.latest("id").digest)
    deed = Deed(clock.now(), None, "prodsec", "test.forged", "test", "9", None, "", {})
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO activity_activity (at, actor_name, action, object_type, object_id, reason, details, previous, digest)
               VALUES (%s, 'prodsec', 'test.forged', 'test', '9', '', '{}', %s, %s)""",
            [deed.at, before, digest_of(before, deed)],
        )
    assert queries.verify_chain().fault is Fault.END


def test_t24_a_chain_computed_again_is_found() -> None:
    ids = tell()
    row = Activity.objects.get(pk=ids[4])
    deed = Deed(row.at, None, "prodsec", "test.done", "test", "4", None, "another reason", {})
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE activity_activity SET reason = %s, digest = %s WHERE id = %s",
            [deed.reason, digest_of(bytes(row.previous), deed), row.pk],
        )
        cursor.execute("SET session_replication_role = origin")
    assert queries.verify_chain().fault is Fault.END


def test_t24_a_checkpoint_that_is_gone_is_found_and_stays_in_the_record() -> None:
    tell()
    behind_our_back("DELETE FROM activity_checkpoint")
    assert queries.verify_chain().fault is Fault.CHECKPOINT
    tell(1)
    assert queries.verify_chain().fault is None
    assert list(Activity.objects.order_by("-id").values_list("action", flat=True)[:2]) == [
        "test.done", "activity.checkpoint_lost",
    ]  # fmt: skip


def test_the_token_of_a_deed_is_sealed() -> None:
    door = token_door(person(is_admin=True), scopes=frozenset({Scope.ADMIN}))
    assert door.post("/teams", {"name": "Payments"}).status_code == 201
    row = Activity.objects.get(action="team.created")
    assert row.token_id == door.viewer.token_id
    behind_our_back("UPDATE activity_activity SET token_id = NULL WHERE id = %s", row.pk)
    assert queries.verify_chain().broken_at == row.pk


def test_who_looked_at_the_chain_is_written_down() -> None:
    ids = tell()
    boss = person(is_admin=True)
    tasks.verify_for(boss.pk)
    last = queries.last_verification(SYSTEM)
    assert last is not None
    assert (last.by_id, last.state.rows, last.state.fault) == (boss.pk, 5, None)
    behind_our_back("UPDATE activity_activity SET reason = 'another' WHERE id = %s", ids[2])
    tasks.verify_nightly(0)
    last = queries.last_verification(SYSTEM)
    assert last is not None
    assert (last.by_id, last.state.broken_at, last.state.fault) == (None, ids[2], Fault.ROW)


@pytest.mark.parametrize("gone", ["", "cut", "edit"])
def test_t24_doctor_names_what_is_broken(gone: str) -> None:
    ids = tell()
    if gone == "cut":
        behind_our_back("DELETE FROM activity_activity WHERE id = %s", ids[4])
    if gone == "edit":
        behind_our_back("UPDATE activity_activity SET reason = 'another' WHERE id = %s", ids[2])
    (check,) = [check for check in soundness.checks() if check.name == "activity"]
    assert check.ok is not bool(gone)
    assert {"": "unbroken", "cut": "after 4 rows", "edit": f"at row {ids[2]}"}[gone] in check.says


def test_a_new_order_is_found() -> None:
    ids = tell()
    behind_our_back("UPDATE activity_activity SET id = -1 WHERE id = %s", ids[1])
    behind_our_back("UPDATE activity_activity SET id = %s WHERE id = %s", ids[1], ids[2])
    behind_our_back("UPDATE activity_activity SET id = %s WHERE id = -1", ids[2])
    assert queries.verify_chain().broken_at == ids[1]


def test_an_inserted_row_is_found() -> None:
    ids = tell()
    behind_our_back(
        "INSERT INTO activity_activity (id, at, actor_name, action, object_type, object_id, reason, details, previous, digest)"
        " SELECT -1, at, actor_name, action, object_type, object_id, reason, details, previous, digest"
        " FROM activity_activity WHERE id = %s",
        ids[3],
    )
    assert queries.verify_chain().broken_at == -1


@pytest.mark.parametrize("deed", ["UPDATE activity_activity SET reason = 'x'", "DELETE FROM activity_activity"])
def test_the_database_refuses_to_change_a_row(deed: str) -> None:
    tell(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed)
    assert queries.verify_chain().rows == 1


def test_a_change_without_its_row_does_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    door = admin()
    made = inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)

    whole = bulk.insert

    def broken(rows: Sequence[Model]) -> None:
        if isinstance(rows[0], Activity):
            raise DatabaseError("no room left")
        whole(rows)

    monkeypatch.setattr(bulk, "insert", broken)
    door.client.raise_request_exception = False
    answers = [
        door.post("/assets", {"path": "acme/api"}),
        door.patch(f"/assets/{made.pk}", {"tier": 1}),
        door.delete(f"/assets/{made.pk}"),
        door.post("/teams", {"name": "Payments"}),
        door.post("/tokens", {"name": "ci", "scopes": ["read"]}),
    ]
    assert {answer.status_code for answer in answers} == {500}
    asset = Asset.objects.get()
    assert (asset.tier, asset.lifecycle) == (None, made.lifecycle)
    assert door.get("/teams").json()["items"] == door.get("/tokens").json()["items"] == []


def test_a_reason_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(InvalidError):
        services.record(SYSTEM, "test.done", object_type="test", object_id=1, reason="a\x00b")


def test_many_deeds_cost_few_queries(django_assert_num_queries: object) -> None:
    told = [Told("test.done", "test", number, asset_id=number) for number in range(1500)]
    with django_assert_num_queries(3):  # type: ignore[operator]  # the fixture has no type of its own
        services.record_all(SYSTEM, told)
    assert queries.verify_chain().rows == 1500
    assert list(Activity.objects.order_by("id").values_list("asset_id", flat=True)) == list(range(1500))


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


class AnyDetails(TestCase):
    """Whatever the database makes of a value, its seal still fits when it is read back."""

    @given(st.dictionaries(st.text("abc", max_size=3), plain, max_size=4), st.text("aé\n😀", max_size=10))
    def test_details_and_reasons(self, details: dict[str, object], reason: str) -> None:
        viewer = Viewer(person_id=None, name="ci", is_admin=False)
        services.record(viewer, "test.done", object_type="test", object_id="x", reason=reason, details=details)
        assert queries.verify_chain().broken_at is None


def test_the_time_of_a_row_is_the_time_of_the_deed() -> None:
    tell(1)
    assert Activity.objects.get().at.tzinfo == datetime.UTC
