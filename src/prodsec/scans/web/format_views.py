"""Pages of formats: which there are, one with its versions, and the two ways to describe one: by clicking, and as YAML."""

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from prodsec.accounts import queries as accounts
from prodsec.accounts.queries import viewer_asking
from prodsec.accounts.types import Permission, Viewer
from prodsec.kit.errors import ConflictError, InvalidError, NotFoundError
from prodsec.scans import queries
from prodsec.scans import services as scans
from prodsec.scans.formats import apart
from prodsec.scans.formats.drafts import Draft, draft_of, yaml_of
from prodsec.scans.formats.paths import SpecError
from prodsec.scans.formats.trial import Trial
from prodsec.scans.types import FormatVersionSummary
from prodsec.scans.web import mapping_form
from prodsec.scans.web.samples import KeptSample, refuse_large, sample_of, taken_in
from prodsec.vocabulary.severity import Severity

_SAVES = ("save", "share")
_LONGEST_NOTE = 500


def formats(request: HttpRequest) -> HttpResponse:
    """All formats, the installation's own first."""
    viewer = viewer_asking(request)
    asked = request.GET.get("text", "").strip()
    found, faults = queries.formats_and_faults(viewer)
    fitting = [one for one in found if asked.casefold() in f"{one.id} {one.title} {one.tool}".casefold()]
    context = {
        "own": [one for one in fitting if one.origin != "built-in"],
        "delivered": [one for one in fitting if one.origin == "built-in"],
        "faults": faults,
        "text": asked,
        "manages": accounts.holds(viewer, Permission.FORMAT_MANAGE),
    }
    return render(request, "scans/formats.html", context)


def show(request: HttpRequest, name: str) -> HttpResponse:
    """One format: its spec and its versions."""
    viewer = viewer_asking(request)
    versions = queries.format_versions(viewer, name)
    asked = request.GET.get("version", "")
    chosen = next((one for one in versions if str(one.version) == asked), None) or next(
        (one for one in versions if one.is_active), versions[0] if versions else None
    )
    context = {
        "format": queries.format_named(viewer, name),
        "versions": versions,
        "chosen": chosen,
        "text": chosen.text if chosen else queries.format_text(viewer, name),
        "manages": accounts.holds(viewer, Permission.FORMAT_MANAGE),
    }
    return render(request, "scans/format.html", context)


def export(request: HttpRequest, name: str) -> HttpResponse:
    """A format's spec as a file, as a merge request takes it."""
    viewer = viewer_asking(request)
    asked = request.GET.get("version", "")
    text = next((one.text for one in queries.format_versions(viewer, name) if str(one.version) == asked), "")
    text = text or queries.format_text(viewer, name)
    if not text:
        raise NotFoundError(f"The reader of {name} is code, not a spec.")
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{queries.format_named(viewer, name).id}.yaml"'
    return answer


@require_POST
def use(request: HttpRequest, name: str) -> HttpResponse:
    """Put a version to use."""
    viewer = viewer_asking(request)
    given = request.POST.get("version", "")
    if not given.isdecimal() or len(given) > 9:
        raise NotFoundError(f"The format {name} has no such version.")
    saved = scans.use_version(viewer, name, version=int(given))
    messages.success(request, _("Version {version} of {format} reads reports from now on.").format(version=saved.version, format=saved.id))  # fmt: skip
    return redirect("scans:format", name)


@require_POST
def off(request: HttpRequest, name: str) -> HttpResponse:
    """Switch a format off."""
    scans.switch_off(viewer_asking(request), name)
    messages.success(
        request, _("The format {format} reads no reports any more; its versions stay.").format(format=name)
    )
    return redirect("scans:format", name)


