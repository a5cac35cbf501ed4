"""`verify` finds what was changed past the triggers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from agreements.checks import verify_versions
from agreements.models import AgreementVersion


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
