"""The audit: appended, sealed once into a chain, and kept by the database itself."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from slaportal.accounts.models import User
from slaportal.audit import checks, services, tasks
from slaportal.audit.models import AuditEntry

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def noted(n: int, by: User | None = None) -> AuditEntry:
    return services.record("thing.changed", by=by, on=f"thing:{n}", at=AT, old=n, day=AT.date(), share=0.1)


def forged(sql: str) -> None:
    """What somebody with the database's password could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER USER")


def test_an_entry_says_who_did_what_to_which_thing(sam: User) -> None:
    entry = noted(1, by=sam)
    entry.refresh_from_db()
    assert (entry.actor, entry.action, entry.on, entry.at) == (sam, "thing.changed", "thing:1", AT)
    assert entry.facts == {"old": 1, "day": "2026-03-04", "share": 0.1}
    assert (entry.seq, entry.digest) == (None, "")


def test_sealing_numbers_each_entry_and_links_it_to_the_one_before() -> None:
    for n in range(3):
        noted(n)
    assert services.seal(AT) == 3
    first, second, third = AuditEntry.objects.order_by("seq")
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert [first.prev, second.prev, third.prev] == ["", first.digest, second.digest]
    assert checks.verify_chain() == []


def test_sealing_again_changes_nothing_and_goes_on_later() -> None:
    noted(1)
    assert [services.seal(AT), services.seal(AT)] == [1, 0]
    noted(2)
    tasks.seal_audit()
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", "on")) == [(1, "thing:1"), (2, "thing:2")]
    assert checks.verify_chain() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_auditentry SET action = 'x'",
        "UPDATE audit_auditentry SET seq = 7, digest = 'x', action = 'x'",
        "UPDATE audit_auditentry SET seq = 7",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry CASCADE",
    ],
)
def test_the_database_refuses_to_change_an_entry(sql: str) -> None:
    noted(1)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def test_the_database_refuses_to_seal_an_entry_twice() -> None:
    noted(1)
    services.seal(AT)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(seq=2, digest="x")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE audit_auditentry SET facts = '{}' WHERE seq = 2", "entry 2 is not what was sealed"),
        ("DELETE FROM audit_auditentry WHERE seq = 2", "entries 2 to 2 are missing"),
        ("UPDATE audit_auditentry SET prev = 'x' WHERE seq = 3", "entry 3 does not follow"),
    ],
)
def test_a_forged_chain_is_found(sql: str, words: str) -> None:
    for n in range(3):
        noted(n)
    services.seal(AT)
    forged(sql)
    assert any(words in problem for problem in checks.verify_chain())


def test_verify_tells_each_problem_and_ends_with_an_error() -> None:
    noted(1)
    services.seal(AT)
    fine = io.StringIO()
    call_command("verify", "--json", stdout=fine)
    assert json.loads(fine.getvalue().splitlines()[-1])["problems"] == []
    forged("UPDATE audit_auditentry SET action = 'forged'")
    broken = io.StringIO()
    with pytest.raises(CommandError, match="1 problem"):
        call_command("verify", "--json", stdout=broken)
    assert json.loads(broken.getvalue().splitlines()[-1])["problems"] == ["audit: entry 1 is not what was sealed"]


def test_rooms_add_their_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_checks", {})
    checks.register(lambda: ["agreements: version 2 is not what was signed"])
    with pytest.raises(CommandError):
        call_command("verify", stdout=io.StringIO())


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain() -> None:
    for n in range(30):
        noted(n)
    start = threading.Barrier(3)

    def seal() -> None:
        start.wait()
        services.seal(AT)
        connection.close()

    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for thread in sealers:
        thread.start()
    for thread in sealers:
        thread.join()
    services.seal(AT)
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 31))
    assert checks.verify_chain() == []
