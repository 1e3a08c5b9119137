"""Fixtures of `scans`; what needs Django is imported inside, because pytest reads this file before Django is ready."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from prodsec.scans.tests.doors import Door


@pytest.fixture
def door_of(db: None) -> "Callable[..., Door]":
    """Makes a person and their door, see `doors.door_of`."""
    from prodsec.scans.tests import doors

    return doors.door_of


@pytest.fixture
def admin(door_of: "Callable[..., Door]") -> "Door":
    """An admin's door."""
    return door_of("ada", is_admin=True)


@pytest.fixture
def received(admin: "Door") -> Callable[..., int]:
    """Receives a report without queueing it; gives the scan's id."""
    from prodsec.scans import services as scans
    from prodsec.scans.tests.doors import ASSET

    def receive(report: bytes, **options: Any) -> int:
        given = {"file_name": "report.sarif", "asset_path": ASSET, "queued": False, **options}
        return scans.receive_report(admin.viewer, stream=io.BytesIO(report), **given)

    return receive
