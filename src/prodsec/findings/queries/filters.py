"""Filters as conditions on the table: each clause of a question becomes one."""

import datetime
import functools
import operator
from collections.abc import Callable, Collection, Iterable

from django.db.models import Q, QuerySet

from prodsec.accounts.models import Person, Team
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Definition, Finding
from prodsec.findings.rules.filtering import dates
from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import ALONE, DECISIONS, KINDS, SEVERITIES, STATES
from prodsec.findings.types import OPEN_STATES
from prodsec.inventory import queries as inventory
from prodsec.kit import clock
from prodsec.scans.models import Scope
from prodsec.vocabulary import cwe, identifiers

_FEW_DEFINITIONS = 100
_NOTHING = Q(pk__in=())
Condition = Callable[[Viewer, tuple[str, ...]], Q]


def narrow(found: QuerySet[Finding], viewer: Viewer, filters: Filters) -> QuerySet[Finding]:
    """The findings of a set that the filters leave. Cost: up to 1 query for each name to look up (asset, team, person, tool)."""
    states = _states(filters)
    if len(states) < len(STATES):
        found = found.filter(state__in=sorted(states))
    if not filters.tells_members_apart:
        found = found.filter(is_lead=True)
    for field, column, known in (("severity", "severity", SEVERITIES), ("kind", "kind", KINDS)):
        allowed = _allowed(filters, field, known)
        if len(allowed) < len(known):
            found = found.filter(**{f"{column}__in": sorted(allowed)})
    for clause in filters.clauses:
        if clause.field == "text":
            found = _by_text(found, clause)
        elif clause.field in _CONDITIONS:
            condition = _CONDITIONS[clause.field](viewer, clause.values)
            found = found.exclude(condition) if clause.negated else found.filter(condition)
    defined = [clause for clause in filters.clauses if clause.field in ("tool", "rule")]
    return _by_definition(found, defined) if defined else found


def unknown_names(viewer: Viewer, filters: Filters) -> list[Clause]:
    """The clauses that name an asset, team or person that does not exist for the viewer. Cost: up to 3 queries."""
    lookups: dict[str, Callable[[Viewer, Collection[str]], Collection[int]]] = {
        "asset": _roots, "owner": _teams, "assignee": _people,
    }  # fmt: skip
    names = [
        (clause, [value for value in clause.values if _is_name(clause.field, value)]) for clause in filters.clauses
    ]
    return [
        clause
        for clause, wanted in names
        if clause.field in lookups and wanted and not lookups[clause.field](viewer, wanted)
    ]


def _is_name(field: str, value: str) -> bool:
    return field == "asset" or not (value in ("none", "me", "mine") or value.isdecimal())


def _states(filters: Filters) -> frozenset[int]:
    asked = filters.values("state")
    if not asked and filters.is_open_by_default:
        asked = ("open",)
    without = filters.clause("state", negated=True)
    return (_states_of(asked) if asked else frozenset(STATES.values())) - _states_of(without.values if without else ())


def _states_of(words: Iterable[str]) -> frozenset[int]:
    groups = {"open": OPEN_STATES, "all": tuple(STATES.values())}
    return frozenset(state for word in words for state in groups.get(word, (STATES.get(word, 0),)))


def _allowed(filters: Filters, field: str, known: dict[str, int]) -> frozenset[int]:
    """Which of a few values are left; said as those that are, because that is what an index finds."""
    without = filters.clause(field, negated=True)
    left = {known[word] for word in filters.values(field)} or set(known.values())
    return frozenset(left - {known[word] for word in (without.values if without else ())})


def _any(conditions: Iterable[Q]) -> Q:
    return functools.reduce(operator.or_, conditions, _NOTHING)


def _owner(viewer: Viewer, values: tuple[str, ...]) -> Q:
    teams = {int(value) for value in values if value.isdecimal()} | set(_teams(viewer, values))
    if "mine" in values:
        teams |= viewer.team_ids
    return _known_or_none("owner_team", teams, values)


def _assignee(viewer: Viewer, values: tuple[str, ...]) -> Q:
    people = {int(value) for value in values if value.isdecimal()} | set(_people(viewer, values))
    if "me" in values and viewer.person_id is not None:
        people.add(viewer.person_id)
    return _known_or_none("assignee", people, values)


def _known_or_none(column: str, keys: Collection[int], values: tuple[str, ...]) -> Q:
    missing = Q(**{f"{column}__isnull": True})
    if "none" not in values:
        return Q(**{f"{column}__in": sorted(keys)}) if keys else _NOTHING
    return missing | Q(**{f"{column}__in": sorted(keys)}) if keys else missing


