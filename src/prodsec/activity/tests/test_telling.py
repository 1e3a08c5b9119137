"""Deeds as OCSF and CEF: complete, on one line, and nobody's words end a field."""

import datetime
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.activity.rules import telling
from prodsec.activity.rules.seals import Deed

AT = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def sealed(action: str = "team.created", kind: str = "team", number: str = "7", **more: object) -> telling.Sealed:
    facts: dict[str, object] = {
        "actor_id": 3,
        "actor_name": "Ada",
        "asset_id": None,
        "reason": "",
        "details": {},
        **more,
    }
    deed = Deed(at=AT, action=action, object_type=kind, object_id=number, **facts)  # type: ignore[arg-type]
    return telling.Sealed(12, deed, "ab" * 32, "0.1")


@pytest.mark.parametrize(
    ("action", "kind", "details", "expected"),
    [
        ("person.created", "person", {}, (3001, 1)),
        ("person.password_set", "person", {}, (3001, 4)),
        ("person.changed", "person", {"is_active": [True, False]}, (3001, 5)),
        ("person.changed", "person", {"is_active": [False, True]}, (3001, 2)),
        ("person.changed", "person", {"name": ["a", "b"]}, (3001, 99)),
        ("person.signed_in", "person", {}, (3002, 1)),
        ("team.member_added", "team", {"person_id": 3}, (3006, 3)),
        ("role.given", "person", {"role": "auditor"}, (3005, 1)),
        ("role.taken", "team", {"role": "viewer"}, (3006, 2)),
        ("asset.created", "asset", {}, (3004, 1)),
        ("asset.owner_changed", "asset", {}, (3004, 3)),
        ("activity.exported", "activity", {}, (3004, 2)),
        ("team.deleted", "team", {}, (3004, 4)),
    ],
)
def test_the_class_fits_the_deed(action: str, kind: str, details: dict[str, object], expected: tuple[int, int]) -> None:
    event = json.loads(telling.ocsf(sealed(action, kind, details=details)))
    assert (event["class_uid"], event["activity_id"]) == expected
    assert event["type_uid"] == expected[0] * 100 + expected[1]
    needed = {"class_uid", "category_uid", "activity_id", "type_uid", "time", "severity_id", "metadata"}
    needed |= {3001: {"user"}, 3002: {"user"}, 3004: {"entity"}, 3005: {"user", "privileges"}, 3006: {"group"}}[
        expected[0]
    ]
    assert needed <= set(event)
    assert event["metadata"]["uid"] == "12"
    assert event["time"] == 1772368200000


@given(texts, texts, st.dictionaries(texts, st.one_of(texts, st.integers(), st.none()), max_size=3))
def test_ocsf_is_one_line_that_reads_back(name: str, reason: str, details: dict[str, object]) -> None:
    told = telling.ocsf(sealed("asset.changed", "asset", actor_name=name, reason=reason, details=details))
    assert b"\n" not in told
    event = json.loads(told)
    assert (event["actor"]["user"]["name"], event["comment"]) == (name, reason)
    assert event["unmapped"]["details"] == details


@given(texts, texts, texts, texts)
def test_cef_fields_do_not_end_each_other(action: str, name: str, reason: str, number: str) -> None:
    line = telling.cef(sealed(action, "asset", number, actor_name=name, reason=reason))
    assert line.isprintable()
    head = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    assert len(head) == 8
    assert head[:3] == ["CEF:0", "Prodsec", "Prodsec"]
    names = re.findall(r"(?:^| )([A-Za-z0-9]+)(?<!\\)=", head[7])
    assert names[:2] == ["rt", "externalId"]
    assert set(names) <= {
        "rt", "externalId", "suser", "suid", "outcome", "reason", "cs1Label", "cs1", "cs2Label", "cs2", "cs3Label", "cs3",
        "cs4Label", "cs4", "cn1Label", "cn1", "cn2Label", "cn2",
    }  # fmt: skip
    assert len(names) == len(set(names))


def test_what_is_too_long_for_a_datagram_says_that_something_is_left_out() -> None:
    long = sealed("asset.changed", "asset", reason="ü" * 50_000, details={"a": "x" * 50_000})
    told = telling.ocsf(long, most_bytes=16_000)
    assert len(told) < 16_000
    assert json.loads(told)["unmapped"]["details"] == {"left_out": "too long"}
    assert len(telling.cef(long, most_bytes=16_000).encode()) < 16_000
    assert len(telling.ocsf(long)) > 100_000
