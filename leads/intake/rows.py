"""One lead as a program, a file or a person gives it: read strictly, refused with a code that names the field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from leads.accounts.names import in_ascii
from leads.models import Lead, Stage

TEXT_FIELDS = ("source", "external_id", "email", "name", "company", "title", "phone", "country")
LIMITS: dict[str, int] = {name: getattr(Lead._meta.get_field(name), "max_length", 0) for name in TEXT_FIELDS}
LEAD_FIELDS = (*TEXT_FIELDS, "created_at", "stage", "converted", "converted_at", "deal_amount")
MAX_ATTRIBUTES = 500
MAX_ATTRIBUTE_NAME = 200
MAX_CELL = 131_072
LARGEST_AMOUNT = Decimal(10) ** 12
# Clocks of other machines may be a little ahead of ours.
TOLERANCE = dt.timedelta(minutes=5)

# What PostgreSQL cannot store in a text: NUL, and halves of surrogate pairs.
UNSAFE = re.compile("[\x00\ud800-\udfff]")
YES = frozenset({"1", "yes", "y", "true", "t"})
NO = frozenset({"0", "no", "n", "false", "f"})
# Words other systems use for our stages, without blanks and signs, in lower case.
STAGE_WORDS: dict[str, str] = {
    **{stage.value: stage.value for stage in Stage},
    "subscriber": Stage.CONTACT.value,
    "marketingqualifiedlead": Stage.MQL.value,
    "salesacceptedlead": Stage.SAL.value,
    "acceptedsal": Stage.SAL.value,
    "salesqualifiedlead": Stage.SQL.value,
    "nurturing": Stage.NURTURE.value,
    "unqualified": Stage.DISQUALIFIED.value,
    "evangelist": Stage.CUSTOMER.value,
    # HubSpot's word for none of its stages: nothing is said.
    "other": "",
}

_valid_email = EmailValidator()


class RowRejected(Exception):
    """A row cannot be taken; `field` names the field, or is empty where the row as a whole is at fault."""

    def __init__(self, code: str, field: str = "", **facts: Any) -> None:
        super().__init__(code, field, facts)
        self.code = code
        self.field = field
        self.facts = facts


@dataclass(slots=True)
class LeadRow:
    """A clean row: texts trimmed, e-mail in lower case; "" and None mean "not said", and erase nothing."""

    source: str = ""
    external_id: str = ""
    email: str = ""
    name: str = ""
    company: str = ""
    title: str = ""
    phone: str = ""
    country: str = ""
    created_at: dt.datetime | None = None
    stage: str = ""
    converted: bool | None = None
    converted_at: dt.datetime | None = None
    deal_amount: Decimal | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    # {header: text} of the cells whose text the stored value does not show; `headers` are all columns of the file.
    as_read: dict[str, str] = field(default_factory=dict)
    headers: frozenset[str] = frozenset()
    # Which columns hold source and external id: a lead keeps the first ones, the file shows its own.
    naming_headers: Mapping[str, str] = field(default_factory=dict)


def clean_row(given: Any, *, default_source: str = "") -> LeadRow:
    """The row of a JSON object; RowRejected for anything that is not said as the contract says it."""
    row = LeadRow()
    read_fields(given, READERS, into=row)
    row.source = row.source or default_source
    require_identity(row)
    return row


def read_fields(given: Any, readers: Mapping[str, Callable[[Any, str], Any]], *, into: Any) -> None:
    """Set each field of a JSON object as its reader takes it, and the attributes; RowRejected for any other field."""
    if not isinstance(given, Mapping):
        raise RowRejected("row_not_an_object")
    for name, value in given.items():
        if name == "attributes":
            into.attributes = clean_attributes(value)
        elif name in readers:
            setattr(into, name, readers[name](value, name))
        else:
            raise RowRejected("unknown_field", str(name)[:100], name=str(name)[:100])


def require_identity(row: LeadRow) -> None:
    """A row names its lead by an e-mail address, an external id or both."""
    if not (row.email or row.external_id):
        raise RowRejected("no_identity")


def read_text(value: Any, name: str, limits: Mapping[str, int] = LIMITS) -> str:
    """A trimmed text no longer than its column; whole numbers are taken as their digits."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise RowRejected("not_text", name)
    text = value.strip()
    if len(text) > limits[name]:
        raise RowRejected("text_too_long", name, limit=limits[name], length=len(text))
    if UNSAFE.search(text):
        raise RowRejected("bad_character", name)
    return text


