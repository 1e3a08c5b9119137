"""Providers in processes of their own, one pair for the whole run."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def idp_process() -> Iterator[Any]:
    from tests.signin import oidc_process

    with oidc_process.running() as idp:
        yield idp


@pytest.fixture(scope="session")
def other_process() -> Iterator[Any]:
    from tests.signin import oidc_process

    with oidc_process.running() as idp:
        yield idp


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.PRODSEC_ALLOW_HOSTS = ("127.0.0.1",)
    settings.ACCOUNT_RATE_LIMITS = {}


@pytest.fixture
def idp(idp_process: Any, db: object) -> Any:
    """An honest provider with one person."""
    from django.core.cache import cache
    from tests.signin import world

    cache.clear()
    idp_process.order(user=world.ANNA, lies={}, rotate=True, forget=True)
    return idp_process


@pytest.fixture
def other(other_process: Any, db: object) -> Any:
    """Another provider, with another person."""
    from tests.signin import world

    other_process.order(user=world.ANNA | {"sub": "evil"}, lies={}, rotate=True, forget=True)
    return other_process


@pytest.fixture
def browser_at(idp: Any) -> Any:
    """A browser before a provider that is set up here."""
    from tests.signin import world

    return world.Browser(idp, world.set_up(idp))
