"""A lead added or edited by hand: what is said is set exactly, blanks included, and kept in the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from leads.accounts.matching import account_ids, lock_accounts
from leads.accounts.names import name_key
from leads.intake.rows import LeadRow
from leads.intake.saving import save_leads
from leads.merges.phones import phone_key
from leads.models import Lead, LeadIdentity
from leads.scoring import mark_dirty, touched_by_moves
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused, RefusedInput

# Stage and conversion move by the rules of the agreement, not by hand.
EDITABLE = ("email", "name", "company", "title", "phone", "country", "source", "external_id")


def add_lead(*, row: LeadRow, by: User, at: dt.datetime) -> Lead:
    """A new lead, a rep's own find owned by the rep.

    Refused("lead_email_taken" or "lead_identity_taken", lead=id) where the person is here already.
    """
    with transaction.atomic():
        names = {"email": row.email, "source": row.source, "external_id": row.external_id}
        refuse_if_taken(values=names, besides=None)
        report = save_leads([row], by=by, at=at)
        lead = Lead.objects.get(pk=report.lead_ids[0])
        if report.created != 1:
            raise Refused("lead_email_taken", lead=str(lead.public_id))
        if by.role == Role.REP:
            Lead.objects.filter(pk=lead.pk).update(owner=by)
            lead.owner = by
        record("lead.added", by=by, on=f"lead:{lead.public_id}", at=at)
    return lead


def edit_lead(
    *,
    public_id: UUID,
    changes: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
    by: User,
    at: dt.datetime,
    seen_at: dt.datetime | None = None,
) -> Lead:
    """Set the fields in `changes` (clean values) exactly, blanks erase; `attributes` are set one by one, "" drops one.

    Refused("lead_changed_meanwhile") if the lead changed after `seen_at`, the `updated_at` that the editor looked at;
    "lead_email_taken" or "lead_identity_taken" (lead=id) where another lead has the new name, also one that took it
    meanwhile; "lead_identity_missing" where the change takes the last name away. Equal values write nothing.
    """
    with transaction.atomic():
        lock_accounts(shared=True)
        lead = Lead.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
        if lead is None:
            raise Refused("merge_gone")
        if seen_at is not None and lead.updated_at != seen_at:
            raise Refused("lead_changed_meanwhile")
        wanted = {**changes, "attributes": _attributes_after(lead, attributes or {})}
        changed = {name: value for name, value in wanted.items() if getattr(lead, name) != value}
        if not changed:
            return lead
        names = _names_after(lead, changed)
        _refuse_nameless(lead, names)
        refuse_if_taken(values=names, besides=lead)
        account = lead.account_id
        _write(lead, changed, names, at)
        moved = {account, lead.account_id} if account != lead.account_id else ()
        mark_dirty([lead.pk, *touched_by_moves(moved)])
        record("lead.edited", by=by, on=f"lead:{lead.public_id}", at=at, fields=sorted(changed))
    return lead


def _attributes_after(lead: Lead, said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**lead.attributes, **said}.items() if value != ""}


def _names_after(lead: Lead, changed: Mapping[str, Any]) -> dict[str, str]:
    return {name: changed.get(name, getattr(lead, name)) for name in ("email", "source", "external_id")}


def _refuse_nameless(lead: Lead, names: Mapping[str, str]) -> None:
    """A lead that programs can tell stays so; one that people know by its phone number alone may stay as it is."""
    if (lead.email or lead.external_id) and not (names["email"] or names["external_id"]):
        raise RefusedInput("lead_identity_missing")


def refuse_if_taken(*, values: Mapping[str, str], besides: Lead | None) -> None:
    """Refused where another lead has this address or this external id at this source."""
    others = Lead.objects.exclude(pk=besides.pk) if besides else Lead.objects.all()
    if values["email"] and (other := others.filter(email=values["email"]).first()):
        raise Refused("lead_email_taken", lead=str(other.public_id))
    if values["email"] and (other := others.filter(other_addresses__email=values["email"]).first()):
        raise Refused("lead_email_taken", lead=str(other.public_id))
    if values["external_id"]:
        named = others.filter(identities__source=values["source"], identities__external_id=values["external_id"])
        if other := named.first():
            raise Refused("lead_identity_taken", lead=str(other.public_id))


def _write(lead: Lead, changed: Mapping[str, Any], names: Mapping[str, str], at: dt.datetime) -> None:
    """Store the changes; where somebody took a name since we looked, the database says so, and we refuse as before."""
    for name, value in changed.items():
        setattr(lead, name, value)
    lead.updated_at = at
    lead.company_key = name_key(lead.company)
    lead.phone_key = phone_key(lead.phone, lead.country)
    [lead.account_id] = account_ids([(lead.email, lead.company_key)])
    try:
        with transaction.atomic():
            lead.save(update_fields=[*changed, "company_key", "phone_key", "account", "updated_at"])
    except IntegrityError as error:
        refuse_if_taken(values=names, besides=lead)
        raise Refused("lead_email_taken") from error
    _keep_identity(lead, changed)


def _keep_identity(lead: Lead, changed: Mapping[str, Any]) -> None:
    """The new name is added to those the lead is known by; the old ones go on pointing here."""
    if lead.external_id and changed.keys() & {"source", "external_id"}:
        name = {"source": lead.source, "external_id": lead.external_id}
        known, _ = LeadIdentity.objects.select_related("lead").get_or_create(**name, defaults={"lead": lead})
        if known.lead_id != lead.pk:
            raise Refused("lead_identity_taken", lead=str(known.lead.public_id))
