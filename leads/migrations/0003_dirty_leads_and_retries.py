"""Note which scores must be computed anew, and let an event that cannot be counted wait its turn."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0002_room_for_updates"),
    ]

    operations = [
        migrations.CreateModel(
            name="DirtyLead",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="dirty",
                        serialize=False,
                        to="leads.lead",
                    ),
                ),
                (
                    "marked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="engagementslot",
            name="filled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pendingevent",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="pendingevent",
            name="available_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pendingevent",
            name="dead_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pendingevent",
            name="error",
            field=models.TextField(blank=True, db_default=""),
        ),
    ]
