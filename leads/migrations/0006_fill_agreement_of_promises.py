"""The agreement of each promise over a period so far: that of its version."""

from django.db import migrations

FILL = """
UPDATE leads_commitment c SET agreement_id = v.agreement_id
FROM agreements_agreementversion v WHERE v.id = c.version_id AND c.period IS NOT NULL AND c.agreement_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_promises_of_an_agreement")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
