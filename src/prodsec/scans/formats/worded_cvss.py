"""CVSS vectors out of reports that write a vector's metrics as words.

`attackVector: NETWORK` as Dependency-Check does, `attack_vector: network` as HackerOne, `attackVector: ATTACK_VECTOR_NETWORK` as Google.
"""

import re
from typing import Any

_VERSION_3 = (
    ("AV", ("attackVector", "attack_vector")), ("AC", ("attackComplexity", "attack_complexity")),
    ("PR", ("privilegesRequired", "privileges_required")), ("UI", ("userInteraction", "user_interaction")), ("S", ("scope",)),
    ("C", ("confidentialityImpact", "confidentiality")), ("I", ("integrityImpact", "integrity")),
    ("A", ("availabilityImpact", "availability")),
)  # fmt: skip
_VERSION_2 = (
    ("AV", ("accessVector",)), ("AC", ("accessComplexity",)), ("Au", ("authentication", "authenticationr")),
    ("C", ("confidentialityImpact", "confidentialImpact")), ("I", ("integrityImpact",)), ("A", ("availabilityImpact",)),
)  # fmt: skip
_METRIC = re.compile(
    r"^(?:ATTACK_VECTOR|ATTACK_COMPLEXITY|PRIVILEGES_REQUIRED|USER_INTERACTION|SCOPE|IMPACT|ACCESS_VECTOR|AUTHENTICATION)_"
)


def vector_of(value: Any) -> str | None:
    """The vector an object of worded metrics stands for, or the one it holds; None when a metric is missing."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else None
    if isinstance(held := value.get("vectorString"), str):
        return held
    version_3 = _joined(value, _VERSION_3)
    if version_3 is not None:
        version = str(value.get("version") or "3.1")
        return f"CVSS:{version if version in ('3.0', '3.1') else '3.1'}/{version_3}"
    return _joined(value, _VERSION_2)


def _joined(value: dict[str, Any], metrics: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    parts = []
    for short, names in metrics:
        word = next((value[name] for name in names if isinstance(value.get(name), str) and value[name]), None)
        if word is None:
            return None
        parts.append(f"{short}:{_METRIC.sub('', word)[:1].upper()}")
    return "/".join(parts)
