"""Plays the twelve weeks in, through the same services and flows that everybody uses, with the clock set back."""

import datetime
import io
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import SYSTEM, Viewer
from prodsec.flows import manage_accounts
from prodsec.inventory import queries as inventory_queries
from prodsec.inventory import services as inventory
from prodsec.inventory.types import AssetFacts, AssetKind
from prodsec.kit import clock
from prodsec.scans import services as scans
from prodsec.scans import tasks
from prodsec.site.demo import decisions
from prodsec.site.demo.history import WEEKS, weeks_of
from prodsec.site.demo.organisation import CODEOWNERS, MAIL, ROOT, TEAMS, THINGS, Thing
from prodsec.site.demo.reports import report_of

ADMIN, MEMBER = f"admin@{MAIL}", f"ines@{MAIL}"


@dataclass(frozen=True)
class Run:
    """One scan of the story: what was scanned with which tool, and when."""

    at: datetime.datetime
    week: int
    thing: Thing
    tool: str


def play(say: Callable[[str], None]) -> str:
    """Fill the installation. Returns the password of the two people who can sign in, `ADMIN` and `MEMBER`."""
    began = clock.now() - datetime.timedelta(weeks=WEEKS)
    password = secrets.token_urlsafe(12)
    with clock.set_to(began):
        _hire(password)
        _build()
    viewers = _viewers()
    scheduled = sorted(_schedule(began), key=lambda run: run.at)
    for week in range(WEEKS):
        say(f"Demo: week {week + 1} of {WEEKS} …")
        for run in scheduled:
            if run.week == week:
                _scan(run)
        decisions.of_week(week, began + datetime.timedelta(weeks=week, days=4), viewers)
    return password


def is_here() -> bool:
    """Whether the demo was played into this installation."""
    return inventory_queries.visible_to(SYSTEM).filter(path=ROOT).exists()


def _hire(password: str) -> None:
    """Teams, their people, and one admin."""
    with transaction.atomic():
        manage_accounts.add_person(SYSTEM, email=ADMIN, name="Sam Okafor", password=password, is_admin=True)
        for team in TEAMS:
            team_id = manage_accounts.add_team(SYSTEM, name=team.name, slug=team.slug)
            for local, name in team.members:
                email = f"{local}@{MAIL}"
                given = password if email == MEMBER else None
                person_id = manage_accounts.add_person(SYSTEM, email=email, name=name, password=given)
                manage_accounts.add_member(SYSTEM, team_id=team_id, person_id=person_id)


def _build() -> None:
    """The tree of assets with its owners; `labs` is nobody's, as such things are."""
    teams = {team.slug: team.pk for team in accounts.teams(SYSTEM)}
    with transaction.atomic():
        inventory.create_asset(SYSTEM, ROOT, kind=AssetKind.GROUP)
        for team in TEAMS:
            group = inventory.create_asset(SYSTEM, f"{ROOT}/{team.slug}", kind=AssetKind.GROUP)
            inventory.set_owner(SYSTEM, group.pk, teams[team.slug])
        for thing in THINGS:
            facts = AssetFacts(tier=thing.tier, data_class=thing.data_class or None, boundary=thing.boundary or None)
            inventory.create_asset(SYSTEM, f"{ROOT}/{thing.path}", kind=AssetKind[thing.kind.upper()], given=facts)
        for path, text in CODEOWNERS.items():
            inventory.set_codeowners(SYSTEM, inventory_queries.asset_at(SYSTEM, f"{ROOT}/{path}").pk, text)


def _viewers() -> dict[str, Viewer]:
    """Local part of the address → what that person sees and may do."""
    return {
        person.email.partition("@")[0]: accounts.viewer_of(person)
        for person in accounts.people(SYSTEM)
        if person.email.endswith(f"@{MAIL}")
    }


def _schedule(began: datetime.datetime) -> Iterator[Run]:
    """When which tool scans what: nightly jobs, spread over the first days of each week."""
    for thing in THINGS:
        for tool in thing.tools:
            minutes = random.Random(f"{thing.path} {tool} hour").randrange(3 * 24 * 60)  # noqa: S311 - a timetable
            for week in weeks_of(thing, tool):
                yield Run(began + datetime.timedelta(weeks=week, minutes=60 + minutes), week, thing, tool)


def _scan(run: Run) -> None:
    """Import one report at its time, as a pipeline would."""
    name, content = report_of(run.thing, run.tool, run.week)
    with clock.set_to(run.at):
        scan_id = scans.receive_report(
            SYSTEM, stream=io.BytesIO(content), file_name=name, asset_path=f"{ROOT}/{run.thing.path}", queued=False
        )
        tasks.import_now(scan_id)
