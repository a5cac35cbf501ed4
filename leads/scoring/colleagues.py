"""Interest of an account: where the terms say so, what a lead does counts for its colleagues too, with a share.

Nothing of it is stored: the sums stay each lead's own, and those of an account are added up once per statement. Whoever
counts events of a lead marks its colleagues for scoring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from agreements.compile import Sql, sql
from agreements.models import AgreementVersion
from leads.models import EngagementSlot, Lead
from leads.scoring.fragments import one_of, run
from leads.scoring.governing import Governing, governing
from leads.scoring.slots import fill_slots
from leads.scoring.windows import leaving_by_lead, width, windows_of

# Of the leads at hand (a condition on l.id): their own sums and Σ of those of the others at their accounts. What is
# subtracted may leave a hair below nothing.
WITH_OTHERS = """totals AS MATERIALIZED (
    SELECT m.account_id, {} FROM leads_lead m JOIN leads_leadengagement c ON c.lead_id = m.id
    WHERE m.account_id IN (SELECT l.account_id FROM leads_lead l WHERE {}) GROUP BY m.account_id
), with_others AS MATERIALIZED (
    SELECT l.id AS lead_id, c.sums, ARRAY[{}]::float8[] AS others
    FROM leads_lead l LEFT JOIN leads_leadengagement c ON c.lead_id = l.id
    LEFT JOIN totals t ON t.account_id = l.account_id WHERE {}
)"""
# Nobody scores while events are counted: what is on the list already stays there until these events are committed.
MARK_COLLEAGUES = """
INSERT INTO leads_dirtylead (lead_id, marked_at)
SELECT id, statement_timestamp() FROM leads_lead
WHERE account_id IN (SELECT account_id FROM leads_lead WHERE {}) AND NOT {} ORDER BY id
ON CONFLICT (lead_id) DO NOTHING
"""
# The leads that a condition on lead_id chooses, and their colleagues.
AND_COLLEAGUES = """
(({}) OR lead_id IN (
    SELECT c.id FROM (SELECT id AS lead_id, account_id FROM leads_lead) l
    JOIN leads_lead c ON c.account_id = l.account_id WHERE {}
))
"""
# The same for one lead after the other.
JOIN_OTHERS = """
LEFT JOIN LATERAL (
    SELECT ARRAY[{}]::float8[] AS others FROM leads_lead l JOIN leads_lead m USING (account_id)
    JOIN leads_leadengagement c ON c.lead_id = m.id WHERE l.id = {} AND m.id <> l.id
) h ON TRUE
"""
MARK_DUE = """
INSERT INTO leads_dirtylead (lead_id, marked_at)
SELECT lead_id, statement_timestamp() FROM leads_leadengagement WHERE {} AND next_change_at <= {} ORDER BY lead_id
ON CONFLICT (lead_id) DO NOTHING
"""


def is_shared(version: AgreementVersion) -> bool:
    """Do the colleagues' events count by this version?"""
    return version.document.qualification.interest.account_share is not None


def any_shared(in_force: Governing) -> bool:
    """Do the colleagues' events count by a version in force?"""
    return any(map(is_shared, in_force.versions))


def with_others(n_places: int, leads: Sql) -> Sql:
    """The CTE ``with_others`` (lead_id, sums, others) of the leads, and the one it is made from.

    Each account is added up once, however many of its leads are at hand.
    """
    places = range(1, n_places + 1)
    totals = Sql(", ".join(["count(*)", *(f"sum(c.sums[{place}]) AS s{place}" for place in places)]))
    others = Sql(", ".join(f"greatest(coalesce(t.s{p}, 0) - coalesce(c.sums[{p}], 0), 0)" for p in places))
    return sql(WITH_OTHERS, totals, leads, others, leads)


def others_of(n_places: int, lead_ids: Sequence[int]) -> dict[int, list[float]]:
    """Σ of the sums of each lead's colleagues, by place. One query."""
    leads = one_of("l.id", lead_ids)
    return dict(run(sql("WITH {} SELECT lead_id, others FROM with_others", with_others(n_places, leads))))


