"""Writes of `notifications`: notices, watches, channels, deliveries.

Only what people set up for others to hear (channels) is a deed and recorded; notices follow from deeds, and reading or watching
is one's own business.
"""

from prodsec.notifications.services.channels import (
    add_channel,
    change_channel,
    note_test,
    remove_channel,
    set_own_wishes,
)
from prodsec.notifications.services.delivering import (
    ask_for_test,
    begun,
    claimed,
    collect_due,
    ended,
    failed,
    forget_old,
    reached_by,
)
from prodsec.notifications.services.noticing import (
    mark_all_read,
    mark_read,
    mark_unread,
    notify,
    reword,
    unwatch,
    watch,
    withdraw,
)
from prodsec.notifications.services.wording import breach_title

__all__ = [
    "add_channel",
    "ask_for_test",
    "begun",
    "breach_title",
    "change_channel",
    "claimed",
    "collect_due",
    "ended",
    "failed",
    "forget_old",
    "mark_all_read",
    "mark_read",
    "mark_unread",
    "note_test",
    "notify",
    "reached_by",
    "remove_channel",
    "reword",
    "set_own_wishes",
    "unwatch",
    "watch",
    "withdraw",
]
