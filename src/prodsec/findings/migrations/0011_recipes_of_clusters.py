"""Recipes of clusters: which one made a cluster, runs that change it, and what reports call the same."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# What is here was clustered by recipe 1, until somebody switches; an empty installation begins with recipe 2.
IN_FORCE = """
INSERT INTO findings_clusterrun (kind, recipe, former, done_up_to, assets, gained, lost, actor_name, finished_at)
SELECT 2, recipe, recipe, 0, 0, 0, 0, 'prodsec', now()
FROM (SELECT CASE WHEN EXISTS (SELECT FROM findings_finding) THEN 1 ELSE 2 END AS recipe) AS given
"""
MADE_BY_RECIPE_1 = "UPDATE findings_cluster SET recipe = 1 WHERE reason <> 'put together by hand'"


class Migration(migrations.Migration):
    dependencies = [
        ("findings", "0010_counts_by_index"),
        ("inventory", "0002_owners_have_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="recipe",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="ClusterRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.PositiveSmallIntegerField()),
                ("recipe", models.PositiveSmallIntegerField()),
                ("former", models.PositiveSmallIntegerField()),
                ("done_up_to", models.BigIntegerField(default=0)),
                ("assets", models.IntegerField(default=0)),
                ("gained", models.BigIntegerField(default=0)),
                ("lost", models.BigIntegerField(default=0)),
                ("actor_name", models.TextField()),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("finished_at__isnull", True)),
                        name="findings_clusterrun_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClusterDrift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gained", models.BooleanField()),
                ("tool", models.TextField()),
                ("rule", models.TextField()),
                ("other_tool", models.TextField()),
                ("other_rule", models.TextField()),
                ("joins", models.BigIntegerField()),
                ("reason", models.TextField()),
                (
                    "example",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="findings.finding",
                    ),
                ),
                (
                    "other_example",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="findings.finding",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="findings.clusterrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "gained", "tool", "rule", "other_tool", "other_rule"),
                        name="findings_clusterdrift_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VulnerabilityAlias",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "asset_id", "alias", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("alias", models.TextField()),
                ("vulnerability", models.TextField()),
                (
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inventory.asset",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["asset", "vulnerability"], name="findings_aliases_of")],
            },
        ),
        migrations.RunSQL(IN_FORCE, migrations.RunSQL.noop),
        migrations.RunSQL(MADE_BY_RECIPE_1, migrations.RunSQL.noop),
    ]
