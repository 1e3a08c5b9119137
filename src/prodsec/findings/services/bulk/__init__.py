"""Deeds on sets of findings: begun, done a batch at a time, called off, taken back."""

from prodsec.findings.services.bulk.batches import BATCH, step
from prodsec.findings.services.bulk.ending import cancel, drop_old_items, undo
from prodsec.findings.services.bulk.starting import (
    BULK_JOB,
    SMALL,
    Meant,
    Preview,
    begin,
    preview,
    queue,
    requeue_forgotten,
)

__all__ = [
    "BATCH",
    "BULK_JOB",
    "SMALL",
    "Meant",
    "Preview",
    "begin",
    "cancel",
    "drop_old_items",
    "preview",
    "queue",
    "requeue_forgotten",
    "step",
    "undo",
]
