"""Who is told what: the news of handoffs, returns and promises, written in the transaction of the change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from leads.models import Commitment, Handoff, Lead, Return
from slaportal.accounts.models import Role, User
from slaportal.outbox.services import Notice, notify, notify_all

# News of breaches that are seen so late (the sweep was down) reach a person as one message, not as hundreds.
LATE = timedelta(hours=1)
FEW = 3


def url_of(lead: Lead) -> str:
    """The address of the lead's page."""
    return f"/leads/{lead.public_id}/"


def tell_of_handoffs(handoffs: Sequence[Handoff], at: datetime) -> None:
    """Each rep hears of a new lead; of one that nobody has, all sales managers do."""
    first = Commitment.objects.filter(handoff__in=handoffs, kind="first_response")
    due = dict(first.values_list("handoff_id", "due_at"))
    managers = _people(Role.SALES_MANAGER) if any(handoff.rep is None for handoff in handoffs) else []
    notify_all(
        [
            Notice(
                recipient=person,
                kind="lead.handed_off" if handoff.rep else "lead.without_rep",
                key=f"handoff:{handoff.public_id}",
                facts={
                    "lead": str(handoff.lead),
                    "company": handoff.lead.company,
                    "trigger": handoff.trigger,
                    "due_at": due.get(handoff.pk),
                },
                url=url_of(handoff.lead),
                by_email="email" in handoff.version.document.handoff.notify,
            )
            for handoff in handoffs
            for person in ([handoff.rep] if handoff.rep else managers)
        ],
        at=at,
    )


def tell_of_past_handoff(handoff: Handoff) -> None:
    """Leads from the past come by the hundred: a rep (without one, the managers) hears of those of one run once."""
    at = handoff.opened_at
    kind = "lead.past_handed_off" if handoff.rep else "lead.past_without_rep"
    for person in [handoff.rep] if handoff.rep else _people(Role.SALES_MANAGER):
        _tell(person, kind, f"past:{at.isoformat()}", {}, None, at)


def tell_of_reassignment(handoff: Handoff, old: User | None, by: User | None, at: datetime) -> None:
    """The new rep hears that the lead is theirs, the old one that it no longer is."""
    facts = {"lead": str(handoff.lead), "by": str(by or ""), "rep": str(handoff.rep), "company": handoff.lead.company}
    key = f"reassigned:{handoff.public_id}:{at.isoformat()}"
    if handoff.rep:
        _tell(handoff.rep, "lead.given_to_you", key, facts, handoff.lead, at)
    if old:
        _tell(old, "lead.taken_over", key, facts, handoff.lead, at)


def tell_of_merge(closed: Handoff, stays: Handoff, by: User | None, at: datetime) -> None:
    """The rep whose pass ended hears who works on this person, unless it is the same rep."""
    if closed.rep and closed.rep_id != stays.rep_id:
        facts = {
            "lead": str(closed.lead),
            "by": str(by or ""),
            "rep": str(stays.rep or ""),
            "company": stays.lead.company,
        }
        _tell(closed.rep, "lead.taken_over", f"merged:{closed.public_id}", facts, stays.lead, at)


def tell_of_rep_who_left(rep: User, n_leads: int, at: datetime) -> None:
    """Sales managers hear that somebody who takes no leads any more still has some: once a day, until they have not."""
    managers = _people(Role.SALES_MANAGER)
    own = [person for person in managers if rep.team_id is not None and person.team_id == rep.team_id]
    facts = {"name": rep.name, "n": n_leads}
    for person in own or managers:
        _tell(person, "lead.rep_left", f"rep-left:{rep.public_id}:{at.date().isoformat()}", facts, None, at)


def tell_of_return(returned: Return, reason: str, path: str) -> None:
    """Marketing hears that a lead is back, why, and which path is suggested."""
    facts = {
        "lead": str(returned.lead),
        "reason": reason,
        "path": path,
        "by": str(returned.by),
        "note": returned.note,
    }
    for person in _people(Role.MARKETER, Role.MARKETING_MANAGER):
        _tell(person, "lead.returned", f"return:{returned.pk}", facts, returned.lead, returned.at)


