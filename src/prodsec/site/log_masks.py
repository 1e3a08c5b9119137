"""No secret in a log: tokens, and links that let somebody in, are masked in whatever Django or a library writes."""

import logging
import re

_SECRETS = re.compile(r"(pst_\w{4})\w+|(/(?:setup|invitation)/)[^/\s?]+")


def masked(text: str) -> str:
    """The text with the secret part of tokens and links replaced."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}…", text)


class MaskSecrets(logging.Filter):
    """A filter of every handler: Django names the address of each request that it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it through, masked."""
        told = record.getMessage()
        if (safe := masked(told)) != told:
            record.msg, record.args = safe, ()
        return True
