"""Findings enter a saved view: who asked to hear of it is told how many, with their own eyes."""

from prodsec.accounts.types import SYSTEM
from prodsec.findings import queries, services
from prodsec.findings.queries.listing import CAP
from prodsec.notifications import services as notices
from prodsec.notifications.types import NoticeKind, Said


def run() -> int:
    """Tell of every view that something entered. Returns how many notices were written; safe to run twice."""
    told = 0
    for entered in services.take_entered():
        many = f"{CAP:,}+" if entered.count > CAP else f"{entered.count:,}"
        said = Said(
            kind=NoticeKind.VIEW_CHANGED,
            title=f"{many} new or reopened in {entered.view.name}",
            link=queries.address_of(entered.view),
            object_type="view",
            object_id=str(entered.view.id),
            count=min(entered.count, CAP),
            key=f"view:{entered.view.id}:{entered.until}",
        )
        told += notices.notify(SYSTEM, said, people=[entered.person_id])
    return told
