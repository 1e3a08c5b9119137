from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scans", "0002_formats_of_ones_own")]

    operations = [
        migrations.AddField(
            model_name="scan",
            name="warnings",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