@csrf_exempt
@non_atomic_requests
def new(request: HttpRequest) -> HttpResponse:
    """Give a sample. Exempt here only to refuse a large body before Django reads it; checked in `_take_in`."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.FORMAT_MANAGE)
    if request.method == "POST":
        try:
            refuse_large(request)
        except InvalidError as error:
            return _sample_page(request, str(error))
        return _take_in(request)
    return _sample_page(request)


@csrf_protect
def _take_in(request: HttpRequest) -> HttpResponse:
    try:
        sample = taken_in(request)
        apart.looked_at(sample.data(), name=sample.name)
    except InvalidError as error:
        return _sample_page(request, error.sentence)
    asked = {"sample": sample.word}
    if name := request.POST.get("of", ""):
        asked["format"] = name
    return redirect(f"{reverse('scans:map_format')}?{urlencode(asked)}")


def _sample_page(request: HttpRequest, refused: str = "") -> HttpResponse:
    given = request.POST if not refused or request.method == "GET" else {}
    context = {
        "refused": refused,
        "text": given.get("text", ""),
        "of": request.GET.get("format", "") or given.get("of", ""),
    }
    return render(request, "scans/format_sample.html", context)


@non_atomic_requests
def by_clicking(request: HttpRequest) -> HttpResponse:
    """Describe a format beside its sample."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.FORMAT_MANAGE)
    if request.method == "POST":
        return _clicked(request, viewer)
    name = request.GET.get("format", "")
    newest = _newest(viewer, name)
    sample = sample_of(request.GET.get("sample", "")) or _sample_of_version(newest)
    draft = draft_of(newest.text) if newest else None
    if newest and draft is None:
        return redirect(
            f"{reverse('scans:write_format')}?{urlencode({'format': name, 'sample': sample.word if sample else ''})}"
        )
    if sample is None:
        return redirect(f"{reverse('scans:new_format')}?{urlencode({'format': name})}")
    return _mapper(request, sample, draft, of=name, based_on=newest.version if newest else 0)


