"""Questions that people keep, those they pinned, and the columns they chose."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class SavedView(models.Model):
    """A list of findings with a name: the question, never the answer. Written by `services.views`.

    query       what stands after the `?`, in the normal form of `rules.filtering`
    team        shared with its members; when the team goes, the view stays its owner's
    columns     empty means those of whoever reads
    """

    owner = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    is_for_everybody = models.BooleanField(default=False)
    name = models.TextField()
    query = models.TextField()
    columns = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """A person's views have different names; a view is shared in one way."""

        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="findings_savedview_name"),
            models.CheckConstraint(
                name="findings_savedview_shared_once", condition=Q(team__isnull=True) | Q(is_for_everybody=False)
            ),
        )

    def __str__(self) -> str:
        return self.name


class PinnedView(models.Model):
    """That a person has a view in their sidebar. Written by `services.views`."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="pins")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=["person", "view"], name="findings_pinnedview_once"),)

    def __str__(self) -> str:
        return f"view {self.view_id} of {self.person_id}"


class ChosenColumns(models.Model):
    """The columns of the list that a person chose, in their order. Written by `services.views`; no row means the usual ones."""

    person = models.OneToOneField("accounts.Person", primary_key=True, on_delete=models.CASCADE, related_name="+")
    columns = ArrayField(models.TextField())

    def __str__(self) -> str:
        return f"columns of {self.person_id}"


class ViewSubscription(models.Model):
    """That a person wants to hear of findings that enter a view. Written by `services.subscriptions`.

    last_event_id   up to where the history of findings was looked at for it
    """

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="subscriptions")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    last_event_id = models.BigIntegerField()

    class Meta:
        """Once each."""

        constraints = (models.UniqueConstraint(fields=["person", "view"], name="findings_viewsubscription_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} hears of view {self.view_id}"
