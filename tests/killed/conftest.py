"""An empty queue before and after each test."""

from collections.abc import Iterator

import pytest
from django.db import connection
from tests.killed.processes import forget_jobs


@pytest.fixture(autouse=True)
def _empty_queue(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    forget_jobs()
    yield
    forget_jobs()
