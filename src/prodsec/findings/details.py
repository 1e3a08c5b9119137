"""What is a finding's own and long, packed: some 64 findings' texts compressed together, which halves the record's size."""

import zlib
from collections.abc import Iterable

import msgspec

from prodsec.scans.types import Observation
from prodsec.vocabulary.places import Step

FINDINGS_A_BLOCK = 64


class Details(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The long texts of one finding. `description`, `remedy` and `references` only where they differ from the definition's."""

    message: str = ""
    description: str = ""
    remedy: str = ""
    references: tuple[str, ...] = ()
    snippet: str = ""
    flow: tuple[Step, ...] = ()
    cvss: tuple[str, ...] = ()
    cwes: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    epss: float | None = None
    severity_text: str = ""
    pointer: str = ""
    justification: str = ""
    purl: str = ""


def pack(blocks: Iterable[Details]) -> bytes:
    """One block, compressed fast: the levels that try harder take three times as long for a tenth of a finding's bytes less."""
    return zlib.compress(msgspec.json.encode(list(blocks)), 2)


_DECODER = msgspec.json.Decoder(list[Details])


def unpack(data: bytes) -> list[Details]:
    """What `pack` was given."""
    return _DECODER.decode(zlib.decompress(data))


def own_details(observation: Observation, definition: "DefinitionText") -> Details:
    """What of an observation its definition does not say."""
    return Details(
        message=observation.message,
        description="" if observation.description == definition.description else observation.description,
        remedy="" if observation.remedy == definition.remedy else observation.remedy,
        references=() if observation.references == definition.references else observation.references,
        snippet=observation.snippet,
        flow=observation.flow,
        cvss=() if observation.cvss == definition.cvss else observation.cvss,
        cwes=() if observation.cwes == definition.cwes else observation.cwes,
        ids=() if observation.ids == definition.ids else observation.ids,
        tags=observation.tags,
        epss=observation.epss,
        severity_text=observation.severity_text,
        pointer=observation.pointer,
        justification=observation.justification,
        purl=observation.component.purl if observation.component else "",
    )


class DefinitionText(msgspec.Struct, frozen=True, gc=False):
    """What is said about a rule or vulnerability as such."""

    title: str
    description: str
    remedy: str
    references: tuple[str, ...]
    ids: tuple[str, ...]
    cwes: tuple[int, ...]
    cvss: tuple[str, ...]


def definition_text(observation: Observation) -> DefinitionText:
    """The part of an observation that its rule would say of every finding."""
    return DefinitionText(
        title=observation.title,
        description=observation.description,
        remedy=observation.remedy,
        references=observation.references,
        ids=observation.ids,
        cwes=observation.cwes,
        cvss=observation.cvss,
    )
