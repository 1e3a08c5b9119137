"""The bar above the list: what is narrowed by, quick choices, what was not understood, and the same as a call of the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from prodsec.accounts.types import Viewer
from prodsec.findings import queries
from prodsec.findings.rules.filtering import addresses, tokens
from prodsec.findings.rules.filtering.addresses import Ignored, Reading
from prodsec.findings.rules.filtering.clauses import Clause, Filters
from prodsec.findings.rules.filtering.fields import Group
from prodsec.findings.web import filter_words, list_page

# What a list's address carries besides the question, and every link on the page keeps.
_KEPT = ("view",)
_MOST_TRIED = 4


class Named(Protocol):
    """A team or person."""

    pk: int


@dataclass(frozen=True)
class Option:
    """One value of a quick choice."""

    value: str
    label: str | Promise
    is_chosen: bool


@dataclass(frozen=True)
class Choice:
    """A quick choice; `is_many` ones are boxes to tick, others a list to pick one from."""

    name: str
    label: Promise
    options: tuple[Option, ...]
    is_many: bool = True

    @property
    def chosen(self) -> int:
        """How many values are chosen."""
        return sum(option.is_chosen for option in self.options)


@dataclass(frozen=True)
class Chip:
    """A clause in words, as it would be typed, and the address without it."""

    label: str
    token: str
    without: str


@dataclass(frozen=True)
class FilterBar:
    """The bar. `typed` is what could not be read and stays to be mended; `kept` are fields that a form carries along."""

    chips: tuple[Chip, ...]
    choices: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...]
    groups: tuple[Option, ...]
    typed: str
    wrong: tuple[Ignored, ...]
    api_call: str


def reading_of(given: QueryDict) -> Reading:
    """What an address asks, and what of it is not understood."""
    return addresses.read({name: values for name, values in given.lists() if name not in list_page.PAGE_ONLY})


def address(filters: Filters, given: QueryDict, **more: str) -> str:
    """The address of a list that asks this, with what links carry along."""
    rest = urlencode([*_carried(given), *more.items()])
    return "?" + "&".join(part for part in (addresses.written(filters), rest) if part)


def bar(request: HttpRequest, reading: Reading, teams: Sequence[Named], people: Sequence[Named]) -> FilterBar:
    """The bar of a list. Cost: no query."""
    given, filters = request.GET, reading.filters
    chips = tuple(_chips(given, filters, _names(teams, people)))
    wrong = reading.ignored if not given.get("view") else ()
    choices = tuple(_choices(filters, teams))
    return FilterBar(
        chips=chips,
        choices=choices,
        kept=tuple(_kept(given, filters)),
        groups=tuple(Option(value, filter_words.GROUPS[value], filters.group == value) for value in Group),
        typed=" ".join(one.token for one in wrong) if given.get("q") else "",
        wrong=wrong,
        api_call=_api_call(request, filters),
    )


def told(clause: Clause) -> str:
    """A clause as it would be typed."""
    return tokens.clause_text(clause)


def ways_out(viewer: Viewer, filters: Filters, chips: Sequence[Chip]) -> list[Chip]:
    """The chips without which an empty list would show something, tried for the first 4. Cost: 1 query, and to look names up."""
    tried = filters.clauses[:_MOST_TRIED]
    shown = queries.which_show(viewer, [_minus(filters, clause) for clause in tried])
    return [chip for chip, shows in zip(chips, shown, strict=False) if shows]


def _names(teams: Iterable[Named], people: Iterable[Named]) -> dict[str, dict[str, str]]:
    return {
        "owner": {key: str(getattr(team, "name", "")) for team in teams for key in (str(team.pk), str(getattr(team, "slug", "")))},
        "assignee": {key: str(person) for person in people for key in (str(person.pk), str(getattr(person, "email", "")))},
    }  # fmt: skip


def _chips(given: QueryDict, filters: Filters, names: Mapping[str, Mapping[str, str]]) -> Iterable[Chip]:
    for clause in filters.clauses:
        label = filter_words.clause_label(clause, names.get(clause.field, {}))
        yield Chip(label, tokens.clause_text(clause), address(_minus(filters, clause), given))


def _minus(filters: Filters, clause: Clause) -> Filters:
    return replace(filters, clauses=tuple(one for one in filters.clauses if one != clause))


def _choices(filters: Filters, teams: Iterable[Named]) -> Iterable[Choice]:
    for name, label, known in (
        ("severity", gettext_lazy("Severity"), list_page.SEVERITIES),
        ("state", gettext_lazy("State"), list_page.STATES),
    ):
        chosen = filters.values(name)
        yield Choice(name, label, tuple(Option(value, word, value in chosen) for value, word in known.items()))
    owners: dict[str, str | Promise] = {"mine": gettext_lazy("my teams"), "none": gettext_lazy("unowned")}
    owners |= {str(getattr(team, "slug", team.pk)): str(getattr(team, "name", team)) for team in teams}
    yield _one_of("owner", gettext_lazy("Owner"), gettext_lazy("any owner"), owners, filters)
    yield _one_of("due", gettext_lazy("Due"), gettext_lazy("due any time"), list_page.DUE, filters)


def _one_of(name: str, label: Promise, any_of: Promise, known: Mapping[str, str | Promise], filters: Filters) -> Choice:
    """A list to pick one from; a choice that it does not offer is shown as one more."""
    chosen = ",".join(filters.values(name))
    options = [Option("", any_of, not chosen), *(Option(value, word, value == chosen) for value, word in known.items())]
    if chosen and chosen not in known:
        told = ", ".join(filter_words.value_label(name, value, {}) for value in filters.values(name))
        options.append(Option(chosen, told[:60], is_chosen=True))
    return Choice(name, label, tuple(options), is_many=False)


def _kept(given: QueryDict, filters: Filters) -> Iterable[tuple[str, str]]:
    """What a form has to carry: every clause that no quick choice stands for."""
    shown = ("severity", "state", "owner", "due")
    asked = replace(filters, clauses=tuple(one for one in filters.clauses if one.negated or one.field not in shown))
    yield from ((name, value) for name, value in addresses.params_of(asked) if name != "group")
    yield from _carried(given)


def _carried(given: QueryDict) -> list[tuple[str, str]]:
    return [(name, str(given[name])) for name in _KEPT if given.get(name)]


def _api_call(request: HttpRequest, filters: Filters) -> str:
    """The same list from the API. A shell takes nothing in it for its own: what could be is percent-encoded."""
    where = "/api/v1/findings/groups" if filters.group else "/api/v1/findings"
    query = addresses.written(filters)
    called = request.build_absolute_uri(f"{where}?{query}" if query else where)
    return f'curl -H "Authorization: Bearer $PRODSEC_TOKEN" "{called}"'
