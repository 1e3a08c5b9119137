"""Topics: what a finding is about, in words that no tool owns. Findings of one place and one topic are one piece of work."""

import functools
import re

from prodsec.findings.rules.kin.code_words import bandit_topic, topic_in
from prodsec.findings.rules.kin.config_words import topics_in
from prodsec.vocabulary.kinds import Kind
from prodsec.vocabulary.weaknesses import family_of

TELLING = 300
_HARD_CODED = "CWE-798"
_CONFIG = re.compile(
    r"(?:^|[/.])(?:dockerfile|containerfile)|\.(?:tf|tofu|hcl|bicep|ya?ml|tfvars|template|dockerfile)$|\.tf\.json$",
    re.I,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[^\w*'/]+|_+")


@functools.lru_cache(maxsize=16_384)
def topics_of(kind: int, rule: str, title: str, cwes: tuple[int, ...], *, is_config: bool) -> tuple[str, ...]:
    """The topics of a finding, the most telling first; none when neither words nor numbers say."""
    if kind == Kind.SECRET:
        return (_HARD_CODED,)
    said = [words(rule.replace("\\", "/").rpartition(".")[2].rpartition("/")[2]), words(title), words(rule)]
    if is_config:
        for text in (said[1], said[0], said[2]):
            if topics := topics_in(text):
                return topics if topics != ("hard-coded secret",) else (_HARD_CODED,)
        if kind == Kind.IAC:
            return ()
    if topic := bandit_topic(rule):
        return (topic,)
    for text in said:
        if topic := topic_in(text):
            return (family_topic(topic),)
    return tuple(dict.fromkeys(f"CWE-{family_of(cwe)}" for cwe in cwes[:3]))


def family_topic(topic: str) -> str:
    """A topic that is a CWE, as its family."""
    return f"CWE-{family_of(int(topic[4:]))}" if topic.startswith("CWE-") else topic


@functools.lru_cache(maxsize=16_384)
def is_config(file: str) -> bool:
    """Whether a file configures machines."""
    return _CONFIG.search(file) is not None


@functools.lru_cache(maxsize=16_384)
def words(text: str) -> str:
    """A name or sentence in lower-case words: `detectEval-withExpression` is "detect eval with expression". Its beginning says enough."""
    return " ".join(_NO_WORD.sub(" ", _CAMEL.sub(" ", text[:TELLING])).lower().split())