def _teams(viewer: Viewer, values: Collection[str]) -> Collection[int]:
    del viewer  # everybody may know the teams
    slugs = [value for value in values if _is_name("owner", value)]
    return list(Team.objects.filter(slug__in=slugs).values_list("pk", flat=True)) if slugs else ()


def _people(viewer: Viewer, values: Collection[str]) -> Collection[int]:
    del viewer
    addresses = [value for value in values if _is_name("assignee", value)]
    return list(Person.objects.filter(email__in=addresses).values_list("pk", flat=True)) if addresses else ()


def _roots(viewer: Viewer, paths: Collection[str]) -> Collection[int]:
    paths = [path.removeprefix(ALONE) for path in paths]
    return list(
        inventory.visible_to(viewer, Permission.FINDING_READ).filter(path__in=paths).values_list("pk", flat=True)
    )


def _asset(viewer: Viewer, values: tuple[str, ...]) -> Q:
    alone = [value for value in values if value.startswith(ALONE)]
    itself = Q(asset_id__in=_roots(viewer, alone)) if alone else _NOTHING
    roots = _roots(viewer, [value for value in values if value not in alone])
    if not roots:
        return itself
    below = _any(Q(ancestors__contains=[root]) for root in roots)
    seen = inventory.visible_to(viewer, Permission.FINDING_READ).filter(below)
    with_below = Q(asset_id__in=seen.values_list("pk", flat=True))
    return itself | with_below if alone else with_below


def _by_definition(found: QuerySet[Finding], clauses: Iterable[Clause]) -> QuerySet[Finding]:
    """By tool and rule: the definitions are chosen together, then their findings, also where others than these are wanted."""
    definitions = Definition.objects.all()
    for clause in clauses:
        named = Q(tool__in=_tools(clause.values)) if clause.field == "tool" else Q(rule__in=clause.values)
        definitions = definitions.exclude(named) if clause.negated else definitions.filter(named)
    return found.filter(definition__in=_few_or_all(definitions))


def _few_or_all(definitions: QuerySet[Definition]) -> list[int] | QuerySet[Definition, int]:
    """Few are looked up one by one; with many, almost any walk along a list soon meets findings of theirs."""
    ids = list(definitions.values_list("pk", flat=True)[: _FEW_DEFINITIONS + 1])
    return ids if len(ids) <= _FEW_DEFINITIONS else definitions.values_list("pk", flat=True)


def _tools(names: tuple[str, ...]) -> list[str]:
    """The tools of these names in any case, told exactly: only then does the planner know how many definitions they have."""
    named = Scope.objects.filter(_any(Q(tool__iexact=name) for name in names))
    return [*named.values_list("tool", flat=True).distinct().order_by("tool"), *names]


def _one_of(column: str, empty: Q, read: Callable[[str], object]) -> Condition:
    def condition(viewer: Viewer, values: tuple[str, ...]) -> Q:
        del viewer
        known = [read(value) for value in values if value != "none"]
        found = Q(**{f"{column}__in": known}) if known else _NOTHING
        return found if "none" not in values else empty | found if known else empty

    return condition


def _component(viewer: Viewer, values: tuple[str, ...]) -> Q:
    del viewer
    conditions = [Q(component_name="")] if "none" in values else []
    names = [value for value in values if value != "none" and not value.startswith("pkg:")]
    if names:
        conditions.append(Q(component_name__in=names))
    for value in values:
        if value.startswith("pkg:"):
            ecosystem, _, name = value.removeprefix("pkg:").partition("/")
            conditions.append(Q(component_type=ecosystem, component_name=name))
    return conditions[0] if len(conditions) == 1 else _any(conditions)


def _file(viewer: Viewer, values: tuple[str, ...]) -> Q:
    del viewer
    conditions = [_file_named(value) for value in values]
    return conditions[0] if len(conditions) == 1 else _any(conditions)


def _file_named(value: str) -> Q:
    if value == "none":
        return Q(file="")
    return Q(file=value.removeprefix(ALONE)) if value.startswith(ALONE) else Q(file__startswith=value)


def _time(column: str) -> Condition:
    def condition(viewer: Viewer, values: tuple[str, ...]) -> Q:
        del viewer
        now = clock.now()
        conditions = [_within(column, value, now) for value in values]
        return conditions[0] if len(conditions) == 1 else _any(conditions)

    return condition


