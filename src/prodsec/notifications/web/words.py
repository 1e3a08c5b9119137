"""What kinds of notices and rhythms are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prodsec.notifications.types import NoticeKind, Pace

KINDS: dict[NoticeKind, tuple[str, Promise | str]] = {
    NoticeKind.MENTION: ("comment", _("mentioned in a comment")),
    NoticeKind.APPROVAL: ("check", _("asked for an approval")),
    NoticeKind.BREACH: ("clock", _("findings past their due date")),
    NoticeKind.ASSIGNED: ("person", _("assigned to a finding")),
    NoticeKind.COMMENT: ("comment", _("comments on findings one owns, is assigned to, or watches")),
    NoticeKind.IMPORT_FAILED: ("import", _("imports that failed")),
    NoticeKind.BULK_DONE: ("list", _("work on many findings that is done")),
    NoticeKind.VIEW_CHANGED: ("search", _("changes in a saved view")),
}
PACES: dict[Pace, Promise | str] = {
    Pace.AT_ONCE: _("At once, each by itself"),
    Pace.HOURLY: _("Together, each hour"),
    Pace.DAILY: _("Together, each day"),
    Pace.WEEKLY: _("Together, each week"),
}
WEEKDAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
