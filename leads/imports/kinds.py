"""The two kinds of files, leads and accounts: what their columns may mean, and who takes their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from leads.accounts.columns import plan_accounts
from leads.accounts.names import name_key
from leads.accounts.rows import ACCOUNT_FIELDS, AccountRow
from leads.accounts.saving import preview_accounts, save_accounts
from leads.imports.mapping import TARGETS, plan_columns
from leads.imports.tracing import trace_leads
from leads.intake import LeadRow, Rejection, preview_leads, save_leads
from leads.models import LeadImport
from leads.models.imports import ImportKind
from slaportal.accounts.models import User

# Usual headers without blanks and signs, in lower case; of several that fit, the first word wins. Those of well-known
# systems stand in leads.imports.systems.
LEAD_WORDS = {
    "external_id": "external_id record_id prospect_id lead_id contact_id id lead_number",
    "email": "email e_mail email_address e_mail_address mail person_email work_email business_email",
    "name": "name full_name person_name contact_name contact_person lead_name",
    "first_name": "first_name given_name person_first_name",
    "last_name": "last_name surname family_name person_last_name",
    "company": "company company_name organization organisation organization_name account account_name",
    "title": "job_title title position",
    "phone": "phone phone_number telephone person_phone mobile mobile_phone mobile_phone_number",
    "country": "country country_region",
    "source": "lead_source source original_source lead_source_channel person_source",
    "created_at": "created_at create_date created_date created creation_date person_creation_date lead_created",
    "stage": "lifecycle_stage lead_stage stage",
    "converted": "converted is_converted",
    "converted_at": "converted_at converted_date",
    "deal_amount": "deal_amount amount deal_value",
}
ACCOUNT_WORDS = {
    "name": "account_name company_name company account organization organisation organization_name name",
    "domains": "domains domain company_domain company_domain_name email_domain website website_url web_site url",
    "country": "country country_region billing_country",
    "industry": "industry sector",
    "size": "size employees number_of_employees employee_count headcount company_size",
    "tier": "tier account_tier target_tier segment",
    "is_target": "is_target target target_account",
}


class Plan(Protocol):
    """A checked column map that reads rows."""

    @property
    def fields(self) -> tuple[tuple[int, str, str], ...]: ...

    def row_of(self, cells: Sequence[str]) -> Any: ...


class Report(Protocol):
    """What became of the rows of one call."""

    created: int
    updated: int
    unchanged: int
    rejected: list[Rejection]
    outcomes: list[str | None]


@dataclass(frozen=True)
class Kind:
    """How files of one kind are read, looked at ahead and saved."""

    targets: Sequence[str]
    words: dict[str, str]
    plan: Callable[[Any, Sequence[str]], Plan]
    save: Callable[[list[Any], User | None, dt.datetime], Report]
    preview: Callable[[list[Any], dt.datetime], Report]
    # By what a row is told: two rows of one file that share a name speak of the same thing.
    names: Callable[[Any], Iterable[tuple[str, str]]]
    # Keeps what taking the import back needs to know; None where it cannot be taken back.
    trace: Callable[[LeadImport, Any, dt.datetime], None] | None = None


def _names_of_lead(row: LeadRow) -> list[tuple[str, str]]:
    names = [("", row.email)] if row.email else []
    return [*names, (row.source, row.external_id)] if row.external_id else names


def _names_of_account(row: AccountRow) -> list[tuple[str, str]]:
    return [("domain", domain) for domain in row.domains] or [("name", name_key(row.name))]


KINDS = {
    ImportKind.LEADS: Kind(
        TARGETS,
        LEAD_WORDS,
        plan_columns,
        lambda rows, by, at: save_leads(rows, by=by, at=at),
        lambda rows, at: preview_leads(rows, at=at),
        _names_of_lead,
        trace_leads,
    ),
    ImportKind.ACCOUNTS: Kind(
        ACCOUNT_FIELDS,
        ACCOUNT_WORDS,
        plan_accounts,
        lambda rows, by, at: save_accounts(rows, at=at),
        lambda rows, at: preview_accounts(rows, at=at),
        _names_of_account,
    ),
}


def kind_of(kind: str) -> Kind:
    """The kind by the name that an import keeps."""
    return KINDS[ImportKind(kind)]
