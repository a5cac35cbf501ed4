"""Leave room in the pages of rows that change often, so that updates stay in place."""

from django.db import migrations

TABLES = {"leads_leadengagement": 70, "leads_leadscore": 60, "leads_commitment": 85}


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET (fillfactor = {share})", f"ALTER TABLE {table} RESET (fillfactor)")
        for table, share in TABLES.items()
    ]
