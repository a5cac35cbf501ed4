"""What an admin does with a connection beside the common acts of a source: its secrets, and asking HubSpot now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from leads.hubspot.jobs import start_pull
from leads.hubspot.options import token_of
from leads.hubspot.progress import start_anew
from leads.models import LeadSource
from slaportal.accounts.models import User
from slaportal.accounts.sealing import seal, unseal
from slaportal.audit.services import record
from slaportal.outbox.models import Job
from slaportal.web.refusals import Refused


def set_secrets(*, source: LeadSource, secrets: Mapping[str, str], by: User, at: dt.datetime) -> LeadSource:
    """Keep these secrets ("secret", "token"), sealed; those that are blank stay as they were.

    A new token is tried at once. Refused("source_retired").
    """
    given = {name: value for name, value in secrets.items() if value}
    with transaction.atomic():
        held = LeadSource.objects.select_for_update(no_key=True).get(pk=source.pk)
        if held.retired_at is not None:
            raise Refused("source_retired")
        if given:
            held.sealed = seal({**unseal(held.sealed), **given})
            held.updated_at = at
            held.save(update_fields=["sealed", "updated_at"])
            record("source.secrets_changed", by=by, on=f"source:{held.public_id}", at=at, names=sorted(given))
        if "token" in given:
            start_anew(held)
    return held


def pull_now(*, source: LeadSource, by: User, at: dt.datetime) -> Job:
    """Ask HubSpot at once, also after it refused or asked for a pause; twice gives the job that runs.

    Refused("hubspot_paused", "hubspot_token_missing").
    """
    if not source.is_active:
        raise Refused("hubspot_paused")
    if not token_of(source):
        raise Refused("hubspot_token_missing")
    with transaction.atomic():
        start_anew(source)
        return start_pull(source, by=by, at=at)[0]
