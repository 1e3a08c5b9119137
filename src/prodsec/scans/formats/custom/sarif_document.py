"""SARIF 2.1.0 as typed structs: only what a finding is made of. Members that tools often write wrongly are left loose.

Source: OASIS SARIF 2.1.0, sections named at each struct.
"""

from typing import Any

import msgspec

Loose = Any  # a member that tools fill with whatever they like; narrowed where it is used


class Message(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.11 and §3.12, a message of a result or a text of a rule."""

    text: str | None = None
    markdown: str | None = None
    id: str | None = None
    arguments: list[Loose] | None = None


class ArtifactLocation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.4."""

    uri: str | None = None
    uri_base_id: str | None = None
    index: int | None = None


class Snippet(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.3, an artifactContent."""

    text: str | None = None


class Region(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.30."""

    start_line: int | None = None
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    snippet: Snippet | None = None


class PhysicalLocation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.29."""

    artifact_location: ArtifactLocation | None = None
    region: Region | None = None
    context_region: Region | None = None


class LogicalLocation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.33; `index` and `parent_index` point into `run.logicalLocations`."""

    name: str | None = None
    parent_index: int | None = None
    fully_qualified_name: str | None = None
    kind: str | None = None
    index: int | None = None


class Location(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.28."""

    physical_location: PhysicalLocation | None = None
    logical_locations: list[LogicalLocation] | None = None
    message: Message | None = None
    properties: Loose = None


class ToolComponentReference(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.54."""

    name: str | None = None
    guid: str | None = None
    index: int | None = None


class DescriptorReference(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.52; names a rule or a taxon."""

    id: str | None = None
    guid: str | None = None
    index: int | None = None
    tool_component: ToolComponentReference | None = None


class ThreadFlowLocation(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.38; `index` points into `run.threadFlowLocations`."""

    location: Location | None = None
    index: int | None = None


class ThreadFlow(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.37."""

    locations: list[ThreadFlowLocation] | None = None


class CodeFlow(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.36."""

    thread_flows: list[ThreadFlow] | None = None


class StackFrame(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.45."""

    location: Location | None = None


class Stack(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.44."""

    frames: list[StackFrame] | None = None


class Suppression(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.35."""

    kind: str | None = None
    status: str | None = None
    justification: str | None = None


class Fix(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.55."""

    description: Message | None = None


class Provenance(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.48."""

    first_detection_time_utc: str | None = None


class WebRequest(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.46."""

    method: str | None = None
    target: str | None = None


class ResultProperties(msgspec.Struct, frozen=True, gc=False):
    """The free property bag of a result: the names real tools use."""

    security_severity: Loose = msgspec.field(name="security-severity", default=None)
    severity: Loose = None
    issue_severity: Loose = None
    zizmor_severity: Loose = msgspec.field(name="zizmor/severity", default=None)
    cwe: Loose = None
    tags: Loose = None


class Result(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One result, a row of the report. Source: §3.27."""

    rule_id: str | None = None
    rule_index: int | None = None
    rule: DescriptorReference | None = None
    kind: str | None = None
    level: str | None = None
    message: Message | None = None
    locations: list[Location] | None = None
    partial_fingerprints: dict[str, Loose] | None = None
    fingerprints: dict[str, Loose] | None = None
    suppressions: list[Suppression] | None = None
    baseline_state: str | None = None
    code_flows: list[CodeFlow] | None = None
    stacks: list[Stack] | None = None
    taxa: list[DescriptorReference] | None = None
    fixes: list[Fix] | None = None
    provenance: Provenance | None = None
    web_request: WebRequest | None = None
    hosted_viewer_uri: str | None = None
    work_item_uris: list[str] | None = None
    properties: ResultProperties | None = None


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.50."""

    enabled: bool | None = None
    level: str | None = None


class Relationship(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.53."""

    target: DescriptorReference | None = None


class RuleProperties(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The free property bag of a rule: the names real tools use."""

    security_severity: Loose = msgspec.field(name="security-severity", default=None)
    tags: Loose = None
    cwe: Loose = None
    cwes: Loose = None
    cvss: Loose = msgspec.field(name="cvssv3_vector", default=None)
    purls: Loose = None
    fixed_version: Loose = None


class Rule(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.49, a reportingDescriptor."""

    id: str | None = None
    guid: str | None = None
    name: str | None = None
    short_description: Message | None = None
    full_description: Message | None = None
    help: Message | None = None
    help_uri: str | None = None
    deprecated_ids: list[str] | None = None
    message_strings: dict[str, Message] | None = None
    default_configuration: Configuration | None = None
    relationships: list[Relationship] | None = None
    properties: RuleProperties | None = None


class ToolComponent(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.19."""

    name: str | None = None
    guid: str | None = None
    full_name: str | None = None
    version: str | None = None
    semantic_version: str | None = None
    rules: list[Rule] | None = None
    taxa: list[Rule] | None = None
    global_message_strings: dict[str, Message] | None = None


class Tool(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.18."""

    driver: ToolComponent | None = None
    extensions: list[ToolComponent] | None = None


class ConfigurationOverride(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.51."""

    configuration: Configuration | None = None
    descriptor: DescriptorReference | None = None


class Notification(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.58."""

    level: str | None = None
    message: Message | None = None


class Invocation(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Source: §3.20."""

    execution_successful: bool | None = None
    start_time_utc: str | None = None
    end_time_utc: str | None = None
    exit_code_description: str | None = None
    exit_signal_name: str | None = None
    process_start_failure_message: str | None = None
    working_directory: ArtifactLocation | None = None
    rule_configuration_overrides: list[ConfigurationOverride] | None = None
    tool_execution_notifications: list[Notification] | None = None


class Artifact(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.24."""

    location: ArtifactLocation | None = None


class AutomationDetails(msgspec.Struct, frozen=True, gc=False):
    """Source: §3.17."""

    id: str | None = None


class RunProperties(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The free property bag of a run: the names real tools use."""

    image_name: Loose = None
    source_language: Loose = msgspec.field(name="semmle.sourceLanguage", default=None)


class Run(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One run of one tool without its results. Source: §3.14."""

    tool: Tool | None = None
    artifacts: list[Artifact] | None = None
    logical_locations: list[LogicalLocation] | None = None
    thread_flow_locations: list[ThreadFlowLocation] | None = None
    invocations: list[Invocation] | None = None
    taxonomies: list[ToolComponent] | None = None
    original_uri_base_ids: dict[str, ArtifactLocation] | None = None
    automation_details: AutomationDetails | None = None
    external_property_file_references: Loose = None
    properties: RunProperties | None = None


class Document(msgspec.Struct, frozen=True, gc=False):
    """The report without its results; each run is read on its own. Source: §3.13."""

    runs: list[Loose]
