"""Times as people ask for them: today, the last seven days."""

import datetime
import re

from prodsec.kit.errors import InvalidError

LONGEST_DAYS = 36_500


def began(within: str, now: datetime.datetime) -> datetime.datetime:
    """When a span that is named relative to now began: `today`, `24h`, `7d`.

    now: in the time zone whose midnight ends a day.
    Raises: InvalidError for words that name no span.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if within == "today":
        return midnight
    found = re.fullmatch(r"([0-9]{1,5})([dh])", within)
    if not found or not 0 < int(found[1]) <= LONGEST_DAYS:
        raise InvalidError("say today, a number of days (7d) or of hours (24h)", place="within")
    number = int(found[1])
    return midnight - datetime.timedelta(days=number - 1) if found[2] == "d" else now - datetime.timedelta(hours=number)
