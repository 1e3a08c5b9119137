"""One SARIF result becomes observations, one for each place it names."""

import datetime
import re
from collections.abc import Iterator

import msgspec

from prodsec.scans.formats.custom.instants import instant
from prodsec.scans.formats.custom.packages import component
from prodsec.scans.formats.custom.sarif_document import (
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    Result,
    ResultProperties,
    Run,
    Suppression,
    ThreadFlowLocation,
)
from prodsec.scans.formats.custom.sarif_packages import image_of, package_of
from prodsec.scans.formats.custom.sarif_rules import (
    LEVELS,
    RuleFacts,
    Rules,
    cwes_of_property,
    cwes_of_tags,
    severity_of_property,
)
from prodsec.scans.formats.custom.sarif_tools import stable_fingerprint
from prodsec.scans.formats.custom.sarif_uris import Paths
from prodsec.scans.formats.remarks import Remarks
from prodsec.scans.types import Observation, Status
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place, Step
from prodsec.vocabulary.severity import Severity

_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_KINDS = ("pass", "open", "informational", "notApplicable", "review", "fail")
_NO_FINDING = frozenset({"pass", "notApplicable"})
_NO_PROPERTIES = ResultProperties()
_NO_PHYSICAL = PhysicalLocation()
_NO_REGION = Region()
_NO_PLACE = Place()


