"""Triggers: a signed version changes nothing but its status, and what was signed or done is never rewritten."""

from django.db import migrations

KEEP_VERSIONS = """
CREATE FUNCTION agreements_keep_signed_version() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER keep_signed_version BEFORE INSERT OR UPDATE OR DELETE ON agreements_agreementversion
    FOR EACH ROW EXECUTE FUNCTION agreements_keep_signed_version();

CREATE FUNCTION agreements_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23000';
END $$;
CREATE TRIGGER signature_append_only BEFORE UPDATE OR DELETE ON agreements_signature
    FOR EACH ROW EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER version_change_append_only BEFORE UPDATE OR DELETE ON agreements_versionchange
    FOR EACH ROW EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER version_no_truncate BEFORE TRUNCATE ON agreements_agreementversion
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER signature_no_truncate BEFORE TRUNCATE ON agreements_signature
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER version_change_no_truncate BEFORE TRUNCATE ON agreements_versionchange
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
"""

DROP = """
DROP TRIGGER keep_signed_version ON agreements_agreementversion;
DROP TRIGGER version_no_truncate ON agreements_agreementversion;
DROP TRIGGER signature_append_only ON agreements_signature;
DROP TRIGGER signature_no_truncate ON agreements_signature;
DROP TRIGGER version_change_append_only ON agreements_versionchange;
DROP TRIGGER version_change_no_truncate ON agreements_versionchange;
DROP FUNCTION agreements_keep_signed_version();
DROP FUNCTION agreements_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]

    operations = [migrations.RunSQL(KEEP_VERSIONS, DROP)]
