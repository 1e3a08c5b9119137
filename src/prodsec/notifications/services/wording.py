"""Sentences of notices that flows tell, in the words of the product."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prodsec.notifications.senders.writing import SEVERITIES
from prodsec.vocabulary.severity import Severity


def breach_title(number: int, title: str, severity: Severity, path: str) -> str:
    """That findings of an asset passed their due date; `title` is that of the first."""
    if number == 1:
        return _("“{title}” is past its due date").format(title=title)
    told = ngettext(
        "{number} {severity} finding of {asset} is past its due date",
        "{number} {severity} findings of {asset} are past their due date",
        number,
    )
    return told.format(number=number, severity=SEVERITIES[severity], asset=path)
