"""Tables of `activity`: the record, the signed note of its end, and where it is forwarded to."""

from django.db import models
from django.db.models.functions import Now


class Activity(models.Model):
    """One deed. Written only by `services.record`.

    token_id    the token that was used; no key, since tokens may go and the record stays
    previous    the digest of the row before; empty for the first
    digest      SHA-256 over `previous` and all other fields, see `rules.seals`
    """

    at = models.DateTimeField()
    actor = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_name = models.TextField()
    token_id = models.BigIntegerField(null=True)
    action = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    asset_id = models.BigIntegerField(null=True)
    reason = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict)
    previous = models.BinaryField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        """Found by each thing that is searched for, newest first, so that a page of any search is read from an index.

        A further column, `words` of the reason, and its index are the database's own: migration `0003`.
        """

        indexes = (
            models.Index(fields=["-at", "-id"], name="activity_by_time"),
            models.Index(fields=["actor", "-at", "-id"], name="activity_by_actor"),
            models.Index(
                fields=["token_id", "-at", "-id"], name="activity_by_token", condition=~models.Q(token_id=None)
            ),
            models.Index(fields=["action", "-at", "-id"], name="activity_by_action"),
            models.Index(fields=["object_type", "-at", "-id"], name="activity_by_type"),
            models.Index(fields=["object_type", "object_id", "-at", "-id"], name="activity_by_object"),
            models.Index(fields=["asset_id", "-at", "-id"], name="activity_by_asset"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_type} {self.object_id}"


class Checkpoint(models.Model):
    """The one row that says where the record ends. Written by `services.record` with every deed, locked meanwhile.

    head    the digest of the last row
    seal    keyed with the installation key, over count and head: who can only write to the database cannot make one
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    count = models.BigIntegerField()
    head = models.BinaryField()
    seal = models.BinaryField()

    class Meta:
        """One row."""

        constraints = (models.CheckConstraint(name="activity_checkpoint_one", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return f"{self.count} rows"


class Destination(models.Model):
    """A system elsewhere that is told every deed. Written by `services.forwarding`.

    address     udp://, tcp://, tls:// (syslog), https:// or http://
    layout      `ocsf` or `cef`
    header, secret  sent with HTTP; the secret is sealed with the installation key and never shown
    position    the last row that it took
    claimed_until   a job is at it until then, unless it was killed
    """

    name = models.TextField(unique=True)
    address = models.TextField()
    layout = models.TextField()
    header = models.TextField(default="", blank=True)
    secret = models.BinaryField(default=b"")
    is_active = models.BooleanField(default=True)
    position = models.BigIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(default="", blank=True)
    failed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
