"""Every page, asked by nobody and by people to whom it is not theirs to change (T01, T05, T06)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from tests.permissions import pages_table
from tests.permissions.world import Asker, World, build

# Without signing in: the way in, the first admin's link, and how pages look in this browser.
OPEN = {
    "/accounts/login/", "/accounts/logout/", "/accounts/inactive/", "/accounts/signup/", "/accounts/password/reset/",
    "/setup/x/", "/invitation/x/", "/accounts/second-step/", "/accounts/passkey/", "/choices/theme/", "/choices/density/",
    "/choices/language/",
    "/accounts/oidc/x/login/", "/accounts/oidc/x/login/callback/", "/accounts/saml/x/login/", "/accounts/saml/x/acs/",
    "/accounts/saml/x/acs/finish/", "/accounts/saml/x/metadata/",
}  # fmt: skip
# Below /admin/, what everybody may look at: where it leads them, their own tokens, teams, and the rules of due dates.
FOR_EVERYBODY = re.compile(r"/admin/(?:|tokens/|teams/|teams/\d+/|sla/)")
IDS = {
    "asset_id": "asset_id", "scan_id": "scan_id", "bulk_id": "bulk_id", "finding_id": "finding_id", "person_id": "person_id",
    "team_id": "team_id", "token_id": "token_id", "grant_id": "grant_id", "view_id": "view_id", "channel_id": "channel_id",
    "session_id": "missing", "pk": "missing", "destination_id": "destination_id",
    "provider_id": "provider_id", "group_id": "group_id", "identity_id": "identity_id",
    "comment_id": "comment_id", "run_id": "missing",
}  # fmt: skip
# Pages whose deed is about oneself, not about anything that belongs to somebody.
OWN = (
    "/account/",
    "/invitation/",
    "/accounts/",
    "/choices/",
    "/setup/",
    "/notifications/settings/",
)
CHANGES = re.compile(r"(INSERT|UPDATE|DELETE|COPY)\b")
# A session notes that it was used, allauth that somebody tried.
ABOUT_THE_VISIT = re.compile(r"django_session|usersessions_usersession|site_cache|last_login")

# To take a copy of what one may see is reading, and is itself recorded.
ABOUT_COPIES = re.compile(r"activity_(?:activity|checkpoint)")


def addresses(world: World) -> Iterator[str]:
    """Every address outside the API, with the ids of the world in it."""
    for _, address in named_addresses(world):
        yield address


def named_addresses(world: World) -> Iterator[tuple[str, str]]:
    """The same, each after its route as the table of pages writes it."""
    for route in _routes(get_resolver().url_patterns, ""):
        if route.startswith(("api/", "scim/")):  # machines, with tests of their own
            continue
        name = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
        filled = re.sub(r"<int:(\w+)>", lambda name: str(getattr(world, IDS[name[1]])), route)
        filled = filled.replace("roles/<slug:slug>", f"roles/{world.role}")
        yield name, "/" + re.sub(r"<(?:str|path|slug):\w+>", "x", filled)


def _routes(patterns: list[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern)


def asked(asker: Asker, method: str, address: str) -> tuple[Any, list[str]]:
    """The answer, and the statements that changed something."""
    with CaptureQueriesContext(connection) as queries:
        answer = asker.client.generic(method, address, b"", content_type="application/x-www-form-urlencoded")
    changed = [query["sql"] for query in queries if CHANGES.match(query["sql"])]
    return answer, [sql for sql in changed if not ABOUT_THE_VISIT.search(sql)]


@pytest.fixture
def world_and_askers(db: None) -> tuple[World, dict[str, Asker]]:
    world, askers = build()
    return world, {asker.name: asker for asker in askers}


def test_nobody_is_sent_to_sign_in(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    wrong = []
    for address in addresses(world):
        for method in ("GET", "POST"):
            answer, changed = asked(askers["anonymous"], method, address)
            sent = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            if address not in OPEN and not (sent or answer.status_code == 405):
                wrong.append(f"{method} {address}: {answer.status_code}")
            if changed:
                wrong.append(f"{method} {address} wrote {changed[0][:120]}")
    assert wrong == []


def test_no_page_changes_anything_when_it_is_looked_at(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    wrong = []
    for address in addresses(world):
        answer, changed = asked(askers["admin"], "GET", address)
        if changed or answer.status_code >= 500:
            wrong.append(f"{address}: {answer.status_code} {changed[:1]}")
    assert wrong == []


def test_an_outsider_changes_nothing(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    wrong = []
    for address in addresses(world):
        if address.startswith(OWN):
            continue
        answer, changed = asked(askers["outsider"], "POST", address)
        changed = [sql for sql in changed if not ABOUT_COPIES.search(sql)]
        if changed or answer.status_code >= 500:
            wrong.append(f"{address}: {answer.status_code} {changed[:1]}")
    assert wrong == []


def test_every_page_answers_each_role_as_the_table_says(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    head, *lines = (line.split() for line in pages_table.PAGES.strip("\n").split("\n"))
    table = {route: statuses for route, *statuses in lines}
    known = dict(named_addresses(world))
    assert set(known) - set(table) == set(), "Say in tests/permissions/pages_table.py who may look at these."
    assert set(table) - set(known) == set(), "These lines speak of pages that are gone."
    wrong = []
    for route, statuses in table.items():
        expected = ["405"] * len(head) if statuses == ["deed"] else statuses
        for name, status in zip(head, expected, strict=True):
            answer = askers[name].client.get(known[route])
            if str(answer.status_code) != status:
                wrong.append(f"{route} by {name}: {answer.status_code}, the table says {status}")
    assert wrong == []


def test_who_only_reads_changes_nothing(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    wrong = []
    for address in addresses(world):
        if address.startswith(OWN):
            continue
        for name in ("viewer", "auditor"):
            answer, changed = asked(askers[name], "POST", address)
            changed = [sql for sql in changed if not ABOUT_COPIES.search(sql)]
            if changed or answer.status_code >= 500:
                wrong.append(f"{address} by {name}: {answer.status_code} {changed[:1]}")
    assert wrong == []


def test_admin_pages_are_for_admins(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    admins = [address for address in addresses(world) if address.startswith("/admin/")]
    assert admins
    wrong = []
    for address in admins:
        status = asked(askers["owner"], "GET", address)[0].status_code
        if status not in (403, 404, 405) and not FOR_EVERYBODY.fullmatch(address):
            wrong.append(f"{address}: {status}")
    assert wrong == []


def test_to_a_page_a_token_is_nobody(world_and_askers: tuple[World, dict[str, Asker]]) -> None:
    world, askers = world_and_askers
    wrong = []
    for address in addresses(world):
        for method in ("GET", "POST"):
            (answer, changed), (expected, _) = (asked(askers[name], method, address) for name in ("reads", "anonymous"))
            seen = (answer.status_code, answer.headers.get("Location"))
            if changed or seen != (expected.status_code, expected.headers.get("Location")):
                wrong.append(f"{method} {address}: {seen} {changed[:1]}")
    assert wrong == []
