"""Tables of `inventory`."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from prodsec.inventory.types import AssetKind, Lifecycle


class Asset(models.Model):
    """Something that matters. Written by `services`; archived rather than deleted.

    ancestors               ids from the root to the asset itself, materialised by `services`
    owner_team              set here; empty means inherited
    effective_owner_team    the nearest owner team on the way up, materialised by `services`; empty means unowned
    default_ref             the branch (or tag) whose scans write the lasting record
    """

    kind = models.PositiveSmallIntegerField()
    path = models.TextField(unique=True)
    name = models.TextField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    ancestors = ArrayField(models.BigIntegerField(), default=list)
    tier = models.PositiveSmallIntegerField(null=True)
    categories = ArrayField(models.TextField(), default=list)
    data_class = models.TextField(default="", blank=True)
    boundary = models.TextField(default="", blank=True)
    default_ref = models.TextField(default="main")
    urls = ArrayField(models.TextField(), default=list)
    owner_team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    effective_owner_team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    external_ids = models.JSONField(default=dict)
    lifecycle = models.PositiveSmallIntegerField(default=Lifecycle.ACTIVE.value)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Subtrees are found by one indexed condition."""

        indexes = (
            GinIndex(fields=["ancestors"], name="inventory_asset_ancestors"),
            models.Index(fields=["parent", "path"], name="inventory_asset_children"),
        )
        constraints = (
            models.CheckConstraint(
                name="inventory_asset_kind_known", condition=models.Q(kind__in=[kind.value for kind in AssetKind])
            ),
            models.CheckConstraint(
                name="inventory_asset_tier_known", condition=models.Q(tier__isnull=True) | models.Q(tier__range=(1, 4))
            ),
        )

    def __str__(self) -> str:
        return self.path


class CodeownersFile(models.Model):
    """The CODEOWNERS file given for a repository asset."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="codeowners")
    text = models.TextField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"CODEOWNERS of {self.asset_id}"
