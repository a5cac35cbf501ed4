"""A signature is on a text and the day from which it holds: keep that day with it."""

from django.db import migrations, models

# Versions keep their day from the proposal on, so those signed so far were signed for the day that they have now.
FILL = """
ALTER TABLE agreements_signature DISABLE TRIGGER signature_append_only;
UPDATE agreements_signature s SET effective_from = v.effective_from
FROM agreements_agreementversion v WHERE v.id = s.version_id AND v.digest = s.digest;
ALTER TABLE agreements_signature ENABLE TRIGGER signature_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_signed_means_unchangeable")]

    operations = [
        migrations.AddField("signature", "effective_from", models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
