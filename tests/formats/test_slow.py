"""Formats whose rows cost more than most say why, in one place, and only formats that exist."""

from prodsec.scans.formats import formats
from prodsec.scans.formats.reference import slow


def test_reasons_are_told_of_formats_that_exist() -> None:
    assert set(slow()) <= set(formats())
    assert all(reason.strip() and not reason.endswith(".") for reason in slow().values())
