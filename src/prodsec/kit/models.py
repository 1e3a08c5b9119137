"""Tables of `kit`: answers kept for requests that are sent twice."""

from django.db import models


class KeptAnswer(models.Model):
    """What a request with an idempotency key was answered. Written by `kit.idempotency`, deleted after a day.

    slot      keyed hash of who asked, what, and the key
    request   keyed hash of what was sent, which may hold a password
    body      None for an answer that is shown once
    """

    slot = models.BinaryField(max_length=16, primary_key=True)
    request = models.BinaryField(max_length=16)
    status = models.PositiveSmallIntegerField()
    content_type = models.TextField()
    location = models.TextField(default="")
    body = models.BinaryField(null=True)
    kept_at = models.DateTimeField()

    class Meta:
        """Found by age when it is time to forget."""

        indexes = (models.Index(fields=["kept_at"], name="kit_keptanswer_by_age"),)

    def __str__(self) -> str:
        return f"answer {self.status} of {self.kept_at}"
