"""People and teams that an identity provider keeps through SCIM."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower, Now


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_providers")]

    operations = [
        migrations.CreateModel(
            "ProvisionedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_name", models.TextField()),
                ("external_id", models.TextField(blank=True, db_index=True, default="")),
                ("given_name", models.TextField(blank=True, default="")),
                ("family_name", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="provisioned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(Lower("user_name"), name="accounts_provisioned_user_name_any_case")
                ],
            },
        ),
        migrations.CreateModel(
            "ProvisionedTeam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.TextField(blank=True, db_index=True, default="")),
                ("is_open", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "team",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="provisioned", to="accounts.team"
                    ),
                ),
            ],
        ),
    ]