def tell_of_frequent_return(lead: Lead, n_returns: int, at: datetime) -> None:
    """Managers decide about a lead that qualifies again after too many returns; told once per return."""
    for person in _people(Role.MARKETING_MANAGER, Role.SALES_MANAGER):
        facts = {"lead": str(lead), "n": n_returns}
        _tell(person, "lead.returned_often", f"review:{lead.public_id}:{n_returns}", facts, lead, at)


def tell_of_due_soon(rows: Iterable[Commitment], at: datetime) -> None:
    """Owners are warned; of what nobody in particular owes, the managers of that side."""
    managers: list[User] | None = None
    for row in rows:
        if row.owner is None and managers is None:
            managers = _managers()
        for person in [row.owner] if row.owner else _managers_of(row, managers or []):
            _tell(person, "commitment.due_soon", f"warn:{row.public_id}", _facts(row), row.lead, at)


def tell_of_breaches(rows: list[Commitment], at: datetime, *, managers_too: bool = True) -> None:
    """Owner and managers hear of a broken promise once; of many that are seen very late, in one message."""
    if not rows:
        return
    managers = _managers() if managers_too else []
    news: dict[User, list[Commitment]] = defaultdict(list)
    for row in rows:
        people = [*([row.owner] if row.owner else []), *_managers_of(row, managers)]
        for person in dict.fromkeys(people):
            news[person].append(row)
    for person, own in news.items():
        late = [row for row in own if at - row.due_at > LATE]
        together = {row.pk for row in late} if len(late) > FEW else set()
        if together:
            key = f"breaches:{min(together)}:{max(together)}"
            facts = {"n": len(together), "first_at": min(row.due_at for row in late)}
            notify(recipient=person, kind="commitment.many_breached", key=key, facts=facts, url="/", at=at)
        for row in own:
            if row.pk not in together:
                _tell(person, "commitment.breached", f"breach:{row.public_id}", _facts(row), row.lead, at)


def tell_managers_of_breach(row: Commitment, at: datetime) -> None:
    """Where the terms tell managers later than the owner."""
    for person in _managers_of(row, _managers()):
        _tell(person, "commitment.breached", f"breach:{row.public_id}", _facts(row), row.lead, at)


def tell_of_reassignment_due(row: Commitment, at: datetime) -> None:
    """The agreed time to give a neglected lead to somebody else has come; told once per handoff and rep."""
    key = f"reassign:{row.handoff_id}:{row.owner_id}"
    for person in _managers_of(row, _managers()):
        _tell(person, "commitment.reassign", key, _facts(row), row.lead, at)


def _facts(row: Commitment) -> dict[str, object]:
    return {
        "lead": str(row.lead) if row.lead else "",
        "promise": row.kind,
        "owner": str(row.owner or ""),
        "due_at": row.due_at,
        "clause": row.clause,
    }


def _managers() -> list[User]:
    return _people(Role.SALES_MANAGER, Role.MARKETING_MANAGER)


def _managers_of(row: Commitment, managers: list[User]) -> list[User]:
    """Marketing's managers for its promises; for Sales' those of the owner's team, or all where it has none."""
    if row.party == "marketing":
        return [person for person in managers if person.role == Role.MARKETING_MANAGER]
    sales = [person for person in managers if person.role == Role.SALES_MANAGER]
    team = row.owner.team_id if row.owner else None
    return [person for person in sales if team is not None and person.team_id == team] or sales


def _people(*roles: str) -> list[User]:
    return list(User.objects.filter(role__in=roles, is_active=True).order_by("pk"))


def _tell(
    person: User,
    kind: str,
    key: str,
    facts: Mapping[str, object],
    lead: Lead | None,
    at: datetime,
    by_email: bool = True,
) -> None:
    if person.is_active:
        url = url_of(lead) if lead else "/"
        notify(recipient=person, kind=kind, key=key, facts=dict(facts), url=url, by_email=by_email, at=at)
