"""Rows of the activity log cannot be changed or deleted, by whomever."""

from django.db import migrations

FORBID = """
CREATE FUNCTION activity_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the activity log is append-only';
END $$;
CREATE TRIGGER activity_append_only BEFORE UPDATE OR DELETE ON activity_activity
    FOR EACH STATEMENT EXECUTE FUNCTION activity_append_only();
"""

ALLOW = """
DROP TRIGGER activity_append_only ON activity_activity;
DROP FUNCTION activity_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
