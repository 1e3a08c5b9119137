"""The few ways a request, job or command can fail, each with one sentence for the person.

`site/api.py` maps them to a status and problem details, `kit/jobs.py` to retry or not, `site/commands.py` to exit codes.
Contexts subclass them in their `types.py`.
"""


class ProdsecError(Exception):
    """Base of all errors a person may read. `str()` is a sentence: what happened, where, what to do."""


class NotFoundError(ProdsecError):
    """It does not exist, or the viewer may not know that it does."""


class ForbiddenError(ProdsecError):
    """The viewer sees it but may not do this to it."""


class ConflictError(ProdsecError):
    """Somebody was faster, or the thing is not in a state that allows this."""


class InvalidError(ProdsecError):
    """The input is wrong. `place` says where: a field, a line, a JSON pointer, an XPath."""

    def __init__(self, sentence: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {sentence}" if place else sentence)
        self.sentence = sentence
        self.place = place


class UnavailableError(ProdsecError):
    """Something we need does not answer now; the only error that is worth a retry."""