class Results:
    """Reads the results of one run against its rules and addresses."""

    def __init__(self, run: Run, rules: Rules, image: str, remarks: Remarks) -> None:
        """`image` is the container image the run is about, if any."""
        self._remarks = remarks
        self._rules = rules
        self._paths = Paths(run)
        self._image = image
        driver = run.tool.driver if run.tool is not None else None
        is_snyk = driver is not None and (driver.name or "").lower().startswith("snyk")
        self._levels = {**LEVELS, "note": Severity.LOW} if is_snyk else LEVELS  # Snyk's three levels are high to low
        self._logical = run.logical_locations or []
        self._flows = run.thread_flow_locations or []

    def read(self, result: Result, pointer: str) -> Iterator[Observation]:
        """The observations of one result: none if the rule was kept or the finding is gone since the baseline.

        Order: of the result's locations. Each location is a place of its own to fix, so no fingerprint is shared.
        Raises: msgspec.ValidationError for a result that says nothing.
        """
        if result.kind in _NO_FINDING or result.baseline_state == "absent":
            return
        facts = self._rules.of(result)
        message = _message(result.message, facts)
        if not facts.rule and not message:
            raise msgspec.ValidationError("the result names no rule and has no message")
        if not message:
            self._remarks.note("SARIF §3.27.11: a result has a message", pointer)
        if result.level is not None and result.level not in LEVELS:
            self._remarks.note(f"SARIF §3.27.10: a level is one of {', '.join(LEVELS)}", pointer)
        if result.kind is not None and result.kind not in _KINDS:
            self._remarks.note(f"SARIF §3.27.9: a kind is one of {', '.join(_KINDS)}", pointer)
        locations = result.locations or []
        if len(locations) <= 1:
            yield self._observation(result, facts, message, locations[0] if locations else None, pointer)
            return
        seen: set[Place] = set()
        for index, location in enumerate(locations):
            place = self._place(result, location)
            if place not in seen:
                seen.add(place)
                yield self._observation(result, facts, message, location, f"{pointer}/locations/{index}")

    def _observation(
        self, result: Result, facts: RuleFacts, message: str, location: Location | None, pointer: str
    ) -> Observation:
        properties = result.properties or _NO_PROPERTIES
        severity, word, score = _severity(result, facts, properties, self._levels)
        status, justification = _status(result.suppressions)
        kind = facts.kind
        snippet, secret = _snippet(location), ""
        if kind is Kind.SECRET:
            message, snippet, secret = _kept_apart(message, snippet)
        observation = Observation(
            kind=kind,
            rule=facts.rule or "unnamed",
            title=facts.title or _title(message, facts),
            pointer=pointer,
            severity=severity,
            severity_text=word,
            score=score,
            description=facts.description,
            message=message,
            remedy=_remedy(result, facts),
            references=_references(result, facts),
            cwes=self._cwes(result, facts, properties),
            cvss=facts.cvss,
            place=self._place(result, location),
            snippet=snippet,
            flow=self._flow(result) if result.code_flows or result.stacks else (),
            fingerprint=_fingerprint(result),
            secret=secret,
            status=status,
            justification=justification,
            first_seen_at=_first_seen(result),
            tags=facts.tags,
        )
        if kind in {Kind.DEPENDENCY, Kind.CONTAINER}:
            return _with_package(observation, facts, location)
        return observation

    def _place(self, result: Result, location: Location | None) -> Place:
        if location is None:
            return Place(image=self._image) if self._image else _NO_PLACE
        physical = location.physical_location or _NO_PHYSICAL
        region = physical.region or physical.context_region or _NO_REGION
        path = self._paths.of(physical.artifact_location)
        is_web = path.startswith(("http://", "https://"))
        request = result.web_request
        return Place(
            file="" if is_web else path,
            url=path if is_web else "",
            method=request.method or "" if request is not None else "",
            line=region.start_line,
            end_line=region.end_line,
            column=region.start_column,
            end_column=region.end_column,
            function=self._function(location.logical_locations),
            image=self._image or (image_of(location) if location.logical_locations else ""),
            commit=_commit(result),
        )

    def _function(self, named: list[LogicalLocation] | None) -> str:
        for logical in named or ():
            index = logical.index
            if logical.fully_qualified_name is None and index is not None and 0 <= index < len(self._logical):
                logical = self._logical[index]  # noqa: PLW2901 - the result only points at the run's entry
            name = logical.fully_qualified_name or self._qualified(logical)
            if name and not name.startswith("pkg:") and "@sha256:" not in name:
                return name
        return ""

    def _qualified(self, logical: LogicalLocation) -> str:
        """The names of what a function stands in, outermost first, where a tool gives them one by one."""
        names, seen = [logical.name or ""], set[int]()
        while logical.parent_index is not None and 0 <= logical.parent_index < len(self._logical):
            if logical.parent_index in seen:
                break
            seen.add(logical.parent_index)
            logical = self._logical[logical.parent_index]
            if logical.fully_qualified_name:
                return ".".join((logical.fully_qualified_name, *reversed(names)))
            names.append(logical.name or "")
        return ".".join(name for name in reversed(names) if name)

    def _flow(self, result: Result) -> tuple[Step, ...]:
        """The first code flow; without one, the first call stack from its outermost frame on."""
        for code_flow in (result.code_flows or ())[:1]:
            passed = [one for thread in code_flow.thread_flows or () for one in thread.locations or ()]
            return tuple(self._step(self._passed(one).location) for one in passed)
        for stack in (result.stacks or ())[:1]:
            return tuple(self._step(frame.location) for frame in reversed(stack.frames or []))
        return ()

    def _passed(self, passed: ThreadFlowLocation) -> ThreadFlowLocation:
        index = passed.index
        known = passed.location is None and index is not None and 0 <= index < len(self._flows)
        return self._flows[index] if known and index is not None else passed

    def _step(self, location: Location | None) -> Step:
        location = location or Location()
        physical = location.physical_location or _NO_PHYSICAL
        region = physical.region or _NO_REGION
        text = (location.message and location.message.text) or (region.snippet and region.snippet.text)
        text = text or self._function(location.logical_locations)
        return Step(file=self._paths.of(physical.artifact_location), line=region.start_line, text=(text or "").strip())

    def _cwes(self, result: Result, facts: RuleFacts, properties: ResultProperties) -> tuple[int, ...]:
        if result.taxa is None and properties.cwe is None and properties.tags is None:
            return facts.cwes
        own = self._rules.taxa_cwes(result.taxa or [])
        return tuple(
            dict.fromkeys((*own, *cwes_of_property(properties.cwe), *cwes_of_tags(properties.tags), *facts.cwes))
        )


def _severity(
    result: Result, facts: RuleFacts, properties: ResultProperties, levels: dict[str, Severity]
) -> tuple[Severity, str, float | None]:
    """The result's own words come first, then the rule's score, then the level. Source: SARIF §3.27.10."""
    if properties is not _NO_PROPERTIES:
        score, severity, word = severity_of_property(properties.security_severity)
        if severity is not None:
            return severity, word, score
        for value in (properties.issue_severity, properties.severity, properties.zizmor_severity):
            if isinstance(value, str):
                severity = Severity.from_text(value)
                if severity is not Severity.UNKNOWN:
                    return severity, value, facts.score
    if facts.severity is not None:
        return facts.severity, facts.severity_text, facts.score
    kind = result.kind or "fail"
    level = result.level or (facts.level or "warning" if kind == "fail" else "none")
    return levels.get(level) or Severity.from_text(level), level, facts.score


