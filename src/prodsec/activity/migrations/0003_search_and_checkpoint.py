"""Indexes for every way to search, the token of a deed, and the signed checkpoint of where the record ends."""

import hashlib

import django.db.models.deletion
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import migrations, models

# The words of a reason: runs of letters and digits, so that those of a path or an address are found one by one. A column
# that the database fills by itself; the record's own columns, which are sealed, stay as they are.
WORDS = """
ALTER TABLE activity_activity ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', regexp_replace(reason, '[^[:alnum:]]+', ' ', 'g'))) STORED;
CREATE INDEX activity_by_words ON activity_activity USING gin (words)
"""


def sign_what_there_is(apps, editor):
    """The checkpoint of the rows so far, as `services.recording` writes it."""
    last = apps.get_model("activity", "Activity").objects.order_by("-id").values_list("digest", flat=True).first()
    count, head = apps.get_model("activity", "Activity").objects.count(), bytes(last or b"")
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"prodsec/activity checkpoint")
    key = derived.derive(settings.PRODSEC_KEY)
    seal = hashlib.blake2b(f"{count}:{head.hex()}".encode(), digest_size=16, key=key).digest()
    apps.get_model("activity", "Checkpoint").objects.create(id=1, count=count, head=head, seal=seal)


class Migration(migrations.Migration):
    dependencies = [("activity", "0002_append_only")]

    operations = [
        migrations.AddField("activity", "token_id", models.BigIntegerField(null=True)),
        migrations.RemoveIndex("activity", "activity_of_object"),
        migrations.RemoveIndex("activity", "activity_of_actor"),
        migrations.RemoveIndex("activity", "activity_of_asset"),
        migrations.AlterField(
            "activity",
            "actor",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex("activity", models.Index(fields=["-at", "-id"], name="activity_by_time")),
        migrations.AddIndex("activity", models.Index(fields=["actor", "-at", "-id"], name="activity_by_actor")),
        migrations.AddIndex(
            "activity",
            models.Index(
                fields=["token_id", "-at", "-id"],
                name="activity_by_token",
                condition=models.Q(("token_id", None), _negated=True),
            ),
        ),
        migrations.AddIndex("activity", models.Index(fields=["action", "-at", "-id"], name="activity_by_action")),
        migrations.AddIndex("activity", models.Index(fields=["object_type", "-at", "-id"], name="activity_by_type")),
        migrations.AddIndex(
            "activity",
            models.Index(fields=["object_type", "object_id", "-at", "-id"], name="activity_by_object"),
        ),
        migrations.AddIndex("activity", models.Index(fields=["asset_id", "-at", "-id"], name="activity_by_asset")),
        migrations.RunSQL(WORDS, "ALTER TABLE activity_activity DROP COLUMN words"),
        migrations.CreateModel(
            "Checkpoint",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("count", models.BigIntegerField()),
                ("head", models.BinaryField()),
                ("seal", models.BinaryField()),
            ],
            options={
                "constraints": [models.CheckConstraint(name="activity_checkpoint_one", condition=models.Q(("id", 1)))],
            },
        ),
        migrations.RunPython(sign_what_there_is, migrations.RunPython.noop),
    ]
