"""CWE numbers, out of whatever way a tool writes them."""

import functools
import re

LARGEST = 1_999
_NAMED = re.compile(r"cwe(?:\.mitre\.org/data/definitions/|[-_:\s/]*(?:ID[-_:\s]*)?)0*(\d{1,5})\b", re.I)
_BARE = re.compile(r"\s*0*(\d{1,5})\s*$")


@functools.lru_cache(maxsize=16384)
def numbers_in(text: str) -> tuple[int, ...]:
    """The CWE numbers a text names (`CWE-79`, `cwe-079`, `external/cwe/cwe-079`, or a bare number), each once.

    What is no weakness number (0, or far beyond the list) is left out.
    """
    found = _NAMED.findall(text)
    if not found and (bare := _BARE.match(text)):
        found = [bare[1]]
    return tuple(dict.fromkeys(number for number in map(int, found) if 0 < number <= LARGEST))
