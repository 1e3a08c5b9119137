"""What a hand-written statement may be given."""

from datetime import datetime

Parameter = str | int | float | bytes | datetime | list[int] | list[str] | None
