"""Where the record is forwarded to."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("activity", "0003_search_and_checkpoint")]

    operations = [
        migrations.CreateModel(
            "Destination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(unique=True)),
                ("address", models.TextField()),
                ("layout", models.TextField()),
                ("header", models.TextField(blank=True, default="")),
                ("secret", models.BinaryField(default=b"")),
                ("is_active", models.BooleanField(default=True)),
                ("position", models.BigIntegerField(default=0)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
                ("failed_at", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
        ),
    ]
