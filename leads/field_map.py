"""A lead's fields and an event's as rules see them: as facts for the judge in Python, as SQL for the one of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agreements.compile import FieldMap, Sql, SqlField
from agreements.terms.scoring import Event
from leads.models import Account, Lead, LeadEvent

TEXT_FIELDS = ("email", "name", "company", "title", "phone", "country", "source", "stage")
# The account's own fields: `account.<name>`; anything else behind "account." is one of its attributes.
ACCOUNT_TEXTS = ("name", "country", "industry", "size", "tier")

# When an event counts: never later than it was received, whatever its source claims.
COUNTED_AT = "least(e.occurred_at, e.received_at)"


def facts_of(lead: Lead) -> dict[str, Any]:
    """The lead's fields by the names that rules use; attributes as stored."""
    facts: dict[str, Any] = {name: getattr(lead, name) for name in TEXT_FIELDS}
    facts["created_at"] = lead.created_at
    facts["domain"] = lead.email.rpartition("@")[2] if "@" in lead.email else None
    facts |= {f"attributes.{name}": value for name, value in lead.attributes.items()}
    return facts | _facts_of_account(lead.account) if lead.account is not None else facts


def event_of(event: LeadEvent) -> Event:
    """The event as interest rules see it."""
    return Event(event.type, min(event.occurred_at, event.received_at), event.properties)


def _facts_of_account(account: Account) -> dict[str, Any]:
    facts: dict[str, Any] = {f"account.{name}": value for name, value in account.attributes.items()}
    facts |= {f"account.{name}": getattr(account, name) for name in ACCOUNT_TEXTS}
    facts["account.domain"] = account.domains[0] if account.domains else None
    facts["account.is_target"] = account.is_target
    return facts


def _lead_fields(of_account: Callable[[str], Sql]) -> FieldMap:
    columns = {name: SqlField(Sql(f"l.{name}")) for name in TEXT_FIELDS}
    columns["created_at"] = SqlField(Sql("l.created_at"), "timestamp")
    columns["domain"] = SqlField(Sql("(CASE WHEN strpos(l.email, '@') > 0 THEN split_part(l.email, '@', -1) END)"))
    columns |= {f"account.{name}": SqlField(of_account(f"a.{name}")) for name in ACCOUNT_TEXTS}
    columns["account.domain"] = SqlField(of_account("a.domains[1]"))
    columns["account.is_target"] = SqlField(of_account("a.is_target::text"))
    return FieldMap(columns, {"attributes": "l.attributes", "account": of_account("a.attributes").text})


def _of_account(expression: str) -> Sql:
    """Read where a rule asks for it: a statement without such a rule never looks at accounts."""
    return Sql(f"(SELECT {expression} FROM leads_account a WHERE a.id = l.account_id)")  # noqa: S608 - our own words


# Over leads_lead AS l (joined to its leads_account AS a, where many leads are asked), and over leads_leadevent AS e.
LEAD_FIELDS = _lead_fields(_of_account)
JOINED_FIELDS = _lead_fields(Sql)
EVENT_FIELDS = FieldMap({"event.type": SqlField(Sql("e.type"))}, {"event": "e.properties"})
