"""Saves many accounts at once: the same company stays one account, however often and by whichever domain it comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q

from leads.accounts.matching import lock_accounts, match_leads
from leads.accounts.names import name_key
from leads.accounts.rows import AccountRow, clean_account
from leads.intake.merging import is_same
from leads.intake.rows import RowRejected
from leads.intake.saving import MAX_ROWS, Rejection
from leads.models import Account, AccountDomain

FACTS = ("name", "country", "industry", "size", "tier", "is_target")
WRITTEN = (
    "name",
    "name_key",
    "domains",
    "country",
    "industry",
    "size",
    "tier",
    "is_target",
    "attributes",
    "updated_at",
)


@dataclass(slots=True)
class AccountsReport:
    """What became of each row; `outcomes` and `accounts` follow the order of the rows (None: rejected)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    matched: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    outcomes: list[str | None] = field(default_factory=list)
    accounts: list[Account | None] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged


@transaction.atomic
def save_accounts(rows: Sequence[Mapping[str, Any] | AccountRow], *, at: dt.datetime) -> AccountsReport:
    """Add the new accounts, change the known ones, leave equal ones alone; bad rows are rejected one by one.

    An account is known by any of its domains, else by its name. Blanks erase nothing, domains are added. The leads
    that this touches find their account and wait for their score, in the same transaction; one change of the list
    follows the other.
    """
    if len(rows) > MAX_ROWS:
        raise ValueError(f"At most {MAX_ROWS} rows at once, got {len(rows)}.")
    lock_accounts()
    batch = _merged(rows, at)
    batch.write()
    report = batch.report(len(rows))
    report.matched = match_leads(accounts=batch.changed_ids(), domains=batch.new_domains, name_keys=batch.touched_keys)
    return report


def preview_accounts(rows: Sequence[AccountRow], *, at: dt.datetime) -> AccountsReport:
    """What `save_accounts` would do with these rows now; writes nothing."""
    return _merged(rows, at).report(len(rows))


class Batch:
    """The rows of one call on their way into accounts."""

    def __init__(self, known: Sequence[Account], at: dt.datetime) -> None:
        self.at = at
        self.outcomes: dict[int, tuple[str, Account]] = {}
        self.rejected: list[Rejection] = []
        self.by_domain: dict[str, Account] = {}
        self.by_key: dict[str, list[Account]] = {}
        # Written in the order of the rows; keyed by identity, since new accounts have no id yet.
        self.changed: dict[int, Account] = {}
        self.new_domains: dict[str, Account] = {}
        self.touched_keys: set[str] = set()
        for account in known:
            self.by_domain |= dict.fromkeys(account.domains, account)
            self.by_key.setdefault(account.name_key, []).append(account)

    def take(self, index: int, row: AccountRow) -> None:
        """Merge one row into the account it speaks of; one that may speak of two is rejected."""
        account = self._named(row)
        if account is None:
            account = self._added(row)
            outcome = "created"
        else:
            outcome = "updated" if self._merged_into(account, row) else "unchanged"
        self.outcomes[index] = (outcome, account)

    def write(self) -> None:
        """Two statements for the accounts and one for their new domains."""
        new = [account for account in self.changed.values() if account.pk is None]
        old = [account for account in self.changed.values() if account.pk is not None]
        Account.objects.bulk_create(new, batch_size=1000)
        Account.objects.bulk_create(
            old, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
        )
        AccountDomain.objects.bulk_create(
            [AccountDomain(domain=domain, account=account) for domain, account in self.new_domains.items()],
            batch_size=5000,
        )

    def changed_ids(self) -> list[int]:
        return [account.pk for account in self.changed.values()]

    def report(self, n_rows: int) -> AccountsReport:
        report = AccountsReport(outcomes=[None] * n_rows, accounts=[None] * n_rows)
        for index, (outcome, account) in self.outcomes.items():
            setattr(report, outcome, getattr(report, outcome) + 1)
            report.outcomes[index], report.accounts[index] = outcome, account
        report.rejected = sorted(self.rejected, key=lambda rejection: rejection.index)
        return report

    def _named(self, row: AccountRow) -> Account | None:
        """The account of these domains; else of this name, if the row has no domain or the account has none."""
        found = {id(account): account for domain in row.domains if (account := self.by_domain.get(domain))}
        if len(found) > 1:
            names = [account.name for account in found.values()]
            raise RowRejected("domains_of_two_accounts", "domains", first=names[0], second=names[1])
        if found:
            return next(iter(found.values()))
        same = self.by_key.get(name_key(row.name), []) if row.name else []
        if row.domains:
            return next((account for account in same if not account.domains), None)
        if len(same) > 1:
            raise RowRejected("account_name_of_several", "name", value=row.name, count=len(same))
        return same[0] if same else None

    def _added(self, row: AccountRow) -> Account:
        name = row.name or row.domains[0]
        account = Account(
            name=name,
            name_key=name_key(name),
            domains=list(row.domains),
            country=row.country,
            industry=row.industry,
            size=row.size,
            tier=row.tier,
            is_target=True if row.is_target is None else row.is_target,
            attributes=dict(row.attributes),
            created_at=self.at,
            updated_at=self.at,
        )
        self._note(account, row.domains)
        self.by_key.setdefault(account.name_key, []).append(account)
        return account

    def _merged_into(self, account: Account, row: AccountRow) -> bool:
        """Whether the row changed anything; the account is changed in place."""
        said = {name: getattr(row, name) for name in FACTS}
        changes = {
            name: value for name, value in said.items() if value not in ("", None) and value != getattr(account, name)
        }
        fresh = [domain for domain in row.domains if domain not in account.domains]
        if any(not is_same(account.attributes.get(name), value) for name, value in row.attributes.items()):
            changes["attributes"] = {**account.attributes, **row.attributes}
        if not changes and not fresh:
            return False
        old_key = account.name_key
        for name, value in changes.items():
            setattr(account, name, value)
        account.domains = [*account.domains, *fresh]
        account.updated_at = self.at
        if name_key(account.name) != old_key:
            self.touched_keys.add(old_key)
            self.by_key[old_key].remove(account)
            account.name_key = name_key(account.name)
            self.by_key.setdefault(account.name_key, []).append(account)
        self._note(account, fresh)
        return True

    def _note(self, account: Account, fresh: list[str]) -> None:
        self.changed[id(account)] = account
        self.touched_keys.add(account.name_key)
        for domain in fresh:
            self.by_domain[domain] = self.new_domains[domain] = account


def _merged(rows: Sequence[Mapping[str, Any] | AccountRow], at: dt.datetime) -> Batch:
    clean: dict[int, AccountRow] = {}
    rejected: list[Rejection] = []
    for index, row in enumerate(rows):
        try:
            clean[index] = row if isinstance(row, AccountRow) else clean_account(row)
        except RowRejected as error:
            rejected.append(Rejection(index, error.code, error.field, error.facts))
    batch = Batch(_known(clean.values()), at)
    for index, row in clean.items():
        try:
            batch.take(index, row)
        except RowRejected as error:
            rejected.append(Rejection(index, error.code, error.field, error.facts))
    batch.rejected = rejected
    return batch


def _known(rows: Iterable[AccountRow]) -> list[Account]:
    """The accounts that these rows may speak of, by domain or by name."""
    rows = list(rows)
    domains = {domain for row in rows for domain in row.domains}
    keys = {name_key(row.name) for row in rows if row.name}
    of_domains = AccountDomain.objects.filter(domain__in=domains).values("account")
    return list(Account.objects.filter(Q(pk__in=of_domains) | Q(name_key__in=keys)).order_by("pk"))
