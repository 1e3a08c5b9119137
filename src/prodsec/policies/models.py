"""Tables of `policies`. Clocks are written by the ten thousand; why their keys are not checked one by one, see `findings.models`."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Document(models.Model):
    """One version of a policy document. Immutable once a clock was made by it.

    kind    `sla`
    text    YAML, as written
    """

    kind = models.TextField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        """Versions count up; one a kind is active."""

        constraints = (
            models.UniqueConstraint(fields=["kind", "version"], name="policies_document_version"),
            models.UniqueConstraint(fields=["kind"], name="policies_document_active", condition=Q(is_active=True)),
        )

    def __str__(self) -> str:
        return f"{self.kind} version {self.version}"


class Clock(models.Model):
    """By when a finding has to be mitigated (kind 1) or remediated (kind 2), and why. Written by `services.apply`.

    started_at      the later of first detection and fix availability, where the latter counts
    allowed_hours   the time to remediate (or mitigate) that the document gives this severity
    stopped_at      when the duty ended: resolved, dismissed; for mitigation, mitigated
    """

    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    finding = models.ForeignKey(
        "findings.Finding", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    allowed_hours = models.IntegerField()
    extension_days = models.SmallIntegerField(default=0)
    paused_days = models.SmallIntegerField(default=0)
    kind = models.PositiveSmallIntegerField()
    severity = models.PositiveSmallIntegerField()
    pk = models.CompositePrimaryKey("finding_id", "kind")

    class Meta:
        """In order, and never due before it starts."""

        constraints = (
            models.CheckConstraint(name="policies_clock_in_order", condition=Q(due_at__gte=models.F("started_at"))),
        )

    def __str__(self) -> str:
        return f"clock {self.kind} of finding {self.finding_id}"


class ToldBreach(models.Model):
    """The due date of a finding whose passing was told. Written by `services.breaches`."""

    finding = models.OneToOneField(
        "findings.Finding", on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"breach of finding {self.finding_id}"
