"""Tables of `metrics`."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Day",
            fields=[
                ("node", models.BigIntegerField()),
                ("team", models.BigIntegerField()),
                ("day", models.DateField()),
                ("severity", models.PositiveSmallIntegerField()),
                ("kind", models.PositiveSmallIntegerField()),
                ("open", models.IntegerField(default=0)),
                ("overdue", models.IntegerField(default=0)),
                ("undated", models.IntegerField(default=0)),
                ("age_0", models.IntegerField(default=0)),
                ("age_1", models.IntegerField(default=0)),
                ("age_2", models.IntegerField(default=0)),
                ("age_3", models.IntegerField(default=0)),
                ("age_4", models.IntegerField(default=0)),
                ("age_5", models.IntegerField(default=0)),
                ("opened", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("fixed", models.IntegerField(default=0)),
                ("dismissed", models.IntegerField(default=0)),
                ("in_time", models.IntegerField(default=0)),
                ("late", models.IntegerField(default=0)),
                ("fixed_days", models.IntegerField(default=0)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "node",
                        "day",
                        "team",
                        "severity",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Month",
            fields=[
                ("node", models.BigIntegerField()),
                ("team", models.BigIntegerField()),
                ("day", models.DateField()),
                ("severity", models.PositiveSmallIntegerField()),
                ("kind", models.PositiveSmallIntegerField()),
                ("open", models.IntegerField(default=0)),
                ("overdue", models.IntegerField(default=0)),
                ("undated", models.IntegerField(default=0)),
                ("age_0", models.IntegerField(default=0)),
                ("age_1", models.IntegerField(default=0)),
                ("age_2", models.IntegerField(default=0)),
                ("age_3", models.IntegerField(default=0)),
                ("age_4", models.IntegerField(default=0)),
                ("age_5", models.IntegerField(default=0)),
                ("opened", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("fixed", models.IntegerField(default=0)),
                ("dismissed", models.IntegerField(default=0)),
                ("in_time", models.IntegerField(default=0)),
                ("late", models.IntegerField(default=0)),
                ("fixed_days", models.IntegerField(default=0)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "node",
                        "day",
                        "team",
                        "severity",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                ("asset", models.BigIntegerField(primary_key=True, serialize=False)),
                ("nodes", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(default=0)),
                ("seen", models.BigIntegerField(default=0)),
                (
                    "writers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("sla_document", models.BigIntegerField(default=0)),
                ("counted_at", models.DateTimeField(null=True)),
                ("is_building", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Stale",
            fields=[
                ("asset", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Span",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("finding_id", models.BigIntegerField()),
                ("asset", models.BigIntegerField()),
                ("team", models.BigIntegerField()),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("seen_on", models.DateField()),
                ("due_on", models.DateField(null=True)),
                ("severity", models.PositiveSmallIntegerField()),
                ("kind", models.PositiveSmallIntegerField()),
                ("entry", models.PositiveSmallIntegerField()),
                ("ending", models.PositiveSmallIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["finding_id"], name="metrics_span_of_finding"),
                    models.Index(fields=["asset"], name="metrics_span_of_asset"),
                    models.Index(fields=["from_on"], name="metrics_span_from"),
                    models.Index(
                        condition=models.Q(("until_on__isnull", False)), fields=["until_on"], name="metrics_span_until"
                    ),
                ],
            },
        ),
    ]
