"""Formats over the API: list, look, try on a sample, save and share."""

import base64
import binascii
import datetime

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission
from prodsec.kit.errors import InvalidError
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.formats import apart
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.trial import Trial
from prodsec.scans.types import FormatSummary

router = Router(tags=["formats"])


class FormatOut(Schema):
    """A format. `origin`: built-in, package, folder (PRODSEC_HOME/formats) or shared; `version` reads reports, if one does."""

    id: str
    title: str
    tool: str
    kind: str
    origin: str
    state: str
    version: str
    newest: int | None
    replaces: str


class FormatList(Schema):
    """All formats, and why others of this installation cannot be used."""

    items: list[FormatOut]
    problems: list[str]


class FormatVersionOut(Schema):
    """A version of a shared format."""

    version: int
    is_active: bool
    spec: str
    note: str
    by: str
    created_at: datetime.datetime


class FormatWhole(FormatOut):
    """A format with its spec (empty where the reader is code) and, for a shared one, its versions, newest first."""

    spec: str
    versions: list[FormatVersionOut]


class FormatTry(Schema):
    """A spec and a sample, as text or, packed or binary, in base64."""

    spec: str
    sample: str = ""
    sample_base64: str = ""
    file_name: str = "sample"


class TriedSeverities(Schema):
    """How many rows of each severity."""

    critical: int
    high: int
    medium: int
    low: int
    info: int
    unknown: int


class TriedRowOut(Schema):
    """A row as it was read."""

    place: str
    severity: str
    title: str
    facts: dict[str, str]


class TriedReject(Schema):
    """A row that could not be read."""

    place: str
    reason: str


class TriedWord(Schema):
    """A word of the tool for a severity, and what it was read as."""

    word: str
    count: int
    severity: str


class FormatRival(Schema):
    """Another format that takes the same: this sample, or (`always`) every report of its own fits this spec too."""

    id: str
    title: str
    wins: bool
    always: bool


class FormatTrial(Schema):
    """What a spec reads out of a sample; `told_as` is the format that the sample would be taken for."""

    format: str
    tool: str
    tool_version: str
    target: str
    kind: str
    count: int
    severities: TriedSeverities
    words: list[TriedWord]
    rows: list[TriedRowOut]
    rejected: list[TriedReject]
    rejected_count: int
    told_as: str
    rivals: list[FormatRival]


class FormatAdd(Schema):
    """A spec to save. `based_on` is the newest version you saw (0: none); a draft reads nothing until a version is put to use."""

    spec: str
    based_on: int | None = Field(None, ge=0, le=2_000_000_000)
    draft: bool = False
    note: str = ""


class FormatSaved(Schema):
    """What was saved, and whether it reads reports now."""

    id: str
    version: int
    is_active: bool


class FormatUse(Schema):
    """A version to put to use."""

    version: int = Field(ge=1, le=2_000_000_000)


@router.get("", response=FormatList, summary="List formats")
def list_formats(request: HttpRequest) -> FormatList:
    """Every format that reads reports here, the installation's own first."""
    found, faults = queries.formats_and_faults(viewer_asking(request))
    return FormatList(items=[_out(one) for one in found], problems=list(faults))


@router.post("/test", response=FormatTrial, summary="Try a spec on a sample")
def test_format(request: HttpRequest, wish: FormatTry) -> Trial:
    """Read a sample by a spec, save nothing: counts, the first rows, all rejected rows, and what it would be told as."""
    accounts.require(viewer_asking(request), Permission.FORMAT_MANAGE)
    try:
        sample = base64.b64decode(wish.sample_base64, validate=True) if wish.sample_base64 else wish.sample.encode()
    except (binascii.Error, ValueError):
        raise InvalidError("this is no base64", place="sample_base64") from None
    try:
        return apart.tried(wish.spec, sample, name=wish.file_name[:255] or "sample", shared=queries.shared_specs())
    except SpecError as error:
        raise scans.bad_spec(error) from None


@router.post("", response={201: FormatSaved}, summary="Save and share a format")
def add_format(request: HttpRequest, response: HttpResponse, wish: FormatAdd) -> Status[FormatSaved]:
    """Save a spec as the next version of its format and, unless it is a draft, use it everywhere from now on."""
    saved = scans.save_format(
        viewer_asking(request), text=wish.spec, based_on=wish.based_on, share=not wish.draft, note=wish.note
    )
    response["Location"] = f"/api/v1/formats/{saved.id}"
    return Status(201, FormatSaved(id=saved.id, version=saved.version, is_active=saved.is_active))


@router.get("/{format_id}", response=FormatWhole, summary="Read a format")
def read_format(request: HttpRequest, format_id: str) -> FormatWhole:
    """A format, its spec and its versions."""
    viewer = viewer_asking(request)
    found = queries.format_named(viewer, format_id)
    versions = [
        FormatVersionOut(
            version=one.version, is_active=one.is_active, spec=one.text, note=one.note, by=one.created_by_name,
            created_at=one.created_at,
        )
        for one in queries.format_versions(viewer, format_id)
    ]  # fmt: skip
    text = queries.format_text(viewer, format_id)
    return FormatWhole(**_out(found).dict(), spec=text, versions=versions)


@router.post("/{format_id}/use", response=FormatSaved, summary="Put a version to use")
def use_format(request: HttpRequest, format_id: str, wish: FormatUse) -> FormatSaved:
    """Let a version read reports from now on, be it an older one."""
    saved = scans.use_version(viewer_asking(request), format_id, version=wish.version)
    return FormatSaved(id=saved.id, version=saved.version, is_active=saved.is_active)


@router.post("/{format_id}/off", response={204: None}, summary="Switch a format off")
def switch_format_off(request: HttpRequest, format_id: str) -> Status[None]:
    """Let a shared format read reports no more; its versions stay."""
    scans.switch_off(viewer_asking(request), format_id)
    return Status(204, None)


def _out(one: FormatSummary) -> FormatOut:
    plain = {name: value for name, value in msgspec.structs.asdict(one).items() if name in FormatOut.model_fields}
    return FormatOut(**{**plain, "kind": one.kind.word, "state": one.state.word})
