"""A small world to try permissions in: two teams, an asset of each, a report read, and all ways to ask."""

import datetime
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.test import Client
from tests.permissions.table import HARBOUR

from prodsec.accounts import queries as accounts
from prodsec.accounts import services as people
from prodsec.accounts.models import Person
from prodsec.accounts.types import (
    SYSTEM,
    Arrival,
    GroupRule,
    GroupsFrom,
    Permission,
    ProviderKind,
    ProviderSettings,
    Scope,
)
from prodsec.activity.services import forwarding
from prodsec.activity.types import Facts, Layout
from prodsec.findings import queries as findings
from prodsec.findings import services as judging
from prodsec.findings.services.bulk import Meant
from prodsec.findings.types import DecisionScope, Deed, DeedKind, DismissalReason
from prodsec.inventory import queries as inventory_queries
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetKind
from prodsec.kit import clock
from prodsec.notifications import services as notifications
from prodsec.notifications.types import NoticeKind, Rhythm, Wishes
from prodsec.scans import services as scans
from prodsec.scans import tasks

RED, BLUE = "acme/red", "acme/blue"
SIEM = Facts("siem", "udp://siem.example.com:514", Layout.CEF)
WORKING = frozenset({Scope.READ, Scope.IMPORT, Scope.WRITE})


@dataclass(frozen=True)
class World:
    """Ids of what belongs to the red team; `missing` belongs to nobody.

    waiting: an import not yet read; idle_team: a team that owns nothing; grant_id: a role given on the asset by hand;
    view_id: a saved view of the owner alone; provider_id: an identity provider with a group and a person who came;
    role: one of this installation that nobody has; format_id: a format it shares.
    word_id: said of the finding and the second, which it is together with; the third stands alone;
    bulk_id, bulk_waiting: changes by the owner that find nothing to do, one done and one not begun;
    """

    asset_id: int
    scan_id: int
    waiting: int
    finding_id: int
    decision_id: int
    person_id: int
    team_id: int
    token_id: int
    view_id: int
    bulk_id: int
    bulk_waiting: int
    word_id: int
    third_id: int
    idle_team: int
    destination_id: int
    grant_id: int
    channel_id: int
    provider_id: int
    group_id: int
    identity_id: int
    comment_id: int
    format_id: str
    role: str = "spotter"
    missing: int = 987_654


@dataclass(frozen=True)
class Asker:
    """Somebody at the door."""

    name: str
    client: Client


def _shared_format() -> str:
    return scans.save_format(SYSTEM, text=HARBOUR, share=True).id


