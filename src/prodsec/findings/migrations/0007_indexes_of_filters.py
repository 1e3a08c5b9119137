"""Indexes for what lists are narrowed by: rare kinds, files by their beginning, decisions, what scans no longer show."""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

OPEN = Q(state__in=(1, 2, 3, 4))
OPEN_LEAD = Q(state__in=(1, 2, 3, 4), is_lead=True)


class Migration(migrations.Migration):
    atomic = False  # an index is built beside the work of others only outside a transaction

    dependencies = [("findings", "0006_words_on_clusters")]

    operations = [
        AddIndexConcurrently("finding", models.Index(
            fields=["-severity", "id", "kind", "first_seen_at", "score", "cwe"], name="findings_open_worst_first", condition=OPEN_LEAD)),
        RemoveIndexConcurrently("finding", "findings_open_by_severity"),
        AddIndexConcurrently("finding", models.Index(
            fields=["kind", "-severity", "id"], name="findings_open_of_rare_kind", condition=OPEN_LEAD & Q(kind__gt=3))),
        AddIndexConcurrently("finding", models.Index(
            fields=["-severity", "id"], name="findings_open_undetected", condition=OPEN_LEAD & Q(detected=False))),
        AddIndexConcurrently("finding", models.Index(
            OpClass("file", name="text_pattern_ops"), name="findings_open_of_file", condition=OPEN)),
        AddIndexConcurrently("finding", models.Index(
            fields=["decision"], name="findings_of_decision", condition=Q(decision__isnull=False))),
        AddIndexConcurrently("finding", models.Index(
            fields=["resolved_at"], name="findings_of_resolution", condition=Q(resolved_at__isnull=False))),
    ]  # fmt: skip
