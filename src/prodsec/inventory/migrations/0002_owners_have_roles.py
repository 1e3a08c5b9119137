"""Teams that own assets get the role that owning gives. CODEOWNERS files give theirs when they are next sent."""

from django.db import migrations

GIVE = """
INSERT INTO accounts_grant (role, team_id, asset_id, source)
SELECT 'maintainer', owner_team_id, id, 'owner' FROM inventory_asset WHERE owner_team_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
TAKE = "DELETE FROM accounts_grant WHERE source = 'owner'"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("accounts", "0002_roles")]

    operations = [migrations.RunSQL(GIVE, TAKE)]
