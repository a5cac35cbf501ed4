"""Only signatures on the text and its day count: the database, too, wants one of each side on both."""

from django.db import migrations, models

TEXT_AND_DAY = """
CREATE OR REPLACE FUNCTION agreements_keep_signed_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled constant text[] := ARRAY['signed', 'active', 'superseded'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = ANY (settled) THEN
            RAISE EXCEPTION 'a version starts as a draft, not as %', NEW.status USING ERRCODE = '23000';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = ANY (settled) THEN
            RAISE EXCEPTION 'version % is signed: it cannot be deleted', OLD.number USING ERRCODE = '23000';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status = ANY (settled) THEN
        IF to_jsonb(NEW) - 'status' IS DISTINCT FROM to_jsonb(OLD) - 'status' THEN
            RAISE EXCEPTION 'version % is signed: it cannot be changed', OLD.number USING ERRCODE = '23000';
        END IF;
        IF NEW.status <> OLD.status
           AND NOT (OLD.status = 'signed' AND NEW.status = 'active')
           AND NOT (OLD.status = 'active' AND NEW.status = 'superseded') THEN
            RAISE EXCEPTION 'version % cannot go from % to %', OLD.number, OLD.status, NEW.status
                USING ERRCODE = '23000';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status = ANY (settled) THEN
        IF NEW.status <> 'signed' OR (
            SELECT count(DISTINCT side) FROM agreements_signature
            WHERE version_id = NEW.id AND digest = NEW.digest AND side IN ('marketing', 'sales')
              AND effective_from IS NOT DISTINCT FROM NEW.effective_from
        ) < 2 THEN
            RAISE EXCEPTION 'version % lacks a signature of each side on this text and day', NEW.number
                USING ERRCODE = '23000';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

TEXT_ALONE = """
CREATE OR REPLACE FUNCTION agreements_keep_signed_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled constant text[] := ARRAY['signed', 'active', 'superseded'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = ANY (settled) THEN
            RAISE EXCEPTION 'a version starts as a draft, not as %', NEW.status USING ERRCODE = '23000';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = ANY (settled) THEN
            RAISE EXCEPTION 'version % is signed: it cannot be deleted', OLD.number USING ERRCODE = '23000';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status = ANY (settled) THEN
        IF to_jsonb(NEW) - 'status' IS DISTINCT FROM to_jsonb(OLD) - 'status' THEN
            RAISE EXCEPTION 'version % is signed: it cannot be changed', OLD.number USING ERRCODE = '23000';
        END IF;
        IF NEW.status <> OLD.status
           AND NOT (OLD.status = 'signed' AND NEW.status = 'active')
           AND NOT (OLD.status = 'active' AND NEW.status = 'superseded') THEN
            RAISE EXCEPTION 'version % cannot go from % to %', OLD.number, OLD.status, NEW.status
                USING ERRCODE = '23000';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status = ANY (settled) THEN
        IF NEW.status <> 'signed' OR (
            SELECT count(DISTINCT side) FROM agreements_signature
            WHERE version_id = NEW.id AND digest = NEW.digest AND side IN ('marketing', 'sales')
        ) < 2 THEN
            RAISE EXCEPTION 'version % lacks a signature of each side on this text', NEW.number
                USING ERRCODE = '23000';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_signed_with_its_day")]

    operations = [
        migrations.RemoveConstraint("signature", "one_signature_per_side"),
        migrations.RemoveConstraint("signature", "one_person_signs_once"),
        migrations.AddConstraint(
            "signature",
            models.UniqueConstraint(
                fields=("version", "side", "digest", "effective_from"),
                nulls_distinct=False,
                name="one_signature_per_side",
            ),
        ),
        migrations.AddConstraint(
            "signature",
            models.UniqueConstraint(
                fields=("version", "user", "digest", "effective_from"),
                nulls_distinct=False,
                condition=models.Q(("user__isnull", False)),
                name="one_person_signs_once",
            ),
        ),
        migrations.RunSQL(TEXT_AND_DAY, TEXT_ALONE),
    ]
