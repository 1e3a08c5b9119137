"""Secrets leave an observation masked: the first characters stay, so that their owner knows them; the rest is gone."""

import msgspec

from prodsec.scans.types import Observation

_SHOWN = 4
_TEXTS = ("title", "description", "message", "remedy", "snippet", "fingerprint", "justification")


def mask(secret: str) -> str:
    """The first 4 characters at most, never more than a quarter of the secret."""
    return secret[: min(_SHOWN, len(secret) // 4)] + "…"


def masked(observation: Observation) -> Observation:
    """The observation without its secret, wherever a text repeats it (as a whole or line by line)."""
    if not observation.secret:
        return observation
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
