"""An account added, corrected or taken off the list by hand: what is said is set exactly, blanks included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from leads.accounts.matching import lock_accounts, match_leads
from leads.accounts.names import name_key
from leads.accounts.rows import AccountRow
from leads.accounts.saving import save_accounts
from leads.models import Account, AccountDomain, Lead
from leads.scoring import mark_dirty
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput


@transaction.atomic
def add_account(*, row: AccountRow, owner: User | None = None, by: User, at: dt.datetime) -> Account:
    """A new account; Refused("account_domain_taken" or "account_name_taken", account=id, name) where it is here."""
    lock_accounts()
    _refuse_if_taken(Account(name_key=name_key(row.name or row.domains[0]), domains=row.domains))
    account = save_accounts([row], at=at).accounts[0]
    if account is None:
        raise AssertionError("a row that names nobody else's account is taken")
    if owner is not None:
        account.owner = owner
        account.save(update_fields=["owner"])
    record("account.added", by=by, on=f"account:{account.public_id}", at=at, name=account.name)
    return account


@transaction.atomic
def edit_account(
    *,
    public_id: UUID,
    changes: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
    by: User,
    at: dt.datetime,
    seen_at: dt.datetime | None = None,
) -> Account:
    """Set the fields in `changes` (clean values) exactly, blanks erase; `attributes` are set one by one, "" drops one.

    Refused("account_changed_meanwhile") if it changed after `seen_at`; "account_domain_taken" or "account_name_taken"
    (account=id, name) where another account is told by that; "account_nameless" without a name. Its leads, those it
    gains and those it loses wait for their score.
    """
    lock_accounts()
    account = _locked(public_id)
    if seen_at is not None and account.updated_at != seen_at:
        raise Refused("account_changed_meanwhile")
    after = {**account.attributes, **(attributes or {})}
    wanted = {**changes, "attributes": {name: value for name, value in after.items() if value != ""}}
    changed = {name: value for name, value in wanted.items() if getattr(account, name) != value}
    if not changed:
        return account
    if not changed.get("name", account.name):
        raise RefusedInput("account_nameless")
    before = account.name_key, frozenset(account.domains)
    for name, value in changed.items():
        setattr(account, name, value)
    account.name_key, account.updated_at = name_key(account.name), at
    _refuse_if_taken(account)
    account.save(update_fields=[*changed, "name_key", "updated_at"])
    _match_again(account, *before)
    record("account.edited", by=by, on=f"account:{public_id}", at=at, fields=sorted(changed))
    return account


@transaction.atomic
def remove_account(*, public_id: UUID, by: User, at: dt.datetime) -> None:
    """Take it off the list for good; its leads stay, without an account or with the one that is theirs now."""
    lock_accounts()
    account = _locked(public_id)
    members = list(Lead.objects.filter(account=account).order_by("pk").values_list("pk", flat=True))
    domains, key, name = account.domains, account.name_key, account.name
    account.delete()
    mark_dirty(members)
    match_leads(domains=domains, name_keys=[key])
    record("account.removed", by=by, on=f"account:{public_id}", at=at, name=name, leads=len(members))


def _locked(public_id: UUID) -> Account:
    account = Account.objects.select_for_update().filter(public_id=public_id).first()
    if account is None:
        raise Refused("account_gone")
    return account


def _match_again(account: Account, old_key: str, old_domains: frozenset[str]) -> None:
    domains = frozenset(account.domains)
    AccountDomain.objects.filter(account=account, domain__in=old_domains - domains).delete()
    AccountDomain.objects.bulk_create(
        AccountDomain(account=account, domain=domain) for domain in account.domains if domain not in old_domains
    )
    match_leads(accounts=[account.pk], domains=domains ^ old_domains, name_keys={old_key, account.name_key})


def _refuse_if_taken(account: Account) -> None:
    """Refused where another account has one of these domains, or no domain either and the same name."""
    others = Account.objects.exclude(pk=account.pk)
    taken = others.filter(domains__overlap=account.domains).first() if account.domains else None
    if taken:
        raise Refused("account_domain_taken", account=str(taken.public_id), name=taken.name)
    same = None if account.domains else others.filter(name_key=account.name_key, domains=[]).first()
    if same:
        raise Refused("account_name_taken", account=str(same.public_id), name=same.name)