def report(*lines: int) -> bytes:
    """A SARIF report."""
    results = [
        {
            "ruleId": "no-eval",
            "message": {"text": f"Do not evaluate input ({line})."},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": line}}}],
        }
        for line in lines
    ]
    run = {"tool": {"driver": {"name": "lintel"}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def build() -> tuple[World, list[Asker]]:
    """The world, and those who ask, in the order of the columns of the tables."""
    red, blue, idle = (people.create_team(SYSTEM, name=name, slug=name) for name in ("red", "blue", "idle"))
    inventory.create_asset(SYSTEM, "acme", kind=AssetKind.GROUP)
    owned = inventory.create_asset(SYSTEM, RED, kind=AssetKind.PROJECT)
    inventory.set_owner(SYSTEM, owned.pk, red.pk)
    other = inventory.create_asset(SYSTEM, BLUE, kind=AssetKind.PROJECT)
    inventory.set_owner(SYSTEM, other.pk, blue.pk)
    owner, outsider, boss = _person("owner", red.pk), _person("outsider", blue.pk), _person("admin", is_admin=True)
    roles = [_person(role, role=role, asset_id=owned.pk) for role in ("viewer", "developer")]
    roles += [_person(role, role=role) for role in ("security", "auditor")]
    scan_id, waiting = _receive(report(1, 2, 9)), _receive(report(3))
    tasks.import_now(scan_id)
    first, second, third = findings.findings_list(SYSTEM, findings.filters_from({}), cursor="", size=None).items
    decision = judging.decide(
        SYSTEM, scope=DecisionScope.RULE, value="lintel/another", asset=owned,
        kind=DismissalReason.ACCEPTED, reason="agreed",
    )  # fmt: skip
    token, _ = people.create_token(accounts.viewer_of(owner), name="kept", scopes=WORKING)
    grant, _ = people.add_grant(SYSTEM, role="viewer", team_id=idle.pk, asset_id=owned.pk)
    people.create_role(SYSTEM, slug="spotter", name="Spotter", permissions=[Permission.ASSET_READ])
    view_id = judging.save_view(accounts.viewer_of(owner), name="Ours", query="owner=mine")
    channel_id = notifications.add_channel(
        SYSTEM, red.pk, name="Chat", address="jsons://chat.example/hook", wishes=Wishes(frozenset(NoticeKind), Rhythm())
    )
    word = judging.join(SYSTEM, second.id, first.id)
    asked = Meant(named={second.id: None})
    change = judging.bulk.begin(accounts.viewer_of(owner), Deed(DeedKind.REOPEN), asked)
    judging.bulk.step(change.pk)
    unbegun = judging.bulk.begin(accounts.viewer_of(owner), Deed(DeedKind.REOPEN), asked)
    comment_id = judging.comment(accounts.viewer_of(owner), first.id, "Seen.")
    world = World(
        asset_id=owned.pk, scan_id=scan_id, waiting=waiting, finding_id=first.id, decision_id=decision.pk,
        person_id=owner.pk, team_id=red.pk, token_id=token.pk, view_id=view_id, bulk_id=change.pk,
        bulk_waiting=unbegun.pk, word_id=word.pk, third_id=third.id, idle_team=idle.pk, grant_id=grant.pk, channel_id=channel_id,
        destination_id=forwarding.add_destination(SYSTEM, SIEM).pk,
        **_provider(red.pk),
        comment_id=comment_id, format_id=_shared_format(),
    )  # fmt: skip
    return world, list(_askers(owner, outsider, boss, roles))


def _provider(team_id: int) -> dict[str, int]:
    """An identity provider that nobody can ask, a group of it, and somebody who came through it."""
    settings = ProviderSettings(
        name="Idp", kind=ProviderKind.OIDC, address="http://127.0.0.1:9", client_id="prodsec",
        trusted_domains=("idp.example",), lets_in_unknown=True,
    )  # fmt: skip
    made = people.create_provider(SYSTEM, settings=settings, secret="")
    group = people.add_group(SYSTEM, made.pk, rule=GroupRule("staff", team_id=team_id))
    arrival = Arrival(
        issuer=made.address, subject="u-1", email="came@idp.example", is_email_verified=True, name="Came",
        groups=frozenset(), groups_from=GroupsFrom.USERINFO,
    )  # fmt: skip
    people.arrive(made, arrival)
    identity = accounts.identities(SYSTEM, made.pk).get()
    return {"provider_id": made.pk, "group_id": group.pk, "identity_id": identity.pk}


def outside(world: World) -> list[Asker]:
    """People with each role on another asset: to them the world's own is as hidden as to the outsider."""
    elsewhere = inventory_queries.asset_at(SYSTEM, BLUE).pk
    subjects = [
        _person(f"outside-{role}", role=role, asset_id=elsewhere) for role in ("viewer", "developer", "maintainer")
    ]
    return [_signed_in(person) for person in subjects]


def _person(
    name: str, team_id: int | None = None, *, is_admin: bool = False, role: str = "", asset_id: int | None = None
) -> Person:
    made = people.create_person(SYSTEM, email=f"{name}@acme.example", name=name, is_admin=is_admin)
    if team_id is not None:
        people.add_member(SYSTEM, team_id=team_id, person_id=made.pk)
    if role:
        people.add_grant(SYSTEM, role=role, person_id=made.pk, asset_id=asset_id)
    return made


def _signed_in(person: Person) -> Asker:
    client = Client()
    client.force_login(person)
    client.get("/api/v1/me")  # notes that the browser was seen, so that reading afterwards writes nothing
    return Asker(person.name, client)


def _receive(data: bytes) -> int:
    return scans.receive_report(SYSTEM, stream=io.BytesIO(data), file_name="report.sarif", asset_path=RED, queued=False)


def _askers(owner: Person, outsider: Person, boss: Person, roles: list[Person]) -> Iterator[Asker]:
    yield Asker("anonymous", Client())
    viewer, developer, security, auditor = roles
    for person in (outsider, viewer, developer, owner, security, auditor, boss):
        yield _signed_in(person)
    yield _with_token("reads", owner, frozenset({Scope.READ}))
    yield _with_token("imports", owner, frozenset({Scope.IMPORT}))
    # An admin's token for another subtree: the person could do everything, the token nothing here.
    yield _with_token("elsewhere", boss, WORKING, subtree=BLUE)
    soon = clock.now() + datetime.timedelta(minutes=1)
    with clock.set_to(clock.now() - datetime.timedelta(days=1)):
        yield _with_token("expired", boss, WORKING, expires_at=soon - datetime.timedelta(hours=1))


def _with_token(
    name: str,
    owner: Person,
    scopes: frozenset[Scope],
    *,
    subtree: str = "",
    expires_at: datetime.datetime | None = None,
) -> Asker:
    _, text = people.create_token(
        accounts.viewer_of(owner), name=name, scopes=scopes, subtree=subtree, expires_at=expires_at
    )
    client = Client(headers={"Authorization": f"Bearer {text}"})
    client.get("/api/v1/me")  # notes the token's first use, so that reading afterwards writes nothing
    return Asker(name, client)
