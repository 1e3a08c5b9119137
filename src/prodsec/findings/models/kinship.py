"""What people say of clusters: that a finding is another one's kin, or is not."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ClusterWord(models.Model):
    """A person's word on the cluster of one finding, which outranks the recipe until it is withdrawn. Written by `services.kinship`.

    kind            see `types.ClusterWordKind`
    other           the finding it was joined with; None when it was put apart
    recipe_reason   what the recipe had put it together by: it says what to improve
    """

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+")
    finding = models.ForeignKey("findings.Finding", on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(
        "findings.Finding", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    former_cluster = models.ForeignKey(
        "findings.Cluster", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    actor = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_name = models.TextField()
    kind = models.PositiveSmallIntegerField()
    recipe_reason = models.TextField(default="")
    reason = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """One word that holds for a finding."""

        constraints = (
            models.UniqueConstraint(
                fields=["finding"], name="findings_clusterword_holds_once", condition=Q(withdrawn_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"word {self.pk} on finding {self.finding_id}"
