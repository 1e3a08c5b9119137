"""A search of the record as an address says it: for pages and, with the same words, for the API."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from prodsec.accounts.types import Viewer
from prodsec.activity.rules import times
from prodsec.activity.types import Search
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.kit.errors import InvalidError

FIELDS = ("who", "action", "type", "object", "asset", "within", "from", "to", "words")
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Who:
    """Whose deeds: a person's, the program's own, or those that were done with one token."""

    person_id: int | None = None
    by_system: bool = False
    token_id: int | None = None


def who(text: str) -> Who:
    """`system`, `person:3`, `token:5`; empty: anybody's. Raises: InvalidError."""
    kind, _sep, number = text.partition(":")
    if text in ("", "system"):
        return Who(by_system=text == "system")
    if kind not in ("person", "token") or not (number.isascii() and number.isdigit()) or int(number) > _LARGEST_ID:
        raise InvalidError(_("say system, person:3 or token:5"), place="who")
    return Who(person_id=int(number)) if kind == "person" else Who(token_id=int(number))


def search_of(viewer: Viewer, given: Mapping[str, str]) -> Search:
    """The search that the fields of an address ask for.

    Cost: 1 query for an asset. Raises: InvalidError with the field's name as its place.
    """
    asked = {name: given.get(name, "").strip() for name in FIELDS}
    for name, value in asked.items():
        if "\x00" in value:
            raise InvalidError(_("a text cannot hold the character NUL"), place=name)
    whose = who(asked["who"])
    now = timezone.localtime(clock.now())
    since = times.began(asked["within"], now) if asked["within"] else None
    if asked["from"]:
        since = _midnight(asked["from"], "from", now)
    return Search(
        actor_id=whose.person_id,
        by_system=whose.by_system,
        token_id=whose.token_id,
        action=asked["action"],
        object_type=asked["type"],
        object_id=asked["object"],
        asset_ids=below(viewer, asked["asset"]) if asked["asset"] else None,
        since=since,
        until=_midnight(asked["to"], "to", now, days=1) if asked["to"] else None,
        words=asked["words"],
    )


def below(viewer: Viewer, path: str) -> tuple[int, ...]:
    """The ids of an asset and of all below it that the viewer sees, archived ones too. Cost: 1 query."""
    return tuple(inventory.assets(viewer, under=path.strip("/"), archived=True).values_list("pk", flat=True))


def day(text: str) -> str:
    """The text where it is a day, for a field of days; else nothing."""
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _midnight(text: str, place: str, now: datetime.datetime, *, days: int = 0) -> datetime.datetime:
    """The beginning of a day, in the time zone of `now`; with `days`, that of a later one."""
    try:
        day = datetime.date.fromisoformat(text) + datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        raise InvalidError(_("give a day as 2026-12-31"), place=place) from None
    return datetime.datetime.combine(day, datetime.time(), tzinfo=now.tzinfo)
