"""The words that people read for severities, states and kinds, and their signs: colour with the word always beside it."""

from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from prodsec.findings.types import State
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.severity import Severity

SEVERITIES: dict[Severity, Promise] = {
    Severity.CRITICAL: _("Critical"),
    Severity.HIGH: _("High"),
    Severity.MEDIUM: _("Medium"),
    Severity.LOW: _("Low"),
    Severity.INFO: _("Info"),
    Severity.UNKNOWN: _("Unknown"),
}
STATES: dict[State, Promise] = {
    State.DETECTED: _("detected"),
    State.TRIAGED: _("triaged"),
    State.IN_REMEDIATION: _("in remediation"),
    State.MITIGATED: _("mitigated"),
    State.RESOLVED: _("resolved"),
    State.DISMISSED: _("dismissed"),
}
KINDS: dict[Kind, Promise] = {
    Kind.DEPENDENCY: _("dependency"),
    Kind.CONTAINER: _("container"),
    Kind.CODE: _("code"),
    Kind.IAC: _("infrastructure as code"),
    Kind.SECRET: _("secret"),
    Kind.WEB: _("web"),
    Kind.CLOUD: _("cloud"),
    Kind.CLUSTER: _("cluster"),
    Kind.HOST: _("host"),
    Kind.NETWORK: _("network"),
    Kind.MANUAL: _("manual"),
}
_LOUDNESS = {State.IN_REMEDIATION: "work", State.MITIGATED: "work", State.RESOLVED: "done", State.DISMISSED: "stopped"}


def severity_name(value: int) -> str:
    """The severity in a word."""
    return str(SEVERITIES[Severity(value)])


def severity(value: int) -> SafeString:
    """The severity with its sign and colour."""
    return _severity_sign(Severity(value).word, severity_name(value))


def severity_word(value: int) -> str:
    """The word used in addresses."""
    return Severity(value).word


def state(value: int) -> SafeString:
    """The state of a finding with its colour."""
    return _state_sign(_LOUDNESS.get(State(value), "open"), str(STATES[State(value)]))


def kind_name(value: int) -> str:
    """The kind of a finding in a word."""
    return str(KINDS[Kind(value)])


# A page shows the same few signs in every row.
@lru_cache(maxsize=64)
def _severity_sign(word: str, name: str) -> SafeString:
    return format_html('<span class="severity severity-{}">{}</span>', word, name)


@lru_cache(maxsize=64)
def _state_sign(loudness: str, name: str) -> SafeString:
    return format_html('<span class="state state-{}">{}</span>', loudness, name)
