"""Who is told of a handoff, and in which of the ways that the terms name."""

from __future__ import annotations

from typing import Any

from agreements.services import create_agreement, sign_by_console
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from leads.handoff import hand_off
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification, OutboxMessage
from tests.leads.conftest import OPENED


def test_without_e_mail_in_the_terms_the_rep_is_told_in_the_app_alone(make_lead: Any, sam: User) -> None:
    terms = default_terms().as_dict()
    terms["handoff"]["notify"] = ["app"]
    version = sign_by_console(
        version=create_agreement(slug="app", name="App", by=None, terms=Terms.parse(terms), at=OPENED), at=OPENED
    )
    hand_off(lead=make_lead(), trigger="manual", version=version, at=OPENED)

    assert Notification.objects.filter(recipient=sam, kind="lead.handed_off").exists()
    assert not OutboxMessage.objects.filter(topic="email", dedup_key__startswith=f"email:{sam.pk}:").exists()
