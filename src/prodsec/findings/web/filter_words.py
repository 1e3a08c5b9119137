"""How filters are called on pages: fields, their words, and times as people say them."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from prodsec.findings.rules.filtering import dates
from prodsec.findings.rules.filtering.clauses import Clause
from prodsec.findings.rules.filtering.fields import Group
from prodsec.findings.web import list_page

FIELDS: dict[str, Promise] = {
    "severity": gettext_lazy("severity"),
    "state": gettext_lazy("state"),
    "kind": gettext_lazy("kind"),
    "owner": gettext_lazy("owner"),
    "assignee": gettext_lazy("assigned to"),
    "due": gettext_lazy("due"),
    "first_seen": gettext_lazy("first seen"),
    "resolved": gettext_lazy("resolved"),
    "score": gettext_lazy("CVSS score"),
    "fix": gettext_lazy("fixed version"),
    "detected": gettext_lazy("still detected"),
    "cluster": gettext_lazy("in a cluster"),
    "members": gettext_lazy("members of clusters"),
    "decision": gettext_lazy("decision"),
    "asset": gettext_lazy("asset"),
    "tool": gettext_lazy("tool"),
    "rule": gettext_lazy("rule"),
    "vulnerability": gettext_lazy("CVE or other id"),
    "cwe": gettext_lazy("weakness (CWE)"),
    "component": gettext_lazy("component"),
    "file": gettext_lazy("file begins with"),
    "id": gettext_lazy("number"),
    "text": gettext_lazy("text"),
    "due_before": gettext_lazy("due before"),
    "due_after": gettext_lazy("due from"),
    "seen_before": gettext_lazy("first seen before"),
    "seen_after": gettext_lazy("first seen since"),
}
GROUPS: dict[str, Promise] = {
    Group.REMEDIATION.value: gettext_lazy("what to do"),
    Group.COMPONENT.value: gettext_lazy("component"),
    Group.RULE.value: gettext_lazy("rule"),
    Group.CVE.value: gettext_lazy("CVE or other id"),
    Group.OWNER.value: gettext_lazy("owner"),
    Group.ASSET.value: gettext_lazy("asset"),
    Group.FILE.value: gettext_lazy("file"),
    Group.CWE.value: gettext_lazy("weakness (CWE)"),
    Group.TOOL.value: gettext_lazy("tool"),
}
_UNKNOWN = gettext_lazy("unknown")
_SOMEBODY = {"none": gettext_lazy("nobody"), "me": gettext_lazy("me"), "mine": gettext_lazy("my teams")}
_WORDS: dict[str, Mapping[str, Promise]] = {
    "severity": list_page.SEVERITIES,
    "state": list_page.STATES,
    "kind": list_page.KINDS,
    "due": list_page.DUE,
    "owner": _SOMEBODY,
    "assignee": _SOMEBODY,
    "fix": {"available": gettext_lazy("known"), "unknown": _UNKNOWN},
    "detected": {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")},
    "cluster": {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")},
    "members": {"once": gettext_lazy("counted once"), "apart": gettext_lazy("apart")},
    "decision": {
        "false_positive": gettext_lazy("false positive"),
        "not_affected": gettext_lazy("not affected"),
        "accepted": gettext_lazy("accepted"),
        "wont_fix": gettext_lazy("won't be fixed"),
        "duplicate": gettext_lazy("duplicate"),
        "any": gettext_lazy("any"),
        "none": gettext_lazy("none"),
    },
}
_TIMES = ("due", "first_seen", "resolved")
_LONG = 60
_DURATION = re.compile(r"([+-]?)(\d+)([hdwmy])")


def field_label(field: str) -> str:
    """The name of a field."""
    return str(FIELDS.get(field, field))


def value_label(field: str, value: str, names: Mapping[str, str]) -> str:
    """A value as a person says it; `names` are those of teams or people by what addresses call them."""
    word = _WORDS.get(field, {}).get(value)
    if word is not None:
        return str(word)
    if value == "none":
        return str(_UNKNOWN)
    if field in _TIMES and (".." in value or value in dates.WORDS):
        return _range(*value.split(".."))
    if field in ("asset", "file") and value.startswith("="):
        return _("{name} itself").format(name=value[1:])
    if field == "score":
        return value.replace("..", " – ").strip()
    return names.get(value, value)


def clause_label(clause: Clause, names: Mapping[str, str]) -> str:
    """A clause in words, shortened where it would fill the page."""
    values = [value_label(clause.field, value, names) for value in clause.values]
    shown = ", ".join(value if len(value) <= _LONG else f"{value[:_LONG]}…" for value in values[:4])
    if len(values) > 4:
        shown += f" +{len(values) - 4}"
    name = field_label(clause.field)
    return (_("not {field}: {values}") if clause.negated else _("{field}: {values}")).format(field=name, values=shown)


def _range(low: str, high: str) -> str:
    if low == high:
        return _moment(low)
    if not low:
        return _open_end(high, past=_("more than {time} ago"), ahead=_("in at most {time}"), day=_("until {time}"))
    if not high:
        return _open_end(low, past=_("in the last {time}"), ahead=_("in more than {time}"), day=_("since {time}"))
    return _("{first} to {last}").format(first=_moment(low), last=_moment(high))


def _open_end(text: str, *, past: str, ahead: str, day: str) -> str:
    """A range with one end: a duration is said as one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return day.format(time=_moment(text))
    return (past if match[1] == "-" else ahead).format(time=_duration(match))


def _moment(text: str) -> str:
    known = {"now": _("now"), "today": _("today"), "yesterday": _("yesterday"), "tomorrow": _("tomorrow")}
    match = _DURATION.fullmatch(text)
    if match is None:
        return known.get(text, text)
    return (_("{time} ago") if match[1] == "-" else _("in {time}")).format(time=_duration(match))


def _duration(match: re.Match[str]) -> str:
    number = int(match[2])
    return {
        "h": ngettext("{number} hour", "{number} hours", number),
        "d": ngettext("{number} day", "{number} days", number),
        "w": ngettext("{number} week", "{number} weeks", number),
        "m": ngettext("{number} month", "{number} months", number),
        "y": ngettext("{number} year", "{number} years", number),
    }[match[3]].format(number=number)
