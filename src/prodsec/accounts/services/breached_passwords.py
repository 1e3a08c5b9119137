"""Passwords that others lost: looked up in a file the operator put beside the data, without asking anybody outside.

The file is what the downloader of Have I Been Pwned writes: a line `SHA1:COUNT` each, sorted, in capitals. It has some
forty gigabytes, so it is never read: a binary search looks at about forty places of it.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from prodsec.accounts.models import Person

FILE_NAME = "breached-passwords.txt"
_HASH_CHARACTERS = 40
# Longer than any line: 40 of hash, a colon, a count, a line's end.
LONGEST_LINE = 80


class BreachedPasswordValidator:
    """One of Django's password validators; without the file it lets everything through."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Pass for a password the file does not name. Raises: ValidationError."""
        del user
        place = breached_passwords_file()
        if not place.is_file():
            return
        with place.open("rb") as file:
            if is_listed(file, password):
                raise ValidationError(
                    _("This password was lost by another site and is on the lists attackers try; choose another."),
                    code="password_breached",
                )

    def get_help_text(self) -> str:
        """What is asked of a password."""
        return _("It must not be one that another site lost.")


def breached_passwords_file() -> Path:
    """Where the operator puts the file."""
    return Path(settings.PRODSEC_HOME) / FILE_NAME


def is_listed(file: BinaryIO, password: str) -> bool:
    """Whether a sorted file of `SHA1:COUNT` lines names this password. Cost: about log2(size) reads of 160 bytes."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    low, high = 0, file.seek(0, os.SEEK_END)
    # Invariant: the line, if it is there, begins at or after `low` and before `high`.
    while low < high:
        middle = (low + high) // 2
        start, found = _line_after(file, middle)
        if start >= high:
            # No line begins between the middle and the end, so it begins before.
            high = middle
        elif found == wanted:
            return True
        elif found < wanted:
            low = start + 1
        else:
            high = middle
    return False


def _line_after(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """Where the first line begins that begins at `place` or later, and its hash; the end of the file when there is none."""
    before = max(0, place - 1)
    file.seek(before)
    window = file.read(2 * LONGEST_LINE)
    if place == 0:
        return 0, window[:_HASH_CHARACTERS].upper()
    end_of_line = window.find(b"\n")
    if end_of_line < 0:
        return before + len(window), b""
    start = end_of_line + 1
    return before + start, window[start : start + _HASH_CHARACTERS].upper()
