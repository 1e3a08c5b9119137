"""Groups of findings at the door of the API: each asks for exactly what it counts, whatever it is grouped by."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.accounts.tests.people import Door, admin, person, team, token_door
from prodsec.accounts.types import SYSTEM
from prodsec.findings import queries
from prodsec.findings.models import Cluster, Finding
from prodsec.findings.rules.filtering.fields import Group
from prodsec.findings.rules.remediations import Remedy, highest, remedy_of
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

API, WEB = "acme/api", "acme/api/web"


@pytest.fixture
def record(db: None) -> list[int]:
    """Findings in an asset and in one below it, by two tools, some of one cluster, some without this or that."""
    inventory.create_asset(SYSTEM, API, kind=AssetKind.GROUP)
    inventory.create_asset(SYSTEM, WEB, kind=AssetKind.PROJECT)
    import_report(
        sarif(
            *(
                Weakness(rule=f"rule {n % 3}", file=f"src/{n % 4}.py", line=n, code=f"x({n})", cwe=70 + n % 2)
                for n in range(1, 9)
            )
        ),
        asset=API,
    )
    import_report(
        sarif(
            *(Weakness(rule=f"rule {n % 2}", file="src/1.pyx", line=n, code=f"y({n})") for n in range(1, 5)),
            tool="Other",
        ),
        asset=WEB,
    )
    ids = list(Finding.objects.order_by("pk").values_list("pk", flat=True))
    packages: list[dict[str, object]] = [
        {"kind": 1, "component_type": "npm", "component_name": "lodash", "fixed_version": "4.17.9", "vulnerability_id": "CVE-2020-1"},
        {"kind": 1, "component_type": "npm", "component_name": "lodash", "fixed_version": "4.17.21", "vulnerability_id": "CVE-2020-2"},
        {"kind": 1, "component_type": "", "component_name": "lodash"},
        {"kind": 2, "component_type": "deb", "component_name": "openssl"},
        {"kind": 5},
        {"kind": 1},
    ]  # fmt: skip
    for number, columns in zip(ids, packages, strict=False):
        Finding.objects.filter(pk=number).update(**columns)
    Finding.objects.filter(pk__in=ids[6:9]).update(owner_team=team("red").pk, severity=5)
    cluster = Cluster.objects.create(
        asset_id=Finding.objects.get(pk=ids[6]).asset_id, key=b"k" * 16, reason="same lines"
    )
    Finding.objects.filter(pk__in=ids[6:8]).update(cluster=cluster)
    Finding.objects.filter(pk=ids[7]).update(is_lead=False)
    return ids


def groups(door: Door, query: str) -> list[dict[str, Any]]:
    """All groups, page after page of two."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = door.client.get(f"/api/v1/findings/groups?size=2&{query}{f'&cursor={cursor}' if cursor else ''}")
        assert answer.status_code == 200, answer.content
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if not cursor:
            return found


@pytest.mark.parametrize(
    "more", ["", "severity=critical,high&state=all", "owner=red,none&not_kind=secret", "rule=rule+1&members=apart"]
)
def test_each_group_asks_for_exactly_what_it_counts(record: list[int], more: str) -> None:
    door = admin()
    once = "" if "members" in more else "&members=once"
    everything = door.client.get(f"/api/v1/findings?size=200&{more}{once}").json()["items"]
    for group in Group:
        found, seen = groups(door, f"group={group}&{more}"), list[int]()
        assert len({one["key"] for one in found}) == len(found) > 0
        for one in found:
            listed = door.client.get(f"/api/v1/findings?size=200&{one['query']}").json()["items"]
            assert len(listed) == one["total"] == sum(one["severities"].values()), one
            for word, number in one["severities"].items():
                assert number == sum(item["severity"] == word for item in listed)
            seen += [item["id"] for item in listed]
        assert sorted(seen) == sorted(item["id"] for item in everything), group
        ranks = [
            (max(Severity[word.upper()] for word, number in one["severities"].items() if number), one["total"])
            for one in found
        ]
        assert ranks == sorted(ranks, reverse=True), group


def test_remediations_say_what_to_do(record: list[int]) -> None:
    found = groups(admin(), "group=remediation")
    bumps = [one for one in found if (one["remedy"], one["label"]) == ("bump", "lodash")]
    told = sorted((one["version"], one["total"], one["unfixed"], one["note"]) for one in bumps)
    assert told == [("", 1, 1, API), ("4.17.21", 2, 0, API)]
    assert {one["remedy"] for one in found} == {"bump", "rebuild", "rotate", "fix"}


def test_sets_and_the_rule_decide_alike(record: list[int]) -> None:
    for kind in Kind:
        for component in ("", "lodash"):
            Finding.objects.filter(pk=record[0]).update(kind=kind, component_name=component)
            (row,) = queries.groups_list(SYSTEM, queries.filters_in(f"id={record[0]}&group=remediation")).items
            assert row.key.partition("/")[0] == row.remedy == remedy_of(kind, component)


def test_groups_count_only_what_is_seen(record: list[int]) -> None:
    door = token_door(person(is_admin=True), subtree=WEB)
    assert sum(one["total"] for one in groups(door, "group=asset")) == 4
    assert [one["label"] for one in groups(door, "group=tool")] == ["Other"]


@pytest.mark.parametrize(("query", "place"), [("group=colour", "group"), ("group=rule&cursor=xyz", "cursor")])
def test_what_is_wrong_is_named(db: None, query: str, place: str) -> None:
    answer = admin().client.get(f"/api/v1/findings/groups?{query}")
    assert (answer.status_code, answer.json()["place"]) == (422, place)


def test_the_page_shows_groups_and_opens_them_in_place(record: list[int]) -> None:
    client = admin().client
    text = client.get("/findings/?group=component&severity=medium..").content.decode()
    assert "lodash" in text
    assert 'hx-get="/findings/within/?' in text
    link = text.split('hx-get="/findings/within/')[1].split('"')[0].replace("&amp;", "&")
    opened = client.get(f"/findings/within/{link}").content.decode()
    assert opened.startswith('<tr class="member">')
    assert 'class="row-title" href="/findings/' in opened


@given(st.lists(st.text(alphabet="0123456789.abrc-v+ ,", max_size=12), max_size=5))
def test_the_highest_version_is_one_of_them_and_has_no_order_of_asking(versions: list[str]) -> None:
    found = highest(versions)
    assert found == "" or any(found in version for version in versions)
    assert highest([*versions[1:], found]) in (found, highest(versions[1:]))


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["1.9", "1.10"], "1.10"),
        (["1.0-rc1", "1.0"], "1.0"),
        (["2.0.1, 3.1"], "3.1"),
        ([], ""),
        (["v1.2", "1.1.9"], "v1.2"),
    ],
)
def test_numbers_count_as_numbers(versions: list[str], expected: str) -> None:
    assert highest(versions) == expected
    assert Remedy("bump") is Remedy.BUMP