def joined_others(in_force: Governing, slots: Sequence[EngagementSlot] | None, lead_id: str) -> Sql:
    """The join that gives h.others for the lead of a row, for statements over few leads; none where nobody asks."""
    if not slots or not any_shared(in_force):
        return Sql("")
    places = range(1, width(slots) + 1)
    return sql(JOIN_OTHERS, Sql(", ".join(f"sum(c.sums[{place}])" for place in places)), Sql(lead_id))


def leaving_of_others(
    slots: Sequence[EngagementSlot], lead_ids: Sequence[int], at: datetime
) -> dict[int, dict[str, list[datetime]]]:
    """For each of the leads and each class with a window: when what counts of its colleagues at ``at`` will leave."""
    if not windows_of(slots):
        return {}
    accounts = dict(Lead.objects.filter(pk__in=lead_ids).exclude(account=None).values_list("pk", "account_id"))
    members: dict[Any, list[int]] = {}
    for lead_id, account in Lead.objects.filter(account__in=set(accounts.values())).values_list("pk", "account_id"):
        members.setdefault(account, []).append(lead_id)
    leaving = leaving_by_lead(slots, [one for ids in members.values() for one in ids], at)
    return {
        lead_id: {
            slot.key: [end for one in members[account] if one != lead_id for end in leaving[one][slot.key]]
            for slot in windows_of(slots)
        }
        for lead_id, account in accounts.items()
    }


def mark_colleagues(lead_ids: Collection[int], *, besides: Collection[int]) -> None:
    """Ask for new scores of all other leads at the accounts of these, except for ``besides``; in one statement."""
    if lead_ids:
        run(sql(MARK_COLLEAGUES, one_of("id", sorted(lead_ids)), one_of("id", sorted(besides))))


def mark_colleagues_of(events: Iterable[tuple[int, str]], in_force: Governing, *, besides: Collection[int]) -> None:
    """Mark the colleagues of the leads of these events (lead, type), where they may count for them."""
    types = {
        rule.event
        for version in filter(is_shared, in_force.versions)
        for rule in version.document.qualification.interest.rules
        if rule.points > 0
    }
    mark_colleagues({lead_id for lead_id, kind in events if kind in types}, besides=besides)


def touched_by_moves(account_ids: Iterable[int | None]) -> list[int]:
    """The leads to mark where leads have come to these accounts or left them."""
    accounts = {account for account in account_ids if account is not None}
    if not accounts or not any_shared(governing()):
        return []
    return list(Lead.objects.filter(account__in=accounts).values_list("pk", flat=True))


def fill_with_colleagues(in_force: Governing, slots: list[EngagementSlot], leads: Sql, at: datetime) -> None:
    """Fill the slots of the leads (a condition on ``lead_id``), and of their colleagues where those are read too.

    Only slots that are still empty need that; who counts events holds the colleagues' rows too (held_with).
    """
    if any_shared(in_force) and _any_empty(slots):
        leads = sql(AND_COLLEAGUES, leads, leads)
        # A window that is filled is not due any more: whoever was due is scored all the same.
        run(sql(MARK_DUE, leads, at))
    fill_slots(slots, leads, at)


def held_with(in_force: Governing, slots: Sequence[EngagementSlot], lead_ids: list[int]) -> list[int]:
    """The leads whose sums must be held to score these."""
    if not any_shared(in_force) or not _any_empty(slots):
        return lead_ids
    colleagues = sql(
        "SELECT id FROM leads_lead WHERE account_id IN (SELECT account_id FROM leads_lead WHERE {})",
        one_of("id", lead_ids),
    )
    return sorted({*lead_ids, *(one for (one,) in run(colleagues))})


def _any_empty(slots: Iterable[EngagementSlot]) -> bool:
    return any(slot.filled_at is None for slot in slots)
