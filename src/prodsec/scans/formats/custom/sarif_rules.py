"""What a SARIF run says of its rules: found by id or index, read once, and shared by all results of the rule."""

import html
import re

import msgspec

from prodsec.scans.formats.custom.sarif_document import (
    DescriptorReference,
    Message,
    Relationship,
    Result,
    Rule,
    RuleProperties,
    Run,
    Tool,
    ToolComponent,
)
from prodsec.scans.formats.custom.sarif_tools import kind_of_tags
from prodsec.vocabulary import cwe, identifiers
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.INFO, "none": Severity.INFO}
_NO_PROPERTIES = RuleProperties()
_NO_RULE = Rule()
_CWE_PAGE = "cwe.mitre.org/data/definitions/"
_VENDOR_ID = re.compile(r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9.:]+)*-\d[A-Za-z0-9.:]*")
_EMPTY_TITLE = re.compile(r"^\w+ (?:OSS )?Finding: |^secretlint rule\(", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")
_TITLE_CHARACTERS = 200


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What all results of one rule share. `title` is empty when only the result's message can tell."""

    rule: str
    title: str = ""
    description: str = ""
    remedy: str = ""
    help_text: str = ""
    references: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    cwes: tuple[int, ...] = ()
    cvss: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    kind: Kind
    score: float | None = None
    severity: Severity | None = None
    severity_text: str = ""
    level: str = ""
    messages: dict[str, Message]


class Rules:
    """The rules of one run. Source: SARIF §3.52.3, the look-up of a rule."""

    def __init__(self, run: Run, usual: Kind) -> None:
        """Index the rules of the driver and the extensions; `usual` is the kind the tool usually reports."""
        tool = run.tool or Tool()
        self._driver = tool.driver or ToolComponent()
        self._extensions = tool.extensions or []
        self._usual = usual
        self._by_id: dict[str, Rule] = {}
        self._by_guid: dict[str, Rule] = {}
        for component in (self._driver, *self._extensions):
            for rule in component.rules or []:
                if rule.id:
                    self._by_id.setdefault(rule.id, rule)
                if rule.guid:
                    self._by_guid.setdefault(rule.guid.lower(), rule)
        self._overrides = _overridden_levels(run)
        self._taxonomies = _Taxonomies(run)
        self._texts = self._driver.global_message_strings or {}
        self._known: dict[tuple[object, ...], RuleFacts] = {}

    def of(self, result: Result) -> RuleFacts:
        """The facts of a result's rule; a rule nobody described still has its id."""
        reference = result.rule
        key: tuple[object, ...] = (result.rule_id, result.rule_index)
        if reference is not None:
            key += (reference.id, reference.guid, reference.index, reference.tool_component)
        facts = self._known.get(key)
        if facts is None:
            facts = self._known[key] = self._read(result)
        return facts

    def kinds(self) -> list[Kind]:
        """The kind of every described rule, for a run that mixes kinds."""
        return [kind_of_tags(_tags(rule.properties or _NO_PROPERTIES), self._usual) for rule in self._by_id.values()]

    def taxa_cwes(self, references: list[DescriptorReference]) -> tuple[int, ...]:
        """The weaknesses among a result's taxa."""
        return self._taxonomies.cwes(references)

    def _find(self, result: Result) -> tuple[str, Rule]:
        reference = result.rule or DescriptorReference()
        rule_id = result.rule_id or reference.id or ""
        index = reference.index if reference.index is not None else result.rule_index
        rules = self._component(reference).rules or []
        if index is not None and 0 <= index < len(rules):
            rule = rules[index]
            if not rule_id or not rule.id or rule_id == rule.id or rule_id.startswith(rule.id + "/"):
                return rule_id or rule.id or "", rule
        described = self._by_guid.get((reference.guid or "").lower())
        if described is not None:
            return rule_id or described.id or "", described
        parent = rule_id
        while parent:
            found = self._by_id.get(parent)
            if found is not None:
                return rule_id, found
            parent = parent.rpartition("/")[0]
        return rule_id, _NO_RULE

    def _component(self, reference: DescriptorReference) -> ToolComponent:
        named = reference.tool_component
        if named is None:
            return self._driver
        if named.index is not None and 0 <= named.index < len(self._extensions):
            return self._extensions[named.index]
        for component in self._extensions:
            if (named.guid and named.guid == component.guid) or (named.name and named.name == component.name):
                return component
        return self._driver

    def _read(self, result: Result) -> RuleFacts:
        rule_id, rule = self._find(result)
        properties = rule.properties or _NO_PROPERTIES
        tags = _tags(properties)
        description = _text(rule.full_description) or _text(rule.short_description)
        help_text = _text(rule.help)
        score, severity, word = severity_of_property(properties.security_severity)
        configured = rule.default_configuration
        cvss = properties.cvss
        return RuleFacts(
            rule=rule_id,
            title=_title(rule, rule_id),
            description=description,
            remedy="" if help_text == description else help_text,
            help_text=rule.help.text or "" if rule.help is not None else "",
            references=(rule.help_uri,) if rule.help_uri else (),
            ids=_ids(rule_id, rule),
            cwes=_cwes(rule, tags, self._taxonomies),
            cvss=(cvss,) if isinstance(cvss, str) and cvss else (),
            tags=tuple(tag for tag in tags if "cwe" not in tag.lower()),
            kind=kind_of_tags(tags, self._usual),
            score=score,
            severity=severity,
            severity_text=word,
            level=self._overrides.get(rule_id) or (configured.level or "" if configured is not None else ""),
            messages={**self._texts, **(rule.message_strings or {})},
        )


class _Taxonomies:
    """The run's taxonomies: which of them is CWE, and its taxa by index. Source: SARIF §3.14.8."""

    def __init__(self, run: Run) -> None:
        self._all = run.taxonomies or []

    def cwes(self, references: list[DescriptorReference]) -> tuple[int, ...]:
        numbers: dict[int, None] = {}
        for reference in references:
            number = self._number(reference)
            if number:
                numbers[number] = None
        return tuple(numbers)

    def _number(self, reference: DescriptorReference) -> int:
        named = reference.tool_component
        taxonomy = ToolComponent(name=named.name, guid=named.guid) if named is not None else ToolComponent()
        for index, candidate in enumerate(self._all):
            if named is not None and (
                named.index == index or (named.guid and named.guid == candidate.guid) or named.name == candidate.name
            ):
                taxonomy = candidate
        taxon = reference.id or ""
        taxa = taxonomy.taxa or []
        if not taxon and reference.index is not None and 0 <= reference.index < len(taxa):
            taxon = taxa[reference.index].id or ""
        is_bare = taxon.isdecimal()
        if is_bare and "cwe" not in (taxonomy.name or "").lower():
            return 0
        numbers = cwe.numbers_in(taxon) if is_bare or "cwe" in taxon.lower() else ()
        return numbers[0] if numbers else 0


def severity_of_property(value: object) -> tuple[float | None, Severity | None, str]:
    """Score, severity and the tool's own word of a `security-severity`: a number by convention, a word in practice."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        text = str(value).strip()
        try:
            score = float(text)
        except ValueError:
            severity = Severity.from_text(text)
            return None, severity if severity is not Severity.UNKNOWN else None, text
        if 0.0 <= score <= 10.0:
            return score, Severity.from_score(score), text
    return None, None, ""


def cwes_of_property(value: object) -> tuple[int, ...]:
    """The weakness numbers in a free property: a text, a number, or a list of either."""
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values if isinstance(item, (str, int)) and not isinstance(item, bool)]
    return tuple(dict.fromkeys(number for text in texts for number in cwe.numbers_in(text)))


def cwes_of_tags(value: object) -> tuple[int, ...]:
    """The weakness numbers in tags; a bare number in a tag is no weakness (`owasp-2021`)."""
    tags = value if isinstance(value, list) else []
    return cwes_of_property([tag for tag in tags if isinstance(tag, str) and "cwe" in tag.lower()])


def _tags(properties: RuleProperties) -> tuple[str, ...]:
    tags = properties.tags
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _cwes(rule: Rule, tags: tuple[str, ...], taxonomies: _Taxonomies) -> tuple[int, ...]:
    properties = rule.properties or _NO_PROPERTIES
    related = [link.target for link in rule.relationships or [] if isinstance(link, Relationship) and link.target]
    numbers = dict.fromkeys(taxonomies.cwes(related))
    numbers.update(dict.fromkeys(cwes_of_tags(list(tags))))
    numbers.update(dict.fromkeys(cwes_of_property(properties.cwe)))
    numbers.update(dict.fromkeys(cwes_of_property(properties.cwes)))
    if not numbers and _CWE_PAGE in (rule.help_uri or ""):
        numbers.update(dict.fromkeys(cwe.numbers_in(rule.help_uri or "")))
    return tuple(numbers)


def _ids(rule_id: str, rule: Rule) -> tuple[str, ...]:
    """The vulnerability ids a rule is named by: by its id first, then by former ids, name and the first words about it.

    An id of a vendor nobody knows is taken as it is when it looks like one (`SNYK-DEBIAN12-PAPER-1`).
    """
    full = _text(rule.full_description).partition("\n")[0]
    texts = (rule_id, *(rule.deprecated_ids or ()), rule.name or "", full if full.startswith("(") else "")
    found = dict.fromkeys(name for text in texts for name in identifiers.ids_in(text))
    if not identifiers.ids_in(rule_id) and _VENDOR_ID.fullmatch(rule_id):
        found = {rule_id.upper(): None, **found}
    return tuple(found)


def _text(message: Message | None) -> str:
    """Markdown where the tool gives it, else plain text; entities that some tools escape are undone."""
    if message is None:
        return ""
    text = (message.markdown or message.text or "").strip()
    return html.unescape(text) if "&" in text else text


def _title(rule: Rule, rule_id: str) -> str:
    """One line that names the rule for a person; empty when it has no better name than its id."""
    short = _first_line(_text(rule.short_description))
    if short and not _EMPTY_TITLE.match(short) and short not in {rule_id, rule.name}:
        return short
    name = (rule.name or "").strip()
    if name and name not in {rule_id, rule.id} and not name.startswith(rule_id):
        words = name if " " in name else _CAMEL.sub(" ", name).strip()
        return _first_line(words[:1].upper() + words[1:])
    return _first_line(_text(rule.full_description))


def _first_line(text: str) -> str:
    line = text.lstrip().partition("\n")[0].strip()
    if len(line) > _TITLE_CHARACTERS:
        sentence = line.partition(". ")[0]
        line = sentence if len(sentence) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1].rstrip() + "…"
    return line


def _overridden_levels(run: Run) -> dict[str, str]:
    """Levels set when the tool was started. Source: SARIF §3.20.5."""
    levels: dict[str, str] = {}
    driver = run.tool.driver if run.tool is not None else None
    rules = driver.rules or [] if driver is not None else []
    for invocation in run.invocations or []:
        for override in invocation.rule_configuration_overrides or []:
            descriptor, configuration = override.descriptor, override.configuration
            if descriptor is None or configuration is None or not configuration.level:
                continue
            rule_id = descriptor.id
            if rule_id is None and descriptor.index is not None and 0 <= descriptor.index < len(rules):
                rule_id = rules[descriptor.index].id
            if rule_id:
                levels[rule_id] = configuration.level
    return levels