def _clicked(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    given = request.POST
    sample = sample_of(given.get("sample", ""))
    if sample is None:
        return redirect("scans:new_format")
    draft = mapping_form.draft_from(given)
    of, based_on = given.get("of", ""), _number(given.get("based_on", ""))
    deed = given.get("do", "")
    if "rows" in given:
        looked = apart.looked_at(sample.data(), name=sample.name, each=given["rows"])
        draft = replace(
            looked.guess, id=draft.id, title=draft.title, tool=draft.tool or looked.guess.tool, replaces=draft.replaces
        )
    elif "take" in given:
        draft = mapping_form.taken(draft, given.get("fact", "title"), given["take"])
    elif deed == "yaml":
        return _writer(request, yaml_of(apart.named(draft)), sample, of=of, based_on=based_on)
    refused = ""
    if deed in _SAVES and not draft.tool:
        refused = _("Name the tool.")
    elif deed in _SAVES:
        draft = apart.named(draft)
        text = yaml_of(draft)
        saved = _saved(request, viewer, text, sample, based_on=based_on if draft.id == of or not of else 0)
        if not isinstance(saved, InvalidError | ConflictError):
            return saved
        refused = _told(saved)
    return _mapper(request, sample, draft, of=of, based_on=based_on, refused=refused)


def _mapper(
    request: HttpRequest, sample: KeptSample, draft: Draft | None, *, of: str, based_on: int, refused: str = ""
) -> HttpResponse:
    spec = yaml_of(apart.named(draft)) if draft else None
    try:
        seen = apart.shown(
            sample.data(),
            name=sample.name,
            spec=spec,
            each=draft.each if draft else None,
            shared=queries.shared_specs(),
        )
    except InvalidError as error:
        return _sample_page(request, error.sentence)
    draft = draft or seen.looked.guess
    draft = replace(draft, reader=draft.reader or seen.looked.guess.reader)
    context = {
        "sample": sample,
        "draft": draft,
        "of": of,
        "based_on": based_on,
        "tree": mapping_form.tree(seen.looked, draft.each),
        "lists": seen.looked.lists,
        "values": mapping_form.values_of(seen.looked, draft.each),
        "groups": mapping_form.groups(draft),
        "run_fields": mapping_form.run_fields(draft),
        "words": mapping_form.words(draft, seen.trial),
        "marks": "\n".join(draft.marks),
        "kinds": mapping_form.kinds(),
        "severities": sorted(Severity, reverse=True),
        "yaml": yaml_of(apart.named(draft)),
        "refused": refused,
        **_preview(seen.trial, seen.fault, seen.line),
    }
    return render(request, "scans/format_map.html", context)


@non_atomic_requests
def as_yaml(request: HttpRequest) -> HttpResponse:
    """Describe a format as YAML."""
    viewer = viewer_asking(request)
    accounts.require(viewer, Permission.FORMAT_MANAGE)
    if request.method != "POST":
        name = request.GET.get("format", "")
        newest = _newest(viewer, name)
        sample = sample_of(request.GET.get("sample", "")) or _sample_of_version(newest)
        text = newest.text if newest else queries.format_text(viewer, name) if name else _BEGINNING
        return _writer(request, text, sample, of=name, based_on=newest.version if newest else 0)
    given = request.POST
    text = given.get("text", "").replace("\r\n", "\n")
    sample = sample_of(given.get("sample", ""))
    of, based_on = given.get("of", ""), _number(given.get("based_on", ""))
    if given.get("do") == "form" and sample is not None:
        try:
            draft = draft_of(text)
        except SpecError as error:
            return _writer(request, text, sample, of=of, based_on=based_on, refused=_told(scans.bad_spec(error)))
        if draft is not None:
            return _mapper(request, sample, draft, of=of, based_on=based_on)
        beyond = _("This spec says more than the form can show; go on as YAML.")
        return _writer(request, text, sample, of=of, based_on=based_on, refused=beyond)
    refused = ""
    if given.get("do") in _SAVES:
        saved = _saved(request, viewer, text, sample, based_on=based_on)
        if not isinstance(saved, InvalidError | ConflictError):
            return saved
        refused = _told(saved)
    return _writer(request, text, sample, of=of, based_on=based_on, refused=refused)


def _writer(
    request: HttpRequest, text: str, sample: KeptSample | None, *, of: str, based_on: int, refused: str = ""
) -> HttpResponse:
    trial, fault, line = None, "", 0
    try:
        if sample is not None:
            trial = apart.tried(text, sample.data(), name=sample.name, shared=queries.shared_specs())
        elif request.method == "POST":
            scans.checked(text)
    except SpecError as error:
        wrong = scans.bad_spec(error)
        fault, line = _told(wrong), wrong.line
    except InvalidError as error:
        fault, line = _told(error), getattr(error, "line", 0)
    context = {
        "text": text, "sample": sample, "of": of, "based_on": based_on, "refused": refused,
        "lines": [(number, row, number == line) for number, row in enumerate(text.splitlines(), 1)] if line else [],
        "is_checked": request.method == "POST",
        **_preview(trial, fault, line),
    }  # fmt: skip
    return render(request, "scans/format_write.html", context)


def _preview(trial: Trial | None, fault: str, line: int) -> dict[str, object]:
    is_told = trial is not None and trial.told_as == trial.format
    return {"trial": trial, "fault": fault, "line": line, "is_told": is_told}


def _saved(
    request: HttpRequest, viewer: Viewer, text: str, sample: KeptSample | None, *, based_on: int
) -> HttpResponse | InvalidError | ConflictError:
    """Where to go once a version is saved; else why it is not."""
    share = request.POST.get("do") == "share"
    kept = scans.Sample(sample.sha256, sample.name) if sample else None
    note = request.POST.get("note", "").strip()[:_LONGEST_NOTE]
    try:
        with transaction.atomic():
            saved = scans.save_format(viewer, text=text, based_on=based_on, share=share, note=note, sample=kept)
    except (InvalidError, ConflictError) as error:
        return error
    told = _("Version {version} of {format} reads reports from now on.") if share else _("Version {version} of {format} is saved; it reads reports once you share it.")  # fmt: skip
    messages.success(request, told.format(version=saved.version, format=saved.id))
    return redirect("scans:format", saved.id)


def _told(error: InvalidError | ConflictError) -> str:
    return str(error)


def _newest(viewer: Viewer, name: str) -> FormatVersionSummary | None:
    return next(iter(queries.format_versions(viewer, name)), None) if name else None


def _sample_of_version(version: FormatVersionSummary | None) -> KeptSample | None:
    return KeptSample(version.sample, version.sample_name) if version and version.sample else None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


_BEGINNING = """\
id: my_tool
title: My tool
tool: My tool
kind: code
reader: json
detect:
  json: [findings, my_tool]
each: findings[*]
fields:
  rule: rule
  title: title
  severity: {from: severity, map: {blocker: critical}}
  file: file | path
  line: line
"""
