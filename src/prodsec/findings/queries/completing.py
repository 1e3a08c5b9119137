"""What may follow while somebody types a filter: fields, their words, and names that occur among what the viewer sees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Permission, Viewer
from prodsec.findings.models import Definition, Finding
from prodsec.findings.queries.listing import visible
from prodsec.findings.rules.filtering import tokens
from prodsec.findings.rules.filtering.fields import FIELDS, Field, named
from prodsec.inventory import queries as inventory
from prodsec.scans.models import Scope

MOST = 12
_SIGNS, _LOOKED_AT, _LONGEST = (":", "<", ">", "="), 200, 200


@dataclass(frozen=True)
class Completion:
    """A token, or the beginning of one (it ends with a colon); `field` names what it is about, `label` tells a name's owner."""

    token: str
    field: str
    label: str = ""


def completions(viewer: Viewer, typed: str) -> list[Completion]:
    """What the word at the caret may become, at most 12. Cost: up to 2 queries along an index, 13 for components and ids."""
    typed = typed[:_LONGEST].replace("\x00", "")
    minus = "-" if typed.startswith("-") else ""
    word = typed.removeprefix("-")
    at = next((at for at, sign in enumerate(word) if sign in _SIGNS), None)
    if at is None:
        return list(_fields(minus, word.lower().replace("-", "_")))[:MOST]
    field = named(word[:at])
    if field is None:
        return []
    before, _, last = word[at + 1 :].rpartition(",")
    kept = f"{minus}{word[:at]}{word[at]}{before}{',' if before else ''}"
    found = [*_words(field, last.strip('"')), *_names(viewer, field, last.strip('"'))]
    return [Completion(kept + tokens.value_text(value), field.name, label) for value, label in found][:MOST]


def _fields(minus: str, begun: str) -> Iterator[Completion]:
    """Fields by name, then those with a word that begins so."""
    shown = [field for field in FIELDS if not field.replaced_by and field.name != "text"]
    for field in shown:
        if field.name.startswith(begun) or any(alias.startswith(begun) for alias in field.aliases):
            yield Completion(f"{minus}{tokens.name_of(field.name)}:", field.name)
    if len(begun) < 2:
        return
    for field in shown:
        for word in field.words:
            if word.startswith(begun):
                yield Completion(f"{minus}{tokens.name_of(field.name)}:{word}", field.name)


def _words(field: Field, begun: str) -> Iterator[tuple[str, str]]:
    for word in field.words:
        if word.startswith(begun.lower()):
            yield word, ""


def _names(viewer: Viewer, field: Field, begun: str) -> Iterator[tuple[str, str]]:
    lookup = _LOOKUPS.get(field.name)
    return lookup(viewer, begun) if lookup else iter(())


def _teams(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    for team in accounts.teams(viewer).filter(Q(name__icontains=begun) | Q(slug__icontains=begun))[:MOST]:
        yield team.slug, team.name


def _people(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    found = accounts.people(viewer).prefetch_related(None).filter(is_active=True)
    for person in found.filter(Q(name__icontains=begun) | Q(email__icontains=begun))[:MOST]:
        yield person.email, str(person)


def _assets(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    seen = inventory.visible_to(viewer, Permission.FINDING_READ)
    for path in seen.filter(path__icontains=begun).order_by("path").values_list("path", flat=True)[:MOST]:
        yield path, ""


def _tools(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    scopes = Scope.objects.filter(tool__icontains=begun)
    if not inventory.sees_all(viewer, Permission.FINDING_READ):
        scopes = scopes.filter(asset__in=inventory.visible_to(viewer, Permission.FINDING_READ))
    for tool in scopes.order_by("tool").values_list("tool", flat=True).distinct()[:MOST]:
        yield tool, ""


def _rules(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    """Of the first 200 rules that have this in their name, those with a finding that the viewer sees."""
    if not begun:
        return
    ids = list(
        Definition.objects.filter(rule__icontains=begun).order_by("pk").values_list("pk", flat=True)[:_LOOKED_AT]
    )
    seen: QuerySet[Finding] = visible(viewer).filter(definition=OuterRef("pk"))
    found = Definition.objects.filter(pk__in=ids).filter(Exists(seen)).order_by("rule").values_list("rule", "title")
    for rule, title in found[:MOST]:
        yield rule, title if title != rule else ""


def _components(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    return ((name, "") for name in _along_index(viewer, "component_name", begun))


def _vulnerabilities(viewer: Viewer, begun: str) -> Iterator[tuple[str, str]]:
    return ((name, "") for name in _along_index(viewer, "vulnerability_id", begun.upper()))


def _along_index(viewer: Viewer, column: str, begun: str) -> Iterator[str]:
    """The values of a column that begin so, a step along its index for each, so that the number of findings does not matter."""
    if not begun:
        return
    after = begun
    for number in range(MOST):
        later = {f"{column}__{'gt' if number else 'gte'}": after, f"{column}__lt": begun + chr(0x10FFFF)}
        value = visible(viewer).filter(**later).order_by(column).values_list(column, flat=True).first()
        if value is None:
            return
        yield value
        after = value


_LOOKUPS: dict[str, Callable[[Viewer, str], Iterator[tuple[str, str]]]] = {
    "owner": _teams,
    "assignee": _people,
    "asset": _assets,
    "tool": _tools,
    "rule": _rules,
    "component": _components,
    "vulnerability": _vulnerabilities,
}
