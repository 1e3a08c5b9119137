"""The table of `activity`."""

from django.db import models


class Activity(models.Model):
    """One deed. Written only by `services.record`.

    previous    the digest of the row before; empty for the first
    digest      SHA-256 over `previous` and all other fields, see `rules.digest_of`
    """

    at = models.DateTimeField()
    actor = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    actor_name = models.TextField()
    action = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    asset_id = models.BigIntegerField(null=True)
    reason = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict)
    previous = models.BinaryField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        """Found by object, by person, by asset; listed newest first by id."""

        indexes = (
            models.Index(fields=["object_type", "object_id", "-id"], name="activity_of_object"),
            models.Index(fields=["actor", "-id"], name="activity_of_actor"),
            models.Index(fields=["asset_id", "-id"], name="activity_of_asset"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_type} {self.object_id}"
