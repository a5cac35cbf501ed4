"""One promise per agreement, clause and period."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_fill_agreement_of_promises")]

    operations = [
        migrations.RemoveConstraint("commitment", "one_promise_per_period"),
        migrations.AddConstraint(
            "commitment",
            models.UniqueConstraint(
                condition=models.Q(("period__isnull", False)),
                fields=("agreement", "clause", "period"),
                name="one_promise_per_period",
            ),
        ),
        migrations.AddConstraint(
            "commitment",
            models.CheckConstraint(
                condition=models.Q(("period", None), ("agreement__isnull", False), _connector="OR"),
                name="a_period_is_an_agreements",
            ),
        ),
    ]
