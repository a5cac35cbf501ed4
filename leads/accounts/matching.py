"""Which account a lead belongs to: by the domain of its address, else by its company; in doubt by none."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from leads.accounts.names import mail_domain, name_key, spellings, with_parents
from leads.scoring import mark_dirty, touched_by_moves
from slaportal.outbox.ticks import every

# Any number that no other advisory lock of the project uses.
ACCOUNTS = 7_305_002
CHUNK = 5_000

ANY_ACCOUNT = "SELECT EXISTS (SELECT FROM leads_account)"
BY_DOMAIN = "SELECT domain, account_id FROM leads_accountdomain WHERE domain = ANY(%s)"
# A name that two accounts have tells none of them.
BY_NAME = "SELECT name_key, min(id) FROM leads_account WHERE name_key = ANY(%s) GROUP BY name_key HAVING count(*) = 1"
# The leads that a change of these accounts, domains and names may touch. Domains are compared from their end, so that
# those below them are found by the same index; "/" follows "." in ASCII.
TOUCHED = """
SELECT id FROM leads_lead WHERE account_id = ANY(%s)
UNION SELECT id FROM leads_lead WHERE company_key = ANY(%s) AND company_key <> ''
UNION SELECT l.id FROM unnest(%s::text[]) AS asked (domain) JOIN leads_lead l
    ON (reverse(split_part(l.email, '@', -1)) COLLATE "C") >= asked.domain
    AND (reverse(split_part(l.email, '@', -1)) COLLATE "C") < asked.domain || '/'
"""
READ = "SELECT id, email, company, account_id, company_key FROM leads_lead WHERE id = ANY(%s) ORDER BY id"
# Locks in the order of the ids, as everybody does who locks several leads.
MATCH = """
WITH locked AS (SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
UPDATE leads_lead AS l SET account_id = m.account_id, company_key = m.company_key
FROM locked JOIN unnest(%s::bigint[], %s::bigint[], %s::text[]) AS m (id, account_id, company_key) USING (id)
WHERE l.id = locked.id
"""
WITHOUT_KEY = "SELECT id FROM leads_lead WHERE company_key = '' AND company <> '' ORDER BY id LIMIT %s"


def lock_accounts(*, shared: bool = False) -> None:
    """Hold the account list until the end of the transaction: whoever writes leads shared, whoever changes it alone.

    Otherwise a lead and its account that come in at the same moment would not see each other. Take it before any lead.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [ACCOUNTS])


def account_ids(people: Sequence[tuple[str, str]]) -> list[int | None]:
    """The account's id of each (e-mail, name key of the company), in their order; at most three queries for all."""
    with connection.cursor() as cursor:
        cursor.execute(ANY_ACCOUNT)
        if not cursor.fetchone()[0]:
            return [None] * len(people)
        domains = [with_parents(mail_domain(email)) for email, _ in people]
        cursor.execute(BY_DOMAIN, [sorted(set(itertools.chain.from_iterable(domains)))])
        by_domain = dict(cursor.fetchall())
        cursor.execute(BY_NAME, [sorted({key for _, key in people if key})])
        by_name = dict(cursor.fetchall())
    return [
        next((by_domain[domain] for domain in parents if domain in by_domain), None) or by_name.get(key)
        for parents, (_, key) in zip(domains, people, strict=True)
    ]


def match_leads(*, accounts: Iterable[int] = (), domains: Iterable[str] = (), name_keys: Iterable[str] = ()) -> int:
    """Find anew the account of all leads that these may touch; how many leads changed.

    They are marked for scoring, as are those that stay with one of ``accounts``, whose own fields may have changed.
    The caller holds the account list alone.
    """
    accounts = sorted(set(accounts))
    reversed_domains = [spelling[::-1] for domain in set(domains) for spelling in spellings(domain)]
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, [accounts, sorted(set(name_keys)), sorted(reversed_domains)])
        touched = sorted(lead_id for (lead_id,) in cursor.fetchall())
    return sum(_match(touched[start : start + CHUNK], set(accounts)) for start in range(0, len(touched), CHUNK))


@every(60, name="accounts of leads")
def match_unseen_leads(at: dt.datetime, limit: int = CHUNK) -> int:
    """Match leads whose company nobody looked at: from before there were accounts, or written past the intake."""
    with transaction.atomic():
        lock_accounts()
        with connection.cursor() as cursor:
            cursor.execute(WITHOUT_KEY, [limit])
            unseen = [lead_id for (lead_id,) in cursor.fetchall()]
        _match(unseen, set())
    return len(unseen)


def _match(lead_ids: list[int], accounts: set[int]) -> int:
    """How many of the leads changed their account; those and the members of ``accounts`` are marked for scoring."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [lead_ids])
        rows = cursor.fetchall()
    keys = [name_key(company) for _, _, company, _, _ in rows]
    found = account_ids([(email, key) for (_, email, _, _, _), key in zip(rows, keys, strict=True)])
    changed, moved, dirty, touched = [], 0, list[int](), set[int | None]()
    for (lead_id, _, _, old, old_key), key, account in zip(rows, keys, found, strict=True):
        if (account, key) != (old, old_key):
            changed.append((lead_id, account, key))
        if account != old or account in accounts:
            dirty.append(lead_id)
        moved += account != old
        touched |= {account, old} if account != old else set()
    if changed:
        with connection.cursor() as cursor:
            ids, found_ids, found_keys = (list(column) for column in zip(*changed, strict=True))
            cursor.execute(MATCH, [ids, ids, found_ids, found_keys])
    mark_dirty([*dirty, *touched_by_moves(touched)])
    return moved
