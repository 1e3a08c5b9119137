"""How sessions are stored: sealed with the installation key, so that a copy of the database tells nothing of them."""

from typing import Any

from django.contrib.sessions.serializers import JSONSerializer

from prodsec.kit import crypto

_PURPOSE = "sessions"


class SealedSerializer:
    """Django's JSON of a session, sealed. One that was stored otherwise does not open: its owner signs in again."""

    def dumps(self, session: dict[str, Any]) -> bytes:
        """Seal a session."""
        return crypto.seal(_PURPOSE, JSONSerializer().dumps(session).decode("latin-1"))

    def loads(self, data: bytes) -> dict[str, Any]:
        """Open a session. Raises: InvalidError, which Django takes for an empty one."""
        opened: dict[str, Any] = JSONSerializer().loads(crypto.unseal(_PURPOSE, data).encode("latin-1"))
        return opened
