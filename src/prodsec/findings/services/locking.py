"""Locks in their one order: assets by number, then findings by number, then the chain of `activity`.

Imports hold the lock of their asset from their first look at the record to the commit. Who takes the same ones, in this order,
before touching a finding can neither block an import for ever nor be blocked by one for ever.
"""

from collections.abc import Iterable

from django.db import connection

_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended('findings.asset/' || id, 0)) FROM (
    SELECT DISTINCT id FROM unnest(%s::bigint[]) AS given (id) ORDER BY id) AS sorted
"""


def lock_assets(asset_ids: Iterable[int]) -> None:
    """Wait until no import and nobody else changes findings of these assets; held to the commit. Cost: 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(set(asset_ids))])
