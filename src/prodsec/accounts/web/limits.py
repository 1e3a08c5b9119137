"""How often something may be tried, counted in the database, so that all processes count together.

The rates are `ACCOUNT_RATE_LIMITS` of the settings; allauth counts its own pages, this module everything else.
"""

import math
import time

from allauth.account import app_settings
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

_APP = "allauth.account"


def spend(request: HttpRequest, action: str, *, key: str = "") -> int:
    """Count one try, of a GET too. Returns 0 when it is allowed, else how many seconds to wait. Cost: 8 queries a rate."""
    allowed = ratelimit.consume(request, app=_APP, action=action, key=key or None, limit_get=True)
    return 0 if allowed else max(1, seconds_to_wait(request, action, key=key))


def seconds_to_wait(request: HttpRequest, *actions: str, key: str = "") -> int:
    """Until when this caller has to wait before the next try of all these actions, of any action when none is named.

    Cost: 1 query.
    """
    person = request.user if request.user.is_authenticated else None
    slots: dict[str, ratelimit.Rate] = {}
    for action in actions or app_settings.RATE_LIMITS:
        for rate in ratelimit.get_rates(app=_APP, action=action):
            if (rate.per == "user" and person is None) or (rate.per == "key" and not key):
                continue
            slot = ratelimit.get_cache_key(request, app=_APP, action=action, rate=rate, key=key or None, user=person)
            slots[slot] = rate
    now, waits = time.time(), [0.0]
    for slot, tries in cache.get_many(slots).items():
        rate = slots[slot]
        waits += [tries[rate.amount - 1] + rate.duration - now] if len(tries) >= rate.amount else []
    return math.ceil(max(waits))