def _within(column: str, value: str, now: datetime.datetime) -> Q:
    if value == "none":
        return Q(**{f"{column}__isnull": True})
    first, last = dates.bounds(value, now)
    within = Q()
    if first is not None:
        within &= Q(**{f"{column}__gte": first})
    return within & Q(**{f"{column}__lt": last}) if last is not None else within


def _side_of_day(column: str, *, before: bool) -> Condition:
    def condition(viewer: Viewer, values: tuple[str, ...]) -> Q:
        del viewer
        days = [dates.bounds(f"{value}..", clock.now())[0] for value in values]
        return _any(Q(**{f"{column}__{'lt' if before else 'gte'}": day}) for day in days)

    return condition


def _score(viewer: Viewer, values: tuple[str, ...]) -> Q:
    del viewer
    conditions = []
    for value in values:
        if value == "none":
            conditions.append(Q(score__isnull=True))
        elif value[0] in "<>":
            conditions.append(Q(**{f"score__{'lt' if value[0] == '<' else 'gt'}": float(value[1:])}))
        else:
            low, _, high = value.partition("..")
            within = Q(score__gte=float(low)) if low else Q()
            conditions.append(within & Q(score__lte=float(high)) if high else within)
    return conditions[0] if len(conditions) == 1 else _any(conditions)


def _yes_or_no(yes: Q, word: str) -> Condition:
    def condition(viewer: Viewer, values: tuple[str, ...]) -> Q:
        del viewer
        return Q(pk__isnull=False) if len(values) > 1 else yes if values[0] == word else ~yes

    return condition


def _decision(viewer: Viewer, values: tuple[str, ...]) -> Q:
    del viewer
    conditions = []
    if kinds := [DECISIONS[value] for value in values if value in DECISIONS]:
        conditions.append(Q(decision__isnull=False, decision__kind__in=kinds))
    conditions += [Q(decision__isnull=value == "none") for value in values if value in ("any", "none")]
    return conditions[0] if len(conditions) == 1 else _any(conditions)


def _by_text(found: QuerySet[Finding], clause: Clause) -> QuerySet[Finding]:
    """By what the words look like: an id, a weakness, a number; else words in titles, rules and component names."""
    if clause.negated:
        for word in clause.values:
            found = _without_word(found, word)
        return found
    text = " ".join(clause.values)
    if (named := _by_number(text)) is not None:
        return found.filter(named)
    definitions = Definition.objects.all()
    for word in clause.values:
        definitions = definitions.filter(Q(title__icontains=word) | Q(rule__icontains=word))
    return found.filter(Q(definition__in=_few_or_all(definitions)) | Q(component_name=text))


def _without_word(found: QuerySet[Finding], word: str) -> QuerySet[Finding]:
    if (named := _by_number(word)) is not None:
        return found.exclude(named)
    others = Definition.objects.exclude(Q(title__icontains=word) | Q(rule__icontains=word))
    return found.filter(definition__in=_few_or_all(others)).exclude(component_name=word)


def _by_number(text: str) -> Q | None:
    if named := identifiers.ids_in(text):
        return Q(vulnerability_id__in=named)
    if text.isascii() and text.isdecimal() and len(text) < 18:
        return Q(pk=int(text))
    if text.lower().startswith("cwe") and (numbers := cwe.numbers_in(text)):
        return Q(cwe__in=numbers)
    return None


_CONDITIONS: dict[str, Condition] = {
    "owner": _owner,
    "assignee": _assignee,
    "due": _time("due_at"),
    "first_seen": _time("first_seen_at"),
    "resolved": _time("resolved_at"),
    "score": _score,
    "fix": _yes_or_no(~Q(fixed_version=""), "available"),
    "detected": _yes_or_no(Q(detected=True), "yes"),
    "cluster": _yes_or_no(Q(cluster__isnull=False), "yes"),
    "decision": _decision,
    "asset": _asset,
    "vulnerability": _one_of("vulnerability_id", Q(vulnerability_id=""), str),
    "cwe": _one_of("cwe", Q(cwe__isnull=True), int),
    "component": _component,
    "file": _file,
    "id": _one_of("pk", _NOTHING, int),
    "due_before": _side_of_day("due_at", before=True),
    "due_after": _side_of_day("due_at", before=False),
    "seen_before": _side_of_day("first_seen_at", before=True),
    "seen_after": _side_of_day("first_seen_at", before=False),
}
