"""Tables of `scans`: scopes, scans, the rows that could not be read, and the formats an installation describes itself."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from prodsec.scans.types import FormatState, ScanState
from prodsec.vocabulary.kinds import Kind


class Scope(models.Model):
    """What is scanned again and again. Written by `services.scope_of`, never changed."""

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+")
    tool = models.TextField()
    analysis = models.PositiveSmallIntegerField()
    target = models.TextField(default="", blank=True)

    class Meta:
        """One row a scope."""

        constraints = (
            models.UniqueConstraint(fields=["asset", "tool", "analysis", "target"], name="scans_scope_unique"),
        )

    def __str__(self) -> str:
        kind = Kind(self.analysis).word
        return f"{self.tool} {kind} {self.target}".strip()


class Scan(models.Model):
    """One import of one report.

    target      the ref, branch or tag that the caller named; empty is the asset's default
    is_record   False for dry runs and other refs: such a scan never writes the lasting record
    partial     the caller said that the report does not show everything; then nothing is closed
    complete    what report, caller and rejected rows together amount to; unknown until read
    attempts    how often a worker began to read it; the third one that dies with its worker ends it
    format_version  which version of the format read it: our own of a built-in one, the number of a shared one
    warnings    rules of its standard that the report breaks, a line each; it was read in spite of them
    rows_read   written while it is read, outside of the import's own transaction
    same_as     the earlier scan whose very bytes this one repeats; such a scan was not read at all
    request_key the caller's idempotency key, unique for the caller
    """

    asset = models.ForeignKey("inventory.Asset", on_delete=models.CASCADE, related_name="+")
    scope_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    state = models.PositiveSmallIntegerField(default=ScanState.RECEIVED.value)
    file_name = models.TextField()
    report_sha256 = models.BinaryField(max_length=32)
    report_bytes = models.BigIntegerField()
    format = models.TextField(default="", blank=True)
    format_version = models.TextField(default="", db_default="", blank=True)
    tool = models.TextField(default="", blank=True)
    tool_version = models.TextField(default="", blank=True)
    analysis = models.PositiveSmallIntegerField(null=True)
    target = models.TextField(default="", blank=True)
    is_record = models.BooleanField(default=True)
    dry_run = models.BooleanField(default=False)
    partial = models.BooleanField(default=False)
    complete = models.BooleanField(null=True)
    incomplete_reason = models.TextField(default="", blank=True)
    warnings = models.TextField(default="", db_default="", blank=True)
    actor = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.TextField()
    request_key = models.TextField(default="", blank=True)
    same_as = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    rows_read = models.IntegerField(default=0)
    progress_at = models.DateTimeField(null=True)
    new_count = models.IntegerField(default=0)
    reopened_count = models.IntegerField(default=0)
    fixed_count = models.IntegerField(default=0)
    moved_count = models.IntegerField(default=0)
    changed_count = models.IntegerField(default=0)
    unchanged_count = models.IntegerField(default=0)
    suppressed_count = models.IntegerField(default=0)
    rejected_count = models.IntegerField(default=0)
    error = models.TextField(default="", blank=True)
    job_id = models.BigIntegerField(null=True)

    class Meta:
        """Lists are newest first, for all assets or one; what is unfinished is found without a scan of the rest."""

        indexes = (
            models.Index(fields=["asset", "-id"], name="scans_scan_of_asset"),
            models.Index(fields=["report_sha256"], name="scans_scan_of_report"),
            models.Index(
                fields=["id"],
                name="scans_scan_unfinished",
                condition=models.Q(state__in=[ScanState.RECEIVED.value, ScanState.READING.value]),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="scans_scan_state_known", condition=models.Q(state__in=[state.value for state in ScanState])
            ),
            models.UniqueConstraint(
                fields=["actor", "request_key"],
                name="scans_scan_request_once",
                condition=~models.Q(request_key=""),
            ),
        )

    def __str__(self) -> str:
        return f"scan {self.pk} of {self.file_name}"


class RejectedRow(models.Model):
    """A row that could not be read. Written once, when its scan ends; at most `Limits.rejected` a scan."""

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="+", db_index=False)
    ordinal = models.IntegerField()
    place = models.TextField()
    reason = models.TextField()

    class Meta:
        """In the order of the report."""

        constraints = (models.UniqueConstraint(fields=["scan", "ordinal"], name="scans_rejectedrow_once"),)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Format(models.Model):
    """A format that people of this installation described. Written by `services.sharing`.

    slug            the id in its spec
    active_version  the one that reads reports; none of a draft and of one that was switched off
    changed_at      when another version was put to use, or none
    """

    slug = models.TextField(unique=True)
    state = models.PositiveSmallIntegerField(default=FormatState.DRAFT.value)
    active_version = models.PositiveIntegerField(null=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        """A version is active exactly when the format is."""

        constraints = (
            models.CheckConstraint(
                name="scans_format_active",
                condition=models.Q(state=FormatState.ACTIVE.value, active_version__isnull=False)
                | models.Q(state__in=[FormatState.DRAFT.value, FormatState.OFF.value], active_version=None),
            ),
        )

    def __str__(self) -> str:
        return self.slug


class FormatVersion(models.Model):
    """One version of a format's spec, never changed. The sample it was made with is a raw report, kept as long as the version."""

    format = models.ForeignKey(Format, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version = models.PositiveIntegerField()
    text = models.TextField()
    note = models.TextField(default="", blank=True)
    sample_sha256 = models.BinaryField(max_length=32, null=True)
    sample_name = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_by_name = models.TextField()

    class Meta:
        """Versions count up."""

        constraints = (models.UniqueConstraint(fields=["format", "version"], name="scans_formatversion_once"),)

    def __str__(self) -> str:
        return f"{self.format_id}, version {self.version}"
