"""Pairs of leads that may be one person: found for all leads at once, looked at by people, never asked twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.merges.phones import fill_phone_keys
from leads.models import DoubtfulPair, Lead
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.outbox.jobs import start_job
from slaportal.outbox.models import Job
from slaportal.outbox.registry import Progress, runs
from slaportal.outbox.ticks import every
from slaportal.web.refusals import Refused

LOOK = "leads.look_for_duplicates"
# More leads than this behind one number are a switchboard, behind one name a common one.
LARGEST_GROUP = 8
MOST_PAIRS = 20_000
WHY_WORDS: dict[str, str | Promise] = {
    "phone": _("same phone number"),
    "name": _("same name at the same company"),
    "mailbox": _("same mailbox name at two domains of one account"),
    "address": _("addresses that differ by dots or a “+” tag only"),
}
# Any number that no other advisory lock of the project uses.
DOUBTS = 7_305_021
FIND = """
WITH people AS (
    SELECT id, name, company_key, account_id, phone_key, split_part(email, '@', 1) AS mailbox,
        split_part(email, '@', -1) AS domain FROM leads_lead
), marks AS (
    SELECT id, 'phone' AS why, phone_key AS key FROM people WHERE phone_key NOT IN ('', '-')
    UNION ALL
    SELECT id, 'name', lower(regexp_replace(btrim(name), '\\s+', ' ', 'g')) || E'\\n'
        || coalesce('#' || account_id, company_key)
    FROM people WHERE name <> '' AND (company_key <> '' OR account_id IS NOT NULL)
    UNION ALL
    SELECT id, 'mailbox', mailbox || '#' || account_id FROM people WHERE mailbox <> '' AND account_id IS NOT NULL
    UNION ALL
    SELECT id, 'address', CASE WHEN domain IN ('gmail.com', 'googlemail.com')
            THEN replace(split_part(mailbox, '+', 1), '.', '') || '@gmail.com'
            ELSE split_part(mailbox, '+', 1) || '@' || domain END
    FROM people WHERE split_part(mailbox, '+', 1) <> ''
), groups AS (
    SELECT why, array_agg(id ORDER BY id) AS ids FROM marks GROUP BY why, key HAVING count(*) BETWEEN 2 AND %s
), pairs AS (
    SELECT a AS first_id, b AS second_id, array_agg(DISTINCT why ORDER BY why) AS why
    FROM groups, unnest(ids) AS a, unnest(ids) AS b WHERE a < b GROUP BY a, b
    ORDER BY count(DISTINCT why) DESC, a DESC, b LIMIT %s
)
INSERT INTO leads_doubtfulpair AS d (first_id, second_id, why, found_at)
SELECT first_id, second_id, why, %s FROM pairs ORDER BY first_id, second_id
ON CONFLICT (first_id, second_id) DO UPDATE SET why = excluded.why, found_at = excluded.found_at
"""
# Declined pairs of a lead that goes hold for the lead that takes it in.
DECLINE_ANEW = """
INSERT INTO leads_doubtfulpair (first_id, second_id, why, found_at, declined_at, declined_by_id)
SELECT least(o.other, %(kept)s), greatest(o.other, %(kept)s), o.why, o.found_at, o.declined_at, o.declined_by_id
FROM (
    SELECT CASE WHEN first_id = %(gone)s THEN second_id ELSE first_id END AS other, d.* FROM leads_doubtfulpair d
    WHERE %(gone)s IN (first_id, second_id) AND declined_at IS NOT NULL
) o WHERE o.other <> %(kept)s
ON CONFLICT (first_id, second_id) DO NOTHING RETURNING id
"""
SNAPSHOT = "SELECT coalesce(json_agg(d), '[]')::text FROM leads_doubtfulpair d WHERE %s IN (first_id, second_id)"
RESTORE = """
INSERT INTO leads_doubtfulpair SELECT r.* FROM jsonb_populate_recordset(NULL::leads_doubtfulpair, %s::jsonb) r
WHERE EXISTS (SELECT FROM leads_lead WHERE id = r.first_id) AND EXISTS (SELECT FROM leads_lead WHERE id = r.second_id)
ON CONFLICT DO NOTHING
"""


def waiting_pairs() -> QuerySet[DoubtfulPair]:
    """The pairs that nobody has decided about, those that share most first."""
    return (
        DoubtfulPair.objects.filter(declined_at=None)
        .select_related("first__owner", "second__owner")
        .extra(select={"n_why": "cardinality(why)"})  # noqa: S610 - a constant
        .order_by("-n_why", "-id")
    )


@every(3600, name="duplicates")
def find_doubtful_pairs(at: dt.datetime) -> int:
    """Look at all leads by one statement; how many pairs wait. What is no longer alike is no longer asked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DOUBTS])
        cursor.execute(FIND, [LARGEST_GROUP, MOST_PAIRS, at])
        waiting = DoubtfulPair.objects.filter(declined_at=None)
        waiting.filter(found_at__lt=at).delete()
        return waiting.count()


def start_look(*, by: User, at: dt.datetime) -> Job:
    """Look for pairs now, as a job; one at a time."""
    last = last_look()
    if last is not None and not last.is_over:
        return last
    return start_job(LOOK, by=by, params={}, at=at)


def last_look() -> Job | None:
    """The last time somebody asked to look."""
    return Job.objects.filter(kind=LOOK).order_by("-created_at").first()


@runs(LOOK, title=_("Looking for leads that are the same person"))
def run_look(job: Job, progress: Progress) -> dict[str, Any]:
    """Read the numbers that nobody has read yet, then look."""
    done = 0
    while n_read := fill_phone_keys():
        done += n_read
        progress(done, done + 1, checkpoint={"done": done})
    return {"waiting": find_doubtful_pairs(timezone.now())}


def decline_pair(*, one: Lead, other: Lead, by: User, at: dt.datetime) -> DoubtfulPair:
    """Remember that these are two people; said twice, it is remembered once."""
    if one.pk == other.pk:
        raise Refused("merge_same")
    first, second = sorted((one, other), key=lambda lead: lead.pk)
    with transaction.atomic():
        pair, _new = DoubtfulPair.objects.get_or_create(first=first, second=second, defaults={"found_at": at})
        if DoubtfulPair.objects.filter(pk=pair.pk, declined_at=None).update(declined_at=at, declined_by=by):
            record("lead.told_apart", by=by, on=f"lead:{first.public_id}", at=at, other=second.public_id)
    return pair


def drop_pairs(gone: Lead, kept: Lead) -> dict[str, Any]:
    """Take a lead out of its pairs; what was decided about it holds for the other. What `restore_pairs` needs."""
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT, [gone.pk])
        was = cursor.fetchone()[0]
        cursor.execute(DECLINE_ANEW, {"gone": gone.pk, "kept": kept.pk})
        added = [pk for (pk,) in cursor.fetchall()]
    DoubtfulPair.objects.filter(Q(first=gone) | Q(second=gone)).delete()
    return {"was": was, "added": added}


def restore_pairs(dropped: dict[str, Any]) -> None:
    """Put the pairs back, as far as both of their leads are here."""
    DoubtfulPair.objects.filter(pk__in=dropped["added"]).delete()
    with connection.cursor() as cursor:
        cursor.execute(RESTORE, [dropped["was"]])
