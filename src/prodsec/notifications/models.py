"""Tables of `notifications`. Assets, findings and scans stand above and are named by plain numbers; doors ask whether they may be seen."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from prodsec.notifications.types import DeliveryState, Pace


def _one_reader(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(person__isnull=False, team__isnull=True) | Q(person__isnull=True, team__isnull=False),
    )


class Notice(models.Model):
    """Finished text for one person or one team. Written by `services.notify`, forgotten after some months.

    key     what it is about, where a second notice about the same would be one too many
    place   the path of the asset when it was written
    """

    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.TextField()
    at = models.DateTimeField()
    title = models.TextField()
    body = models.TextField(default="")
    link = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    asset_id = models.BigIntegerField(null=True)
    place = models.TextField(default="")
    severity = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField(default=1)
    key = models.TextField(default="")
    read_at = models.DateTimeField(null=True)

    class Meta:
        """A person's, newest first, and those not read; forgotten by age."""

        constraints = (
            _one_reader("notifications_notice_one_reader"),
            models.UniqueConstraint(
                fields=["person", "key"], name="notifications_notice_once_person", condition=~Q(key="") & Q(team=None)
            ),
            models.UniqueConstraint(
                fields=["team", "key"], name="notifications_notice_once_team", condition=~Q(key="") & Q(person=None)
            ),
        )
        indexes = (
            models.Index(fields=["person", "-id"], name="notifications_notice_of_person"),
            models.Index(fields=["person", "-id"], name="notifications_notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["team"], name="notifications_notice_of_team", condition=Q(person=None)),
            models.Index(fields=["at"], name="notifications_notice_by_age"),
            models.Index(fields=["key"], name="notifications_notice_by_key", condition=~Q(key="")),
        )

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Watch(models.Model):
    """That a person wants to hear of a finding, or of an asset and all below it. Written by `services.watch`."""

    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    object_type = models.TextField()
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Once each; found by what is watched."""

        constraints = (
            models.UniqueConstraint(fields=["person", "object_type", "object_id"], name="notifications_watch_once"),
        )
        indexes = (models.Index(fields=["object_type", "object_id"], name="notifications_watch_of_object"),)

    def __str__(self) -> str:
        return f"person {self.person_id} watches {self.object_type} {self.object_id}"


class Channel(models.Model):
    """A way out, of one person or one team. Written by `services.channels`.

    kind            `email`, or the scheme of the library that sends
    sealed          the address, encrypted: it is a secret; empty for a person's e-mail, which goes to their own address
    tail            the last characters of the address, to tell channels apart
    failing_since   since when nothing got through
    dead_at         when it was given up; what waits for it stays until a test message gets through
    """

    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.TextField()
    name = models.TextField()
    sealed = models.BinaryField(default=b"")
    tail = models.TextField(default="")
    kinds = ArrayField(models.TextField())
    pace = models.TextField(default=Pace.DAILY.value)
    at = models.TimeField(default=datetime.time(8, 0))
    weekday = models.PositiveSmallIntegerField(default=0)
    zone = models.TextField(default="UTC")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    failing_since = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """A person has one."""

        constraints = (
            _one_reader("notifications_channel_one_reader"),
            models.UniqueConstraint(fields=["person"], name="notifications_channel_of_person", condition=Q(team=None)),
            models.CheckConstraint(name="notifications_channel_weekday", condition=Q(weekday__range=(0, 6))),
        )

    def __str__(self) -> str:
        return f"channel {self.pk}"


class Delivery(models.Model):
    """One message through one channel. Written by `services.delivering`.

    try_at      when it may be tried next; attempts are those that failed
    asked_at    since when the other side is asked; its answer is not known yet
    doubts      attempts whose answer nobody knows: the message may have arrived with each of them
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    state = models.PositiveSmallIntegerField(default=DeliveryState.WAITING.value)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    doubts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Those that wait are looked for each minute."""

        indexes = (
            models.Index(
                fields=["try_at"],
                name="notifications_delivery_waiting",
                condition=Q(state=DeliveryState.WAITING.value),
            ),
        )

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Line(models.Model):
    """That a notice goes out through a channel, from when on, and with which delivery it went."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        """Once each; those without a delivery are looked for each minute."""

        constraints = (models.UniqueConstraint(fields=["notice", "channel"], name="notifications_line_once"),)
        indexes = (
            models.Index(fields=["due_at"], name="notifications_line_waiting", condition=Q(delivery__isnull=True)),
        )

    def __str__(self) -> str:
        return f"notice {self.notice_id} through channel {self.channel_id}"
