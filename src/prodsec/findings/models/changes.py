"""What a person did to a set of findings, and how each was before, so that it can be taken back."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from prodsec.findings.types import BulkState


class BulkChange(models.Model):
    """One deed on one or many findings. Written by `services.bulk`.

    filters     the address of the list whose findings were meant; empty when they were named
    last_id     the last finding that was handled; what comes after it waits
    total       findings with an item; `not_yours` were left out before, or turned out so; the others say how items ended
    """

    actor = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    actor_name = models.TextField()
    deed = models.PositiveSmallIntegerField()
    dismissal = models.PositiveSmallIntegerField(null=True)
    severity = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(default="")
    justification = models.TextField(default="")
    filters = models.TextField(default="")
    state = models.PositiveSmallIntegerField(default=BulkState.RUNNING.value)
    job_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(default=0)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    already = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    not_yours = models.IntegerField(default=0)
    changed_since = models.IntegerField(default=0)
    undone = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    undo_started_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        """The newest of a person is what `u` takes back; those under way are looked after."""

        indexes = (
            models.Index(fields=["actor", "-id"], name="findings_bulk_of_actor"),
            models.Index(
                fields=["id"],
                name="findings_bulk_under_way",
                condition=Q(state__in=(BulkState.RUNNING.value, BulkState.UNDOING.value)),
            ),
        )

    def __str__(self) -> str:
        return f"bulk change {self.pk}"


class BulkItem(models.Model):
    """One finding of a bulk change: how it was before, and what became of it. Kept for a day, so its finding may go before it.

    seen        the last event the person had seen of it; None when they did not say
    event_id    what was written into its history; made_id the decision that was made; revoked those that were taken back
    former_*    as it was; only what the deed changes is put back
    """

    pk = models.CompositePrimaryKey("bulk_id", "finding_id")
    bulk = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="+", db_index=False)
    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    finding = models.ForeignKey(
        "findings.Finding", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    seen = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField(null=True)
    made_id = models.BigIntegerField(null=True)
    former_decision_id = models.BigIntegerField(null=True)
    former_assignee_id = models.BigIntegerField(null=True)
    former_resolved_at = models.DateTimeField(null=True)
    former_mitigated_at = models.DateTimeField(null=True)
    former_state = models.PositiveSmallIntegerField(null=True)
    former_severity_person = models.PositiveSmallIntegerField(null=True)
    outcome = models.PositiveSmallIntegerField(default=0)
    revoked = ArrayField(models.BigIntegerField(), null=True)

    def __str__(self) -> str:
        return f"finding {self.finding_id} of bulk change {self.bulk_id}"
