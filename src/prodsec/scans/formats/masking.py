"""Secrets leave an observation masked: the first characters stay, so that their owner knows them; the rest is gone.

What a scanner of secrets found is masked wherever a text repeats it. A scanner of code that finds a password in the code quotes
it, too (Bandit even in its title) without saying which word it is: there, every literal is masked.
"""

import re

import msgspec

from prodsec.scans.types import Observation

_SHOWN = 4
# Hard-coded passwords, cryptographic keys and credentials. Source: CWE-259, CWE-321, CWE-798, CWE-1392 and their like.
_HARD_CODED = frozenset({259, 260, 321, 547, 798, 1391, 1392, 1393, 1394})
# A literal in code ends with the code at the latest; a quoted word in a sentence begins and ends beside no letter (don't, isn't).
# Both match in one pass, whatever the text.
_LITERAL = re.compile(r"""(?P<quote>['"`])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*+)(?:(?P=quote)|\\?\Z)""", re.S)
_WORD = re.compile(r"""(?<!\w)(?P<quote>['"`])(?P<text>(?:(?!(?P=quote)).)++)(?P=quote)(?!\w)""", re.S)
_LAST = re.compile(r"""(?P<quote>['"`])(?P<text>.+)(?P=quote)\s*\Z""", re.S)  # a password may hold a quote itself
_TEXTS = ("title", "description", "message", "remedy", "snippet", "fingerprint", "justification")


def mask(secret: str) -> str:
    """The first 4 characters at most, never more than a quarter of the secret."""
    return secret[: min(_SHOWN, len(secret) // 4)] + "…"


def tells_secrets(observation: Observation) -> bool:
    """Whether its texts may repeat a secret."""
    return bool(observation.secret) or not _HARD_CODED.isdisjoint(observation.cwes)


def masked(observation: Observation) -> Observation:
    """The observation without its secret, wherever a text repeats it (as a whole or line by line)."""
    if not observation.secret:
        return _without_literals(observation) if tells_secrets(observation) else observation
    parts = sorted(
        {part for part in (observation.secret, *observation.secret.splitlines()) if len(part.strip()) >= _SHOWN},
        key=len,
        reverse=True,
    )
    changes: dict[str, object] = {"secret": mask(observation.secret)}
    for name in _TEXTS:
        text = getattr(observation, name)
        if text:
            changes[name] = _without(text, parts)
    changes["flow"] = tuple(msgspec.structs.replace(step, text=_without(step.text, parts)) for step in observation.flow)
    changes["references"] = tuple(_without(reference, parts) for reference in observation.references)
    return msgspec.structs.replace(observation, **changes)


def _without(text: str, parts: list[str]) -> str:
    for part in parts:
        text = text.replace(part, mask(part))
    return text


def _without_literals(observation: Observation) -> Observation:
    return msgspec.structs.replace(
        observation,
        title=_quoted_last(observation.title),
        message=_quoted_last(observation.message),
        snippet=_LITERAL.sub(_mask_between, observation.snippet),
        flow=tuple(
            msgspec.structs.replace(step, text=_LITERAL.sub(_mask_between, step.text)) for step in observation.flow
        ),
    )


def _quoted_last(text: str) -> str:
    """A sentence: what it ends with is quoted as a whole; what it quotes before, word by word."""
    head, colon, tail = text.partition(": ")
    tail = _LAST.sub(_mask_between, tail) if _LAST.match(tail) else _WORD.sub(_mask_between, tail)
    return _WORD.sub(_mask_between, head) + colon + tail


def _mask_between(found: re.Match[str]) -> str:
    return f"{found['quote']}{mask(found['text']) if found['text'] else ''}{found['quote']}"
