"""Tables of `metrics`. None has keys into others' tables: what is gone there must first be taken out of the sums here."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Progress(models.Model):
    """How far findings' events are counted; one row.

    position        the last event that is counted
    seen, writers   the last event there was at some look, and the transactions that were then writing others; when these
                    are over, no event up to it can still turn up
    sla_document    the SLA by which due dates were when all was last counted
    counted_at      all that was recorded by then is counted
    is_building     spans are made for the first time; roll-ups follow when all are there
    scan_position   the last scan before which none is unfinished; what is done up to it has said when assets were scanned
    """

    position = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    writers = ArrayField(models.TextField(), default=list)
    sla_document = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    is_building = models.BooleanField(default=True)
    scan_position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"counted up to event {self.position}"


class Stale(models.Model):
    """An asset whose findings changed in a way that no event tells. Written by who does that, removed when it is counted anew."""

    asset = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"asset {self.asset}"


class Placement(models.Model):
    """The nodes that an asset's findings are counted at: as the tree was when they were."""

    asset = models.BigIntegerField(primary_key=True)
    nodes = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"asset {self.asset} at {self.nodes}"


class Span(models.Model):
    """A time for which a finding was open with one severity and one owner; see `types.Span`. Written by `services`."""

    finding_id = models.BigIntegerField()
    asset = models.BigIntegerField()
    team = models.BigIntegerField()
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    seen_on = models.DateField()
    due_on = models.DateField(null=True)
    severity = models.PositiveSmallIntegerField()
    kind = models.PositiveSmallIntegerField()
    entry = models.PositiveSmallIntegerField()
    ending = models.PositiveSmallIntegerField()

    class Meta:
        """A finding's, an asset's, and lists of what began or ended in some days."""

        indexes = (
            models.Index(fields=["finding_id"], name="metrics_span_of_finding"),
            models.Index(fields=["asset"], name="metrics_span_of_asset"),
            models.Index(fields=["from_on"], name="metrics_span_from"),
            models.Index(fields=["until_on"], name="metrics_span_until", condition=models.Q(until_on__isnull=False)),
        )

    def __str__(self) -> str:
        return f"finding {self.finding_id} from {self.from_on}"


class RollUp(models.Model):
    """What changed in one day, or in one month, at a node, for an owner team, a severity and a kind.

    node        an asset, with all below it; 0 is the whole
    team        0 is nobody
    open … age_5            changes of levels, also to come: that something grows older or is due is known beforehand
    opened … fixed_days     what happened
    """

    node = models.BigIntegerField()
    team = models.BigIntegerField()
    day = models.DateField()
    severity = models.PositiveSmallIntegerField()
    kind = models.PositiveSmallIntegerField()
    open = models.IntegerField(default=0)
    overdue = models.IntegerField(default=0)
    undated = models.IntegerField(default=0)
    age_0 = models.IntegerField(default=0)
    age_1 = models.IntegerField(default=0)
    age_2 = models.IntegerField(default=0)
    age_3 = models.IntegerField(default=0)
    age_4 = models.IntegerField(default=0)
    age_5 = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    fixed = models.IntegerField(default=0)
    dismissed = models.IntegerField(default=0)
    in_time = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    fixed_days = models.IntegerField(default=0)
    pk = models.CompositePrimaryKey("node", "day", "team", "severity", "kind")

    class Meta:
        """Two tables of the same shape."""

        abstract = True

    def __str__(self) -> str:
        return f"node {self.node} on {self.day}"


class Day(RollUp):
    """Roll-ups by day."""


class Month(RollUp):
    """Roll-ups by month; `day` is its first."""


class Scanned(models.Model):
    """When an asset was last scanned, for the record, by a kind of analysis. Written by `services.scanning`."""

    asset = models.BigIntegerField()
    analysis = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    scan = models.BigIntegerField()
    pk = models.CompositePrimaryKey("asset", "analysis")

    class Meta:
        """What is not scanned is asked for by kind and time."""

        indexes = (models.Index(fields=["analysis", "at"], name="metrics_scanned_by_time"),)

    def __str__(self) -> str:
        return f"asset {self.asset} by {self.analysis}"
