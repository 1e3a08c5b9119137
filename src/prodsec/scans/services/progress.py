"""How far an import is, written where others see it before the import commits."""

import datetime
from types import TracebackType

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from prodsec.kit import clock
from prodsec.scans.types import ScanCancelledError, ScanState

_EVERY = datetime.timedelta(seconds=0.5)
_WRITE = """
    UPDATE scans_scan SET rows_read = %s, progress_at = %s WHERE id = %s AND state = %s RETURNING cancel_requested
"""


class Progress:
    """Tells the rows read, at most twice a second, over a connection of its own, opened when first needed.

    The import's own transaction would show nothing before its end, and nothing at all if it fails.
    """

    def __init__(self, scan_id: int) -> None:
        self._scan_id = scan_id
        self._told_at = clock.now()
        self._own: BaseDatabaseWrapper | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is not None:
            self._own.close()

    def tell(self, rows: int, now: datetime.datetime) -> None:
        """Write how many rows were read, if the last time was long enough ago, and look whether to go on.

        Raises: ScanCancelledError.
        """
        if now - self._told_at < _EVERY:
            return
        self._told_at = now
        if self._write(rows, now):
            raise ScanCancelledError(f"Import {self._scan_id} was cancelled at row {rows}.")

    def _write(self, rows: int, now: datetime.datetime) -> bool:
        """Returns whether the scan was cancelled. Progress is a courtesy: without it the import goes on."""
        try:
            own = self._connection()
            with own.cursor() as cursor:
                cursor.execute(_WRITE, [rows, now, self._scan_id, ScanState.READING.value])
                row = cursor.fetchone()
        except Error:
            return False
        return bool(row and row[0])

    def _connection(self) -> BaseDatabaseWrapper:
        if self._own is None:
            self._own = connection.copy()
            self._own.set_autocommit(autocommit=True)
            with self._own.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
        return self._own
