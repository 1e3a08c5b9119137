"""Burp Suite DAST's HTML report (Burp Suite Enterprise once): a table of the issues of each site, then the details of each issue."""

import codecs
import re
import time
from collections.abc import Iterator
from html import unescape
from typing import IO

from prodsec.scans.formats.custom.burp_dast_page import LONGEST_CONSTRUCT, Issue, Page
from prodsec.scans.formats.dates import date
from prodsec.scans.formats.detect import Signature
from prodsec.scans.formats.facts import cwes, line, references, text, title
from prodsec.scans.formats.registry import CustomFormat
from prodsec.scans.formats.source import Member
from prodsec.scans.formats.tables import decoding_of
from prodsec.scans.types import Header, Limits, Observation, Rejected, ReportError
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.places import Place
from prodsec.vocabulary.severity import Severity

ID = "burp_dast"
TOOL = "Burp Suite DAST"
_CHUNK = 1 << 20
_HEAD = 1 << 18
_VALUE = r'\s*</div>\s*(?:</td>\s*<td>\s*)?<div class="value">([^<]{1,300})'
_SITE, _START, _STATUS = (re.compile(name + _VALUE) for name in ("Site name:", "Start:", "Status:"))
_BROKEN_OFF = frozenset({"failed", "cancelled", "canceled"})
_REMEDIES = ("remediation detail", "issue remediation", "remediation background")
_REFERENCES = ("references", "vulnerability classifications")


class BurpReading:
    """The one scan of a page. Source: `prodsec.scans.types.Reading`."""

    def __init__(self, file: IO[bytes], header: Header, limits: Limits) -> None:
        self.header = header
        self.components = 0
        self._file = file
        self._limits = limits

    def __iter__(self) -> Iterator[Observation | Rejected]:
        """Observations in the order of the details. Raises: ReportError when the page is cut off or goes beyond a limit."""
        page = Page(self._limits)
        deadline = time.monotonic() + self._limits.seconds
        chunk = self._file.read(_CHUNK)
        decoder = codecs.getincrementaldecoder(decoding_of(chunk))(errors="replace")
        while chunk:
            page.feed(decoder.decode(chunk))
            yield from map(_observation, page.taken())
            if len(page.rawdata) > LONGEST_CONSTRUCT:
                raise ReportError(f"a tag longer than {LONGEST_CONSTRUCT} characters", place=page.place)
            if time.monotonic() > deadline:
                raise ReportError(f"reading took longer than {self._limits.seconds} seconds", place=page.place)
            chunk = self._file.read(_CHUNK)
        yield from map(_observation, page.rest())


def _observation(issue: Issue) -> Observation:
    found = issue.sections
    name = title(issue.name)
    addresses = " ".join(address for heading in _REFERENCES for address in issue.links.get(heading, ()))
    return Observation(
        kind=Kind.WEB,
        rule=name,
        title=name,
        pointer=issue.pointer,
        severity=Severity.from_text(issue.severity),
        severity_text=line(issue.severity)[:60],
        description=text(found.get("issue background")),
        message=text(found.get("issue detail") or found.get("issue description")),
        remedy=text([found.get(heading) for heading in _REMEDIES]),
        cwes=cwes(found.get("vulnerability classifications")),
        references=references(addresses),
        place=Place(url=line(issue.site.rstrip("/") + issue.path)),
        snippet=text(found.get("request")),
        tags=(f"confidence {issue.confidence.lower()}",) if issue.confidence else (),
    )


def read(member: Member, limits: Limits) -> Iterator[BurpReading]:
    """The reading of a page."""
    head = member.head(_HEAD)
    said = head.decode(decoding_of(head), "replace")
    with member.path.open("rb") as file:
        yield BurpReading(file, _header(said), limits)


def _header(said: str) -> Header:
    site, started, status = (
        found[1].strip() if (found := fact.search(said)) else "" for fact in (_SITE, _START, _STATUS)
    )
    complete = status.lower() not in _BROKEN_OFF
    return Header(
        format=ID,
        tool=TOOL,
        analysis=Kind.WEB,
        complete=complete,
        incomplete_reason="" if complete else f"the status of the scan is {status}",
        target=unescape(site),
        scanned_at=date(started),
    )


FORMAT = CustomFormat(
    id=ID,
    title="Burp Suite DAST, report of a scan (HTML)",
    tool=TOOL,
    kind=Kind.WEB,
    signatures=(Signature(title="Scan * Report #*"), Signature(title="Burp * Scan Report*")),
    reader=read,
    about="Each address of an issue is a finding of its own. Of the HTTP messages only the first request is kept.",
    sample="# in Burp Suite DAST: the scan, Reporting, Download report, HTML",
)
