"""Keep the texts of today's versions, and guard by triggers what was said: it grows, and is never rewritten."""

from django.db import migrations

FILL = """
INSERT INTO agreements_storedtext (digest, terms, at)
SELECT DISTINCT ON (digest) digest, terms, created_at FROM agreements_agreementversion ORDER BY digest, id
ON CONFLICT DO NOTHING;
"""

GUARD = """
CREATE TRIGGER stored_text_append_only BEFORE UPDATE OR DELETE ON agreements_storedtext
    FOR EACH ROW EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER stored_text_no_truncate BEFORE TRUNCATE ON agreements_storedtext
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER opening_append_only BEFORE UPDATE OR DELETE ON agreements_opening
    FOR EACH ROW EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER opening_no_truncate BEFORE TRUNCATE ON agreements_opening
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER change_request_append_only BEFORE UPDATE OR DELETE ON agreements_changerequest
    FOR EACH ROW EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER change_request_no_truncate BEFORE TRUNCATE ON agreements_changerequest
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();

-- The edits of a draft that nobody was shown go with it.
CREATE FUNCTION agreements_keep_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM agreements_versionchange WHERE version_id = OLD.version_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23000';
END $$;
CREATE TRIGGER draft_edit_kept BEFORE UPDATE OR DELETE ON agreements_draftedit
    FOR EACH ROW EXECUTE FUNCTION agreements_keep_edit();
CREATE TRIGGER draft_edit_no_truncate BEFORE TRUNCATE ON agreements_draftedit
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();

-- What somebody wrote stays as it was written; what became of it (the columns named) may change.
CREATE FUNCTION agreements_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
        RAISE EXCEPTION 'what was said in % stays: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23000';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_kept BEFORE UPDATE OR DELETE ON agreements_comment
    FOR EACH ROW EXECUTE FUNCTION agreements_keep_words('resolved_by_id', 'resolved_at');
CREATE TRIGGER comment_no_truncate BEFORE TRUNCATE ON agreements_comment
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
CREATE TRIGGER proposal_kept BEFORE UPDATE OR DELETE ON agreements_proposal
    FOR EACH ROW EXECUTE FUNCTION
    agreements_keep_words('state', 'version_id', 'decided_by_id', 'decided_at', 'reason');
CREATE TRIGGER proposal_no_truncate BEFORE TRUNCATE ON agreements_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_append_only();
"""

DROP = """
DROP TRIGGER stored_text_append_only ON agreements_storedtext;
DROP TRIGGER stored_text_no_truncate ON agreements_storedtext;
DROP TRIGGER opening_append_only ON agreements_opening;
DROP TRIGGER opening_no_truncate ON agreements_opening;
DROP TRIGGER change_request_append_only ON agreements_changerequest;
DROP TRIGGER change_request_no_truncate ON agreements_changerequest;
DROP TRIGGER draft_edit_kept ON agreements_draftedit;
DROP TRIGGER draft_edit_no_truncate ON agreements_draftedit;
DROP TRIGGER comment_kept ON agreements_comment;
DROP TRIGGER comment_no_truncate ON agreements_comment;
DROP TRIGGER proposal_kept ON agreements_proposal;
DROP TRIGGER proposal_no_truncate ON agreements_proposal;
DROP FUNCTION agreements_keep_edit();
DROP FUNCTION agreements_keep_words();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0005_what_is_said_about_it")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, DROP),
    ]
