from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_notice_by_key")]

    operations = [
        migrations.AddField("delivery", "asked_at", models.DateTimeField(null=True)),
        migrations.AddField("delivery", "doubts", models.PositiveSmallIntegerField(default=0, db_default=0)),
    ]
