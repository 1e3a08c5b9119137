"""Tables of `findings`. All that grows with findings carries `asset_id`, so that it can be spread by it (design.md §8).

Keys of what is written by the ten thousand (findings, attributions, events, details) are not checked by the database, one row at a time at
the commit: that took longer than writing them. They are written only by statements of `services.merging` that take both ends from
one set, and are removed with their finding or asset by Django.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Now, Upper

from prodsec.findings.types import OPEN_STATES, RECIPE, DecisionState, State
from prodsec.vocabulary.kinds import Kind

_IS_OPEN_LEAD = Q(state__in=OPEN_STATES, is_lead=True)


class Definition(models.Model):
    """Text that many findings share: one rule of one tool, or one vulnerability. Written by `services.merge`."""

    tool = models.TextField()
    rule = models.TextField()
    title = models.TextField()
    description = models.TextField(default="")
    remedy = models.TextField(default="")
    references = ArrayField(models.TextField(), default=list)
    ids = ArrayField(models.TextField(), default=list)
    cwes = ArrayField(models.IntegerField(), default=list)
    cvss = ArrayField(models.TextField(), default=list)
    digest = models.BigIntegerField()

    class Meta:
        """One text a rule of a tool; found by how its title begins, in any case of letters."""

        constraints = (models.UniqueConstraint(fields=["tool", "rule"], name="findings_definition_unique"),)
        indexes = (
            models.Index(OpClass(Upper(Left("title", 80)), "text_pattern_ops"), name="findings_definition_by_title"),
        )

    def __str__(self) -> str:
        return f"{self.tool} {self.rule}"


class DetailBlock(models.Model):
    """What is a finding's own and long (message, snippet, flow): some 64 findings' worth, compressed together."""

    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"details {self.pk}"


class Cluster(models.Model):
    """Findings of one asset that are one piece of work.

    key     what they have in common, hashed (see `rules.kin`); with `reason` in words
    recipe  the number of the recipe that last put them together; 0 for a person
    """

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=16)
    reason = models.TextField()
    recipe = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One cluster a key."""

        constraints = (models.UniqueConstraint(fields=["asset", "key"], name="findings_cluster_unique"),)

    def __str__(self) -> str:
        return self.reason


