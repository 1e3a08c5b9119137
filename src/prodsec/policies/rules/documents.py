"""SLA documents: YAML read, checked, and made into times."""

import re
from functools import lru_cache

import yaml

from prodsec.policies.types import DocumentError, Sla
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

_DURATION = re.compile(r"(\d{1,5})\s*(hour|day)s?$")
_KNOWN = {"name", "owner", "reason", "mitigate", "remediate", "waits_for_fix"}
_HOURS = {"hour": 1, "day": 24}


@lru_cache(maxsize=64)
def parse_sla(text: str) -> Sla:
    """Read an SLA document; a version is read once. Raises: DocumentError naming the line or the entry."""
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DocumentError("not valid YAML", place=f"line {mark.line + 1}" if mark else "document") from None
    if not isinstance(given, dict):
        raise DocumentError("an SLA document is an object", place="document")
    if unknown := sorted(set(map(str, given)) - _KNOWN):
        raise DocumentError(f"{unknown[0]!r} is not known here; use {', '.join(sorted(_KNOWN))}", place="document")
    if not given.get("remediate"):
        raise DocumentError("say how long remediation may take, by severity", place="remediate")
    kinds = given.get("waits_for_fix") or []
    known_kinds = {kind.word for kind in Kind}
    if not isinstance(kinds, list) or not set(map(str, kinds)) <= known_kinds:
        raise DocumentError(f"give a list of {', '.join(sorted(known_kinds))}", place="waits_for_fix")
    return Sla(
        mitigate_hours=_times(given.get("mitigate") or {}, "mitigate"),
        remediate_hours=_times(given["remediate"], "remediate"),
        waits_for_fix=frozenset(map(str, kinds)),
    )


def _times(given: object, place: str) -> dict[Severity, int]:
    if not isinstance(given, dict):
        raise DocumentError("give severities with times, such as `high: 30 days`", place=place)
    times = {}
    for word, duration in given.items():
        severity = Severity.__members__.get(str(word).upper())
        match = _DURATION.match(str(duration).strip().lower())
        if severity is None:
            raise DocumentError(f"{word!r} is no severity", place=f"{place}.{word}")
        if match is None or int(match[1]) == 0:
            raise DocumentError(f"{duration!r} is no time; write `24 hours` or `30 days`", place=f"{place}.{word}")
        times[severity] = int(match[1]) * _HOURS[match[2]]
    return times
