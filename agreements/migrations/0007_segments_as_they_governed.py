"""Until now the first agreement in force governed every lead: it becomes the default one, the others select nobody."""

from django.db import migrations

NOBODY = """
UPDATE agreements_agreement SET segment = '{"any": []}'
WHERE segment = '{}' AND id <> (
    SELECT a.id FROM agreements_agreement a
    LEFT JOIN agreements_agreementversion v ON v.agreement_id = a.id AND v.status = 'active'
    WHERE a.segment = '{}' ORDER BY (v.id IS NULL), a."order", a.id LIMIT 1
);
-- Segments were never read: where every agreement has one, the one that governed becomes the default all the same.
UPDATE agreements_agreement SET segment = '{}'
WHERE NOT EXISTS (SELECT FROM agreements_agreement WHERE segment = '{}') AND id = (
    SELECT a.id FROM agreements_agreement a
    LEFT JOIN agreements_agreementversion v ON v.agreement_id = a.id AND v.status = 'active'
    ORDER BY (v.id IS NULL), a."order", a.id LIMIT 1
);
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0006_what_is_said_is_kept")]

    operations = [migrations.RunSQL(NOBODY, migrations.RunSQL.noop)]
