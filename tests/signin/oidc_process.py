"""The provider of `oidc_provider.py` in a process of its own, and orders for it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.signin import oidc_provider


@dataclass
class Idp:
    """A provider's process: its address, and orders for it."""

    issuer: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    def order(self, **order: object) -> dict[str, Any]:
        """Say what it does from now on."""
        return dict(self.http.post(f"{self.issuer}/control", json=order).json())

    def asked(self, what: str) -> list[dict[str, Any]]:
        """What it was asked at an endpoint."""
        return [each for each in self.http.get(f"{self.issuer}/control").json()["asked"] if each["what"] == what]

    def authorize(self, address: str) -> str:
        """What a browser gets there: the way back to us."""
        return str(self.http.get(address).headers["Location"])


@contextlib.contextmanager
def running() -> Iterator[Idp]:
    """A provider in a process of its own."""
    program = Path(oidc_provider.__file__)
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        idp = Idp(process.stdout.readline().strip())
        try:
            yield idp
        finally:
            idp.http.close()
            process.terminate()