class Decision(models.Model):
    """What was decided about what, by whom, until when. Replayed on every later import.

    asset       the subtree it holds in (None: everywhere)
    scope_value a rule as `tool rule`, a component as `type/name`, a vulnerability's id, a finding's or cluster's id
    """

    scope_kind = models.PositiveSmallIntegerField()
    scope_value = models.TextField()
    asset = models.ForeignKey("inventory.Asset", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.PositiveSmallIntegerField()
    justification = models.TextField(default="")
    reason = models.TextField(default="")
    asked_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.PositiveSmallIntegerField(default=DecisionState.ACTIVE.value)
    valid_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Active ones are looked up on each import."""

        indexes = (
            models.Index(
                fields=["scope_kind", "scope_value"],
                name="findings_decision_active",
                condition=Q(state=DecisionState.ACTIVE.value),
            ),
        )

    def __str__(self) -> str:
        return f"decision {self.pk} on {self.scope_value}"


class Finding(models.Model):
    """One weakness in one place. Written by `services` only; columns ordered by width.

    identity, ordinal   see `rules.identity`; `recipe` is the version that made them
    title, details      empty when the definition's say it all; long texts are in `block` at `block_index`
    place               what of the place has no column of its own, as JSON
    severity_*          one opinion a source; `severity` is what `rules.severity` makes of them
    detected            whether any attribution is open
    due_at              the remediation clock's date, kept in step by `policies`
    is_lead             whether lists show it: the one that stands for its cluster, or has none
    """

    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    definition = models.ForeignKey(
        Definition, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    owner_team = models.ForeignKey(
        "accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    assignee = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    cluster = models.ForeignKey(
        Cluster, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    block = models.ForeignKey(
        DetailBlock, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    decision = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    first_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    mitigated_at = models.DateTimeField(null=True)
    fix_available_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    score = models.FloatField(null=True)
    line = models.IntegerField(null=True)
    end_line = models.IntegerField(null=True)
    cwe = models.IntegerField(null=True)
    kind = models.PositiveSmallIntegerField()
    state = models.PositiveSmallIntegerField(default=State.DETECTED.value)
    severity = models.PositiveSmallIntegerField()
    severity_scanner = models.PositiveSmallIntegerField(null=True)
    severity_advisory = models.PositiveSmallIntegerField(null=True)
    severity_vendor = models.PositiveSmallIntegerField(null=True)
    severity_policy = models.PositiveSmallIntegerField(null=True)
    severity_person = models.PositiveSmallIntegerField(null=True)
    ordinal = models.PositiveSmallIntegerField(default=0)
    recipe = models.PositiveSmallIntegerField(default=RECIPE)
    block_index = models.PositiveSmallIntegerField(null=True)
    detected = models.BooleanField(default=True)
    is_lead = models.BooleanField(default=True)
    identity = models.BinaryField(max_length=16)
    snippet_hash = models.BinaryField(null=True, max_length=8)
    secret_hash = models.BinaryField(null=True, max_length=16)
    title = models.TextField(default="")
    file = models.TextField(default="")
    place_label = models.TextField(default="")
    place = models.TextField(default="")
    component_type = models.TextField(default="")
    component_name = models.TextField(default="")
    component_version = models.TextField(default="")
    fixed_version = models.TextField(default="")
    vulnerability_id = models.TextField(default="")

    class Meta:
        """Lists walk the open leads along one of four orders, or all findings by severity; all else narrows by a named fact."""

        constraints = (
            models.UniqueConstraint(fields=["asset", "identity", "ordinal"], name="findings_finding_identity"),
            models.CheckConstraint(name="findings_finding_severity_known", condition=Q(severity__range=(0, 5))),
            models.CheckConstraint(name="findings_finding_state_known", condition=Q(state__range=(1, 6))),
        )
        indexes = (
            # What lists narrow by and hardly any finding may have is looked at in the index; only what fits is fetched.
            models.Index(
                fields=["-severity", "id", "kind", "first_seen_at", "score", "cwe"],
                name="findings_open_worst_first",
                condition=_IS_OPEN_LEAD,
            ),
            # Kinds other than packages and code are few, or soon met.
            models.Index(
                fields=["kind", "-severity", "id"],
                name="findings_open_of_rare_kind",
                condition=_IS_OPEN_LEAD & Q(kind__gt=Kind.CODE.value),
            ),
            models.Index(
                fields=["-severity", "id"], name="findings_open_undetected", condition=_IS_OPEN_LEAD & Q(detected=False)
            ),
            models.Index(
                OpClass("file", name="text_pattern_ops"),
                name="findings_open_of_file",
                condition=Q(state__in=OPEN_STATES),
            ),
            models.Index(fields=["decision"], name="findings_of_decision", condition=Q(decision__isnull=False)),
            models.Index(fields=["resolved_at"], name="findings_of_resolution", condition=Q(resolved_at__isnull=False)),
            models.Index(fields=["-severity", "id"], name="findings_by_severity"),
            models.Index(
                fields=["state", "-severity", "id"],
                name="findings_by_later_state",
                condition=~Q(state=State.DETECTED.value),
            ),
            models.Index(fields=["due_at", "id"], name="findings_open_by_due", condition=_IS_OPEN_LEAD),
            models.Index(
                fields=["-severity", "id"],
                name="findings_open_undated",
                condition=_IS_OPEN_LEAD & Q(due_at__isnull=True),
            ),
            models.Index(fields=["asset", "-severity", "id"], name="findings_of_asset", condition=_IS_OPEN_LEAD),
            # With the date, a team's overdue findings are counted without looking at any of them.
            models.Index(
                fields=["owner_team", "-severity", "id"],
                include=["due_at"],
                name="findings_of_owner",
                condition=_IS_OPEN_LEAD,
            ),
            models.Index(
                fields=["-severity", "id"],
                name="findings_open_fixable",
                condition=_IS_OPEN_LEAD & ~Q(fixed_version=""),
            ),
            models.Index(fields=["definition", "-severity", "id"], name="findings_of_definition"),
            models.Index(fields=["cwe"], name="findings_of_cwe", condition=Q(cwe__isnull=False)),
            models.Index(fields=["component_name"], name="findings_of_component", condition=~Q(component_name="")),
            models.Index(fields=["assignee"], name="findings_of_assignee", condition=Q(assignee__isnull=False)),
            models.Index(
                fields=["vulnerability_id", "asset"],
                name="findings_of_vulnerability",
                condition=~Q(vulnerability_id=""),
            ),
            models.Index(
                fields=["asset", "secret_hash"], name="findings_of_secret", condition=Q(secret_hash__isnull=False)
            ),
            models.Index(fields=["cluster"], name="findings_of_cluster", condition=Q(cluster__isnull=False)),
        )

    def __str__(self) -> str:
        return f"finding {self.pk}"


class Attribution(models.Model):
    """That a scope shows a finding: since which scan, and until which.

    digest      of the whole observation; a row with a known digest is unchanged and costs nothing
    """

    pk = models.CompositePrimaryKey("finding_id", "scope_id")
    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    finding = models.ForeignKey(
        Finding, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    scope = models.ForeignKey(
        "scans.Scope", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    opened_by = models.ForeignKey(
        "scans.Scan", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    closed_by = models.ForeignKey(
        "scans.Scan", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    digest = models.BigIntegerField()
    severity = models.PositiveSmallIntegerField()

    class Meta:
        """A scope's open ones are read whole at each scan."""

        indexes = (
            models.Index(fields=["scope"], name="findings_attribution_open", condition=Q(closed_by__isnull=True)),
        )

    def __str__(self) -> str:
        return f"finding {self.finding_id} in scope {self.scope_id}"


class FindingEvent(models.Model):
    """One change of one finding. Append-only; `data` is JSON, small, never report content or secrets."""

    asset = models.ForeignKey(
        "inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    finding = models.ForeignKey(
        Finding, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    scan = models.ForeignKey(
        "scans.Scan", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    actor = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    kind = models.PositiveSmallIntegerField()
    reason = models.TextField(default="")
    data = models.TextField(default="")

    class Meta:
        """A finding's history, and a scan's diff."""

        indexes = (
            models.Index(fields=["finding", "id"], name="findings_event_of_finding"),
            models.Index(fields=["scan", "kind"], name="findings_event_of_scan", condition=Q(scan__isnull=False)),
        )

    def __str__(self) -> str:
        return f"event {self.pk} of finding {self.finding_id}"


class Comment(models.Model):
    """What somebody said about a finding, in Markdown. One that was taken back has no body any more."""

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False)
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.TextField()
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"comment {self.pk}"


class CommentVersion(models.Model):
    """What a comment said before it was changed or taken back. Written by `services.discussing`, shown to who may read the record."""

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+", db_index=False)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    body = models.TextField()
    replaced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"earlier version of comment {self.comment_id}"


class PreviewChange(models.Model):
    """A change that a dry run, or a scan of another ref, would make. Kept for a limited time."""

    scan = models.ForeignKey("scans.Scan", on_delete=models.CASCADE, related_name="+", db_index=False)
    finding = models.ForeignKey(Finding, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    ordinal = models.IntegerField()
    change = models.PositiveSmallIntegerField()
    severity = models.PositiveSmallIntegerField()
    title = models.TextField()
    place_label = models.TextField(default="")

    class Meta:
        """In order, a scan at a time."""

        constraints = (models.UniqueConstraint(fields=["scan", "ordinal"], name="findings_previewchange_once"),)

    def __str__(self) -> str:
        return self.title