def read_email(value: Any, name: str = "email") -> str:
    """An e-mail address in lower case, its domain in ASCII: both ways to write it are one address."""
    text = read_text(value, name).lower()
    if not text.isascii():
        mailbox, at_sign, domain = text.rpartition("@")
        text = f"{mailbox}{at_sign}{in_ascii(domain) or domain}"
    if text:
        try:
            _valid_email(text)
        except ValidationError:
            raise RowRejected("bad_email", name, value=shown_short(text)) from None
    return text


def read_moment(value: Any, name: str) -> dt.datetime | None:
    """An aware instant of an ISO 8601 date or time; without an offset it is in the installation's time zone."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return aware(value)
    text = value.strip() if isinstance(value, str) else ""
    try:
        moment = parse_datetime(text)
        if moment is None:
            day = parse_date(text)
            moment = dt.datetime.combine(day, dt.time()) if day else None
        if moment is not None:
            return aware(moment)
    except (ValueError, OverflowError):
        pass
    raise RowRejected("bad_date", name, value=shown_short(value))


def aware(moment: dt.datetime) -> dt.datetime:
    """The instant in UTC; years that PostgreSQL and Python could read differently are refused by ValueError."""
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    if not 1900 <= moment.year <= 2200:
        raise ValueError(moment.year)
    return moment.astimezone(dt.UTC)


def read_amount(value: Any, name: str) -> Decimal | None:
    """An amount of money with at most two decimals, below 10¹² and not negative."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        amount = Decimal(str(value).strip())
        rounded = amount.quantize(Decimal("0.01"))
    except (InvalidOperation, ValueError):
        raise RowRejected("bad_number", name, value=shown_short(value)) from None
    if not amount.is_finite() or rounded != amount or not 0 <= amount < LARGEST_AMOUNT:
        raise RowRejected("bad_number", name, value=shown_short(value))
    return rounded


def read_yes_no(value: Any, name: str) -> bool | None:
    """1/0, yes/no, true/false in any case; None for a blank."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if not word:
        return None
    if word in YES or word in NO:
        return word in YES
    raise RowRejected("bad_yes_no", name, value=shown_short(value))


def read_stage(value: Any, name: str = "stage") -> str:
    """One of our stages, also under the names other systems use."""
    word = re.sub(r"[\W_]", "", value).lower() if isinstance(value, str) else value
    if word is None or word == "":
        return ""
    if not isinstance(word, str) or word not in STAGE_WORDS:
        raise RowRejected("unknown_stage", name, value=shown_short(value))
    return STAGE_WORDS[word]


def clean_attributes(given: Any, *, keep_blanks: bool = False) -> dict[str, Any]:
    """{name: text, number, yes/no}; blanks are left out, since they erase nothing, or kept as ""."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise RowRejected("attributes_not_an_object", "attributes")
    if len(given) > MAX_ATTRIBUTES:
        raise RowRejected("too_many_attributes", "attributes", limit=MAX_ATTRIBUTES)
    clean = {}
    for name, value in given.items():
        path = f"attributes.{str(name)[:100]}"
        name = str(name).strip()
        if not name or len(name) > MAX_ATTRIBUTE_NAME or UNSAFE.search(name):
            raise RowRejected("bad_attribute_name", path, limit=MAX_ATTRIBUTE_NAME)
        value = clean_attribute(value, path)
        if value != "" or keep_blanks:
            clean[name] = value
    return clean


def clean_attribute(value: Any, path: str) -> Any:
    """One attribute's value; "" for a blank."""
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    if not isinstance(value, str):
        raise RowRejected("bad_attribute", path)
    text = value.strip()
    if len(text) > MAX_CELL:
        raise RowRejected("text_too_long", path, limit=MAX_CELL, length=len(text))
    if UNSAFE.search(text):
        raise RowRejected("bad_character", path)
    return text


def shown_short(value: Any) -> str:
    """The value as a message quotes it."""
    text = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return text if len(text) <= 60 else text[:59] + "…"


READERS: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(TEXT_FIELDS, read_text),
    "email": read_email,
    "created_at": read_moment,
    "stage": read_stage,
    "converted": read_yes_no,
    "converted_at": read_moment,
    "deal_amount": read_amount,
}
