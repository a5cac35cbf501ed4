"""A promise over a period is one agreement's: clause ids are unique only within a document."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0008_one_default_agreement"), ("leads", "0004_accounts")]

    operations = [
        migrations.AddField(
            "commitment",
            "agreement",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agreements.agreement",
            ),
        ),
    ]
