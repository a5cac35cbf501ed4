"""Counts of who came how often; not logged, so that no request waits for the disk because it was counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0001_cache_table")]

    operations = [
        migrations.CreateModel(
            name="RateCount",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField()),
                ("used", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL("ALTER TABLE web_ratecount SET UNLOGGED", migrations.RunSQL.noop),
    ]
