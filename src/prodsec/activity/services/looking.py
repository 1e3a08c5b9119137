"""Looking at the record is a deed too: that the chain was checked, that a copy was taken."""

import dataclasses
import datetime

import structlog

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.activity import queries
from prodsec.activity.queries.chain import VERIFIED
from prodsec.activity.services.recording import record
from prodsec.activity.types import ChainState, Search

log = structlog.get_logger()

VERIFY_JOB = "prodsec.activity.tasks.verify_for"


def verify(viewer: Viewer) -> ChainState:
    """Look at the whole chain and write down what was found.

    Cost: 5 queries, one of them over all rows. Raises: NotPermittedError.
    """
    accounts.require(viewer, Permission.ACTIVITY_READ)
    state = queries.verify_chain()
    if state.fault is not None:
        log.error("activity_chain_broken", fault=state.fault.value, broken_at=state.broken_at, rows=state.rows)
    details: dict[str, object] = {"rows": state.rows, "broken_at": state.broken_at, "head": state.head,
                                  "fault": state.fault.value if state.fault else None}  # fmt: skip
    record(viewer, VERIFIED, object_type="activity", object_id="chain", details=details)
    return state


def note_export(viewer: Viewer, search: Search, *, form: str) -> Search:
    """Write down that somebody takes a copy of what fits; returns the search for what there was before that.

    Cost: 4 queries. Raises: NotPermittedError.
    """
    accounts.require(viewer, Permission.ACTIVITY_READ)
    newest = queries.newest_id()
    asked = {name: _plain(value) for name, value in vars(search).items() if value not in (None, "", False)}
    record(viewer, "activity.exported", object_type="activity", object_id=form, details={"searched": asked})
    return dataclasses.replace(search, newest_id=newest)


def _plain(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return f"{len(value)} assets" if isinstance(value, tuple) else value
