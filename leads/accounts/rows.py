"""One account as a program, a file or a person gives it: read strictly, refused with a code that names the field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from leads.accounts.names import NotADomain, domain_of, name_key
from leads.intake import rows
from leads.intake.rows import UNSAFE, RowRejected, read_fields, read_yes_no, shown_short
from leads.models import Account
from slaportal.web.texts import is_seen

TEXT_FIELDS = ("name", "country", "industry", "size", "tier")
LIMITS: dict[str, int] = {name: getattr(Account._meta.get_field(name), "max_length", 0) for name in TEXT_FIELDS}
ACCOUNT_FIELDS = ("name", "domains", "country", "industry", "size", "tier", "is_target")
MAX_DOMAINS = 100
BETWEEN_DOMAINS = re.compile(r"[\s,;|]+")


@dataclass(slots=True)
class AccountRow:
    """A clean row: texts trimmed, domains in ASCII; "", [] and None mean "not said", and erase nothing."""

    name: str = ""
    domains: list[str] = field(default_factory=list)
    country: str = ""
    industry: str = ""
    size: str = ""
    tier: str = ""
    is_target: bool | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def clean_account(given: Any) -> AccountRow:
    """The row of a JSON object; RowRejected for anything that is not said as the contract says it."""
    row = AccountRow()
    read_fields(given, READERS, into=row)
    require_account(row)
    return row


def require_account(row: AccountRow) -> None:
    """A row tells its account by a domain, by a name, or by both; a domain alone names it too."""
    if not (row.name or row.domains):
        raise RowRejected("account_nameless")


def read_text(value: Any, name: str) -> str:
    """A trimmed text no longer than its column; numbers are taken as their digits."""
    return rows.read_text(str(value) if isinstance(value, float) else value, name, LIMITS)


def read_name(value: Any, name: str = "name") -> str:
    """A company's name, which has something to be told by."""
    text = read_text(value, name)
    if text and not is_seen(text):
        raise RowRejected("bad_character", name)
    return text if name_key(text) else ""


def read_domains(value: Any, name: str = "domains") -> list[str]:
    """Domains of a list, or of a text with blanks or commas between them; each once, in their order."""
    parts = BETWEEN_DOMAINS.split(value) if isinstance(value, str) else ([] if value is None else value)
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise RowRejected("domains_not_a_list", name)
    domains: dict[str, None] = {}
    for part in parts:
        if part.strip():
            domains[_read_domain(part, name)] = None
    if len(domains) > MAX_DOMAINS:
        raise RowRejected("too_many_domains", name, limit=MAX_DOMAINS)
    return list(domains)


def _read_domain(text: str, name: str) -> str:
    if UNSAFE.search(text):
        raise RowRejected("bad_character", name)
    try:
        return domain_of(text)
    except NotADomain as error:
        raise RowRejected(str(error), name, value=shown_short(text)) from None


READERS: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(TEXT_FIELDS, read_text),
    "name": read_name,
    "domains": read_domains,
    "is_target": read_yes_no,
}
