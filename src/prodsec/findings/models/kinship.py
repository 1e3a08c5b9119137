"""What people say of clusters (that a finding is another one's kin, or is not), what reports call the same, and how recipes change."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ClusterWord(models.Model):
    """A person's word on the cluster of one finding, which outranks the recipe until it is withdrawn. Written by `services.kinship`.

    kind            see `types.ClusterWordKind`
    other           the finding it was joined with, or the one that led the cluster it was taken out of; None when that is gone
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


class VulnerabilityAlias(models.Model):
    """That an asset's own reports call one id by another: a GHSA by its CVE. Written by `services.merging.aliases`.

    vulnerability   the id that stands for the alias; never an alias itself
    """

    pk = models.CompositePrimaryKey("asset_id", "alias")
    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False)
    alias = models.TextField()
    vulnerability = models.TextField()

    class Meta:
        """Found from both ends."""

        indexes = (models.Index(fields=["asset", "vulnerability"], name="findings_aliases_of"),)

    def __str__(self) -> str:
        return f"{self.alias} is {self.vulnerability}"


class ClusterRun(models.Model):
    """A recipe of clusters on its way through the installation, asset by asset. Written by `services.recipes`.

    kind            see `types.ClusterRunKind`; a shadow run changes nothing
    recipe, former  the recipe it brings, and the one that was in force before
    done_up_to      the last asset it is done with; a run that broke off goes on behind it
    gained, lost    how many joins it made and took apart (see `rules.drift`)
    """

    kind = models.PositiveSmallIntegerField()
    recipe = models.PositiveSmallIntegerField()
    former = models.PositiveSmallIntegerField()
    done_up_to = models.BigIntegerField(default=0)
    assets = models.IntegerField(default=0)
    gained = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    actor_name = models.TextField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """One at a time."""

        constraints = (
            models.UniqueConstraint(
                models.Value(1), name="findings_clusterrun_one_open", condition=Q(finished_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk} of recipe {self.recipe}"


class ClusterDrift(models.Model):
    """What a run changed between two rules, with one example. Written by `services.recipes`.

    joins           how many joins
    example, …      two findings that it joined or took apart; None when they are gone
    reason          of the cluster that they share, before or after
    """

    run = models.ForeignKey(ClusterRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    example = models.ForeignKey(
        "findings.Finding", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    other_example = models.ForeignKey(
        "findings.Finding", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    gained = models.BooleanField()
    tool = models.TextField()
    rule = models.TextField()
    other_tool = models.TextField()
    other_rule = models.TextField()
    joins = models.BigIntegerField()
    reason = models.TextField()

    class Meta:
        """One row a pair of rules."""

        constraints = (
            models.UniqueConstraint(
                fields=["run", "gained", "tool", "rule", "other_tool", "other_rule"],
                name="findings_clusterdrift_unique",
            ),
        )

    def __str__(self) -> str:
        return f"{'gained' if self.gained else 'lost'}: {self.tool} {self.rule}, {self.other_tool} {self.other_rule}"
