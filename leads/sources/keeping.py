"""What people do with a source: make it, change it, pause it, renew its secret, end it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from leads.models import Deal, Lead, LeadEvent, LeadIdentity, LeadSource, SourceKind, SourceSample
from leads.sources.signing import new_secret
from slaportal.accounts.models import User
from slaportal.accounts.sealing import seal, unseal
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

# After a renewal both secrets hold, so that the sender can be changed without losing what it sends meanwhile.
OLD_SECRET_HOLDS_FOR = dt.timedelta(hours=24)


def add_source(
    *, kind: SourceKind, name: str, options: Mapping[str, Any], by: User, at: dt.datetime
) -> tuple[LeadSource, str]:
    """A new source, and its secret in plain text where it has one; it is never shown again.

    Refused("source_name_taken") where another one, also one that has ended, has the name: facts carry it; and
    "source_name_in_use" where facts carry it that came otherwise: their ids are another system's.
    """
    if _is_carried(name):
        raise Refused("source_name_in_use")
    secret = new_secret() if kind == SourceKind.WEBHOOK else ""
    sealed = seal({"secret": secret}) if secret else ""
    fields = {"kind": kind, "name": name, "options": dict(options), "sealed": sealed}
    with transaction.atomic():
        try:
            with transaction.atomic():
                source = LeadSource.objects.create(**fields, created_by=by, created_at=at, updated_at=at)
        except IntegrityError:
            raise Refused("source_name_taken") from None
        record("source.added", by=by, on=_on(source), at=at, kind=str(kind), name=name)
    return source, secret


def change_source(*, public_id: UUID, options: Mapping[str, Any], by: User, at: dt.datetime) -> LeadSource:
    """Set these options, the others stay; the name stays for good, since facts carry it. Refused("source_retired")."""
    with transaction.atomic():
        source = _held(public_id)
        wanted = {**source.options, **options}
        if wanted != source.options:
            changed = sorted(name for name, value in wanted.items() if source.options.get(name) != value)
            source.options = wanted
            source.updated_at = at
            source.save(update_fields=["options", "updated_at"])
            record("source.changed", by=by, on=_on(source), at=at, options=changed)
    return source


def set_source_active(*, public_id: UUID, is_active: bool, by: User, at: dt.datetime) -> LeadSource:
    """Pause it, or let it go on; as it is already: nothing happens. Refused("source_retired")."""
    with transaction.atomic():
        source = _held(public_id)
        if source.is_active != is_active:
            source.is_active = is_active
            source.updated_at = at
            source.save(update_fields=["is_active", "updated_at"])
            record("source.resumed" if is_active else "source.paused", by=by, on=_on(source), at=at)
    return source


def renew_secret(*, public_id: UUID, by: User, at: dt.datetime) -> tuple[LeadSource, str]:
    """A new secret in plain text; the one before holds for 24 hours more.

    Refused: "source_retired", "source_without_secret" (only webhooks sign).
    """
    with transaction.atomic():
        source = _held(public_id)
        if source.kind != SourceKind.WEBHOOK:
            raise Refused("source_without_secret")
        secret, kept = new_secret(), unseal(source.sealed)
        sealed = {"secret": secret}
        if kept.get("secret"):
            sealed |= {"previous": kept["secret"], "previous_until": (at + OLD_SECRET_HOLDS_FOR).isoformat()}
        source.sealed = seal(sealed)
        source.updated_at = at
        source.save(update_fields=["sealed", "updated_at"])
        record("source.secret_renewed", by=by, on=_on(source), at=at)
    return source, secret


def retire_source(*, public_id: UUID, by: User, at: dt.datetime) -> LeadSource:
    """End it for good: its secrets and its last body go, its leads, events and counts stay. Twice is once."""
    with transaction.atomic():
        source = LeadSource.objects.select_for_update(no_key=True).get(public_id=public_id)
        if source.retired_at is None:
            source.retired_at = source.updated_at = at
            source.is_active, source.sealed = False, ""
            source.save(update_fields=["retired_at", "updated_at", "is_active", "sealed"])
            SourceSample.objects.filter(source=source).delete()
            record("source.retired", by=by, on=_on(source), at=at)
    return source


def secrets_of(source: LeadSource, *, at: dt.datetime) -> list[str]:
    """The secrets that hold now, the newest first."""
    kept = unseal(source.sealed)
    held = [kept["secret"]] if kept.get("secret") else []
    if kept.get("previous") and at < dt.datetime.fromisoformat(kept["previous_until"]):
        held.append(kept["previous"])
    return held


def _held(public_id: UUID) -> LeadSource:
    source = LeadSource.objects.select_for_update(no_key=True).get(public_id=public_id)
    if source.retired_at is not None:
        raise Refused("source_retired")
    return source


def _is_carried(name: str) -> bool:
    """Whether anything came under this name; not from a source of its own, whose name is taken."""
    if LeadSource.objects.filter(name=name).exists():
        return False
    facts: tuple[type[Model], ...] = (LeadIdentity, LeadEvent, Deal, Lead)
    return any(fact._default_manager.filter(source=name).exists() for fact in facts)


def _on(source: LeadSource) -> str:
    return f"source:{source.public_id}"
