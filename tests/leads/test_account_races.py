"""The account list and the leads at the same moment: everybody gets through, and each sees the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from leads.accounts.editing import edit_account, remove_account
from leads.accounts.saving import save_accounts
from leads.intake import save_leads
from leads.models import Account, AccountDomain, Lead
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*steps: Callable[[], object]) -> list[object]:
    """What each step gave, all begun at the same moment."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return step()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [one.result(60) for one in [pool.submit(run, step) for step in steps]]


def test_the_same_list_twice_at_once_makes_each_account_once() -> None:
    rows = [{"name": f"Company {n}", "domains": [f"c{n}.com"] if n % 2 else []} for n in range(100)]
    reports = at_once(*[lambda: save_accounts(rows, at=NOW)] * 4)
    assert Account.objects.count() == 100
    assert AccountDomain.objects.count() == 50
    assert sorted(report.created for report in reports) == [0, 0, 0, 100]  # type: ignore[attr-defined]


def test_leads_and_their_accounts_at_once_find_each_other() -> None:
    steps: list[Callable[[], object]] = []
    for part in range(3):
        numbers = range(part * 40, part * 40 + 40)
        leads = [{"email": f"p@c{n}.com"} for n in numbers]
        accounts = [{"name": f"C{n}", "domains": [f"c{n}.com"]} for n in numbers]
        steps += [
            lambda leads=leads: save_leads(leads, by=None, at=NOW),  # type: ignore[misc]
            lambda accounts=accounts: save_accounts(accounts, at=NOW),  # type: ignore[misc]
        ]
    at_once(*steps)
    assert Lead.objects.count() == 120
    assert not Lead.objects.filter(account=None).exists()


def test_who_edits_what_is_removed_hears_so(mia: User) -> None:
    [acme] = save_accounts([{"name": "Acme"}], at=NOW).accounts
    assert acme is not None

    def edit() -> str:
        try:
            edit_account(public_id=acme.public_id, changes={"tier": "2"}, by=mia, at=NOW)
        except Refused as refused:
            return refused.code
        return "edited"

    said = at_once(edit, lambda: remove_account(public_id=acme.public_id, by=mia, at=NOW))
    assert said[0] in {"edited", "account_gone"}
    assert not Account.objects.exists()
