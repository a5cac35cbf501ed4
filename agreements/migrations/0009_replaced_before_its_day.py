"""A signed version that waits for its day may give way to a newer one that both sides signed for an earlier day."""

import importlib

from django.db import migrations

TEXT_AND_DAY = importlib.import_module("agreements.migrations.0004_counted_with_its_day").TEXT_AND_DAY
IN_FORCE_FIRST = "AND NOT (OLD.status = 'signed' AND NEW.status = 'active')"
OR_REPLACED = """AND NOT (OLD.status = 'signed' AND NEW.status = 'superseded' AND EXISTS (
               SELECT FROM agreements_agreementversion newer
               WHERE newer.agreement_id = NEW.agreement_id AND newer.number > NEW.number
                 AND newer.status IN ('signed', 'active')
                 AND (newer.effective_from IS NULL OR newer.effective_from < NEW.effective_from)))"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0008_one_default_agreement")]

    operations = [
        migrations.RunSQL(TEXT_AND_DAY.replace(IN_FORCE_FIRST, f"{IN_FORCE_FIRST}\n           {OR_REPLACED}"), TEXT_AND_DAY)
    ]
