"""The tables of scans."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("inventory", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("state", models.PositiveSmallIntegerField(default=1)),
                ("file_name", models.TextField()),
                ("report_sha256", models.BinaryField(max_length=32)),
                ("report_bytes", models.BigIntegerField()),
                ("format", models.TextField(blank=True, default="")),
                ("tool", models.TextField(blank=True, default="")),
                ("tool_version", models.TextField(blank=True, default="")),
                ("analysis", models.PositiveSmallIntegerField(null=True)),
                ("target", models.TextField(blank=True, default="")),
                ("is_record", models.BooleanField(default=True)),
                ("dry_run", models.BooleanField(default=False)),
                ("partial", models.BooleanField(default=False)),
                ("complete", models.BooleanField(null=True)),
                ("incomplete_reason", models.TextField(blank=True, default="")),
                ("actor_name", models.TextField()),
                ("request_key", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("seconds", models.FloatField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("rows_read", models.IntegerField(default=0)),
                ("progress_at", models.DateTimeField(null=True)),
                ("new_count", models.IntegerField(default=0)),
                ("reopened_count", models.IntegerField(default=0)),
                ("fixed_count", models.IntegerField(default=0)),
                ("moved_count", models.IntegerField(default=0)),
                ("changed_count", models.IntegerField(default=0)),
                ("unchanged_count", models.IntegerField(default=0)),
                ("suppressed_count", models.IntegerField(default=0)),
                ("rejected_count", models.IntegerField(default=0)),
                ("error", models.TextField(blank=True, default="")),
                ("job_id", models.BigIntegerField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inventory.asset"
                    ),
                ),
                (
                    "same_as",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="scans.scan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RejectedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.IntegerField()),
                ("place", models.TextField()),
                ("reason", models.TextField()),
                (
                    "scan",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="scans.scan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tool", models.TextField()),
                ("analysis", models.PositiveSmallIntegerField()),
                ("target", models.TextField(blank=True, default="")),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inventory.asset"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(fields=["asset", "-id"], name="scans_scan_of_asset"),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(fields=["report_sha256"], name="scans_scan_of_report"),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(condition=models.Q(("state__in", [1, 2])), fields=["id"], name="scans_scan_unfinished"),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [1, 2, 3, 4, 5, 6])), name="scans_scan_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("request_key", ""), _negated=True),
                fields=("actor", "request_key"),
                name="scans_scan_request_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="rejectedrow",
            constraint=models.UniqueConstraint(fields=("scan", "ordinal"), name="scans_rejectedrow_once"),
        ),
        migrations.AddConstraint(
            model_name="scope",
            constraint=models.UniqueConstraint(
                fields=("asset", "tool", "analysis", "target"), name="scans_scope_unique"
            ),
        ),
    ]