def _message(message: Message | None, facts: RuleFacts) -> str:
    """The words of a message: its own, or the rule's by id, with the arguments put in. Source: SARIF §3.11.

    A tool may give text and arguments at once; then the text already holds them.
    """
    if message is None:
        return ""
    text = message.text or message.markdown
    if text is None:
        stored = facts.messages.get(message.id or "default")
        text = (stored.text or stored.markdown or "") if stored is not None else ""
    arguments = message.arguments
    if arguments and "{" in text:
        text = _PLACEHOLDER.sub(
            lambda found: str(arguments[int(found[1])]) if int(found[1]) < len(arguments) else found[0], text
        )
    return text.strip()


def _title(message: str, facts: RuleFacts) -> str:
    line = message.partition("\n")[0].strip()
    return line[:200] or facts.rule or "Finding without a name"


def _fingerprint(result: Result) -> str:
    """The tool's own, unless the result names several places, which would share it."""
    if result.locations is not None and len(result.locations) > 1:
        return ""
    return stable_fingerprint(result.fingerprints, result.partial_fingerprints)


def _first_seen(result: Result) -> datetime.datetime | None:
    return instant(result.provenance.first_detection_time_utc) if result.provenance is not None else None


def _kept_apart(message: str, snippet: str) -> tuple[str, str, str]:
    """Message, snippet and secret: a secret scanner's snippet is the secret, which no text may repeat."""
    return (message.replace(snippet, "***") if snippet else message), "", snippet


def _snippet(location: Location | None) -> str:
    physical = location.physical_location if location is not None else None
    if physical is None:
        return ""
    for region in (physical.region, physical.context_region):
        if region is not None and region.snippet is not None and region.snippet.text:
            return region.snippet.text
    return ""


def _status(suppressions: list[Suppression] | None) -> tuple[Status, str]:
    """Suppressed when there is a suppression and all of them are accepted. Source: SARIF §3.27.23 and §3.35.3."""
    if not suppressions:
        return Status.OPEN, ""
    words = [suppression.justification.strip() for suppression in suppressions if suppression.justification]
    if all((suppression.status or "accepted") == "accepted" for suppression in suppressions):
        where = "in the source" if suppressions[0].kind == "inSource" else "outside the source"
        return Status.SUPPRESSED, "\n".join(words) or f"Suppressed {where}."
    return Status.OPEN, "\n".join(words)


def _remedy(result: Result, facts: RuleFacts) -> str:
    for fix in result.fixes or ():
        if fix.description is not None and fix.description.text:
            return fix.description.text.strip() + (f"\n\n{facts.remedy}" if facts.remedy else "")
    return facts.remedy


def _references(result: Result, facts: RuleFacts) -> tuple[str, ...]:
    if result.hosted_viewer_uri is None and result.work_item_uris is None:
        return facts.references
    own = (result.hosted_viewer_uri or "", *(result.work_item_uris or ()))
    return tuple(dict.fromkeys(address for address in (*facts.references, *own) if address))


def _commit(result: Result) -> str:
    commit = (result.partial_fingerprints or {}).get("commitSha")
    return commit if isinstance(commit, str) else ""


def _with_package(observation: Observation, facts: RuleFacts, location: Location | None) -> Observation:
    """The observation of a dependency scanner, with the vulnerability's ids and the package its texts name."""
    package = package_of(facts, observation.message, location)
    ids, rule = facts.ids, observation.rule
    if ids:  # Grype puts the package behind the id; what stands before it is the id as published
        rule = rule[: len(ids[0])] if rule.upper().startswith(ids[0]) else ids[0]
    place = msgspec.structs.replace(observation.place, function="")
    if package is None:
        return msgspec.structs.replace(observation, rule=rule, ids=ids, place=place)
    fixed = tuple(version for version in re.split(r",\s*", package.fixed) if version)
    return msgspec.structs.replace(
        observation,
        rule=rule,
        ids=ids,
        remedy=f"Upgrade {package.name} to {' or '.join(fixed)}." if fixed else "",
        component=component(
            name=package.name, version=package.version, ecosystem=package.ecosystem, purl=package.purl, fixed=fixed
        ),
        place=place,
    )
