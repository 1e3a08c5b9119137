"""The table of answers kept for requests that are sent twice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("slot", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("request", models.BinaryField(max_length=16)),
                ("status", models.PositiveSmallIntegerField()),
                ("content_type", models.TextField()),
                ("location", models.TextField(default="")),
                ("body", models.BinaryField(null=True)),
                ("kept_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kept_at"], name="kit_keptanswer_by_age")],
            },
        ),
    ]
