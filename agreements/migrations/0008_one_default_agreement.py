"""Exactly one agreement is the default: at most one by an index, at least one by a trigger at the transaction's end."""

from django.db import migrations, models

KEEP_DEFAULT = """
CREATE FUNCTION agreements_keep_default() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM agreements_agreement) AND NOT EXISTS (SELECT FROM agreements_agreement WHERE is_default) THEN
        RAISE EXCEPTION 'one agreement must be the default' USING ERRCODE = '23000';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER keep_default AFTER INSERT OR UPDATE OR DELETE ON agreements_agreement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreements_keep_default();
"""
DROP = """
DROP TRIGGER keep_default ON agreements_agreement;
DROP FUNCTION agreements_keep_default();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0007_segments_as_they_governed")]

    operations = [
        migrations.AddField(
            "agreement",
            "is_default",
            models.GeneratedField(
                db_persist=True,
                expression=models.ExpressionWrapper(models.Q(segment={}), output_field=models.BooleanField()),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddField("agreement", "revision", models.PositiveIntegerField(default=0)),
        migrations.AlterModelOptions("agreement", {"ordering": ["is_default", "order", "id"]}),
        migrations.AddConstraint(
            "agreement",
            models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_agreement"
            ),
        ),
        migrations.RunSQL(KEEP_DEFAULT, DROP),
    ]
