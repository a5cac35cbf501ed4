"""`verify` finds what was changed past the triggers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agreements import services
from agreements.checks import verify_signatures, verify_texts, verify_versions
from agreements.models import AgreementVersion
from agreements.recorded import verify_record, verify_segments
from agreements.terms.document import digest_of
from slaportal.accounts.models import User
from tests.agreements.conftest import AT, edited, signed_by


def change_behind_the_guards(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE agreements_agreementversion DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE agreements_signature DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE agreements_signature ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE agreements_agreementversion ENABLE TRIGGER USER")


def test_untouched_terms_verify(active_terms: AgreementVersion) -> None:
    assert list(verify_versions()) == []


def test_terms_signed_before_a_new_value_was_known_still_verify(active_terms: AgreementVersion) -> None:
    """The digest is that of the text which was signed, not of what the portal reads into it today."""
    terms = active_terms.terms
    del terms["returns"]["attempts"]["min_minutes_apart"]
    digest = digest_of(terms)
    for table in ("agreements_agreementversion", "agreements_signature"):
        change_behind_the_guards(f"UPDATE {table} SET digest = '{digest}'")
    change_behind_the_guards(
        "UPDATE agreements_agreementversion SET terms = terms #- '{returns,attempts,min_minutes_apart}'"
    )
    assert list(verify_versions()) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE agreements_agreementversion SET terms = jsonb_set(terms, '{cadence,duration_working_days}', '20')",
            "not what its digest says",
        ),
        ("UPDATE agreements_agreementversion SET digest = repeat('0', 64)", "not what its digest says"),
        ("UPDATE agreements_agreementversion SET terms = '[]'", "cannot be read"),
        ("DELETE FROM agreements_signature WHERE side = 'sales'", "without both sides"),
    ],
)
def test_what_was_changed_behind_the_guards_is_reported(
    active_terms: AgreementVersion, statement: str, said: str
) -> None:
    change_behind_the_guards(statement)
    assert any(said in problem for problem in verify_versions())
    with pytest.raises((CommandError, SystemExit)):
        call_command("verify", stdout=StringIO(), stderr=StringIO())


@pytest.fixture
def talked_of(second: AgreementVersion, mia: User, maya: User, sam: User) -> AgreementVersion:
    """A version of which everything was done once: opened, asked to change, edited, commented on, signed."""
    clause = second.document.commitments[0].id
    proposal = services.propose_change(
        agreement=second.agreement, clause=clause, what="Two", why="Speed", by=sam, at=AT
    )
    services.decline_proposal(proposal=proposal, reason="No", by=mia, at=AT)
    services.add_comment(version=second, clause=clause, text="Why?", by=sam, at=AT)
    version = services.propose_version(version=edited(second, mia), by=mia, at=AT)
    services.note_opening(version=version, by=maya, digest=version.digest, at=AT)
    services.request_changes(version=version, by=maya, text="No", digest=version.digest, at=AT)
    return signed_by(version, mia, maya)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE agreements_comment SET text = 'Fine.'", "the comment “"),
        ("DELETE FROM agreements_comment", "the audit has comment.added"),
        ("UPDATE agreements_proposal SET what = 'Three'", "the proposal “Three”"),
        ("UPDATE agreements_proposal SET reason = 'Never'", "the proposal “Two”"),
        ("UPDATE agreements_changerequest SET text = 'Fine.'", "the request “sales: Fine.”"),
        ("DELETE FROM agreements_opening", "the audit has version.opened"),
        ("DELETE FROM agreements_versionchange WHERE new = 'proposed'", "the audit has version.proposed"),
        ("UPDATE agreements_draftedit SET by_id = NULL", "the edit"),
        ("UPDATE agreements_agreementversion SET created_by_id = NULL WHERE number = 2", "the beginning of main v2"),
        ("DELETE FROM audit_auditentry WHERE action = 'comment.added'", "the comment “"),
    ],
)
def test_what_the_audit_knows_otherwise_is_reported(talked_of: AgreementVersion, statement: str, said: str) -> None:
    assert list(verify_record()) == []
    unguarded(statement)
    assert any(said in problem for problem in verify_record())


def test_a_segment_that_the_audit_does_not_know_is_reported(talked_of: AgreementVersion) -> None:
    segment = {"field": "country", "op": "eq", "value": "France"}
    services.create_agreement(slug="france", name="France", by=None, segment=segment, at=AT)
    assert list(verify_segments()) == []
    unguarded(
        "UPDATE agreements_agreement SET segment = jsonb_set(segment, '{value}', '\"Spain\"') WHERE slug = 'france'"
    )
    assert list(verify_segments()) == ["agreement: the segment of france is not in the audit as it stands"]


def unguarded(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE agreements_storedtext SET terms = '{}'", "is not what its digest says"),
        ("DELETE FROM agreements_storedtext", "is not kept"),
        ("UPDATE agreements_signature SET digest = repeat('0', 64)", "signed in default v1 is not kept"),
    ],
)
def test_a_kept_text_that_was_changed_or_lost_is_reported(
    active_terms: AgreementVersion, statement: str, said: str
) -> None:
    assert list(verify_texts()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE agreements_storedtext DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE agreements_signature DISABLE TRIGGER USER")
        cursor.execute(statement)
    assert any(said in problem for problem in verify_texts())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE agreements_signature SET digest = repeat('0', 64)", "knows no signature like that"),
        ("UPDATE agreements_signature SET at = at + interval '1 day'", "knows no signature like that"),
        ("UPDATE agreements_signature SET effective_from = now() + interval '9 days'", "knows no signature like that"),
        ("DELETE FROM agreements_signature WHERE side = 'sales'", "default/1, sales) is gone"),
        ("UPDATE agreements_signature SET signer_name = 'Eve'", "knows no signature like that"),
        ("UPDATE agreements_signature SET language = 'fr'", "knows no signature like that"),
    ],
)
def test_signatures_are_held_against_the_audit(active_terms: AgreementVersion, statement: str, said: str) -> None:
    assert list(verify_signatures()) == []
    change_behind_the_guards(statement)
    assert any(said in problem for problem in verify_signatures())


def test_an_audit_that_was_cut_off_is_reported(active_terms: AgreementVersion) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditentry WHERE action = 'version.signed'")
    assert len(list(verify_signatures())) == 2
