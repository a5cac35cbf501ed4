"""Many copies of one delivery at once: one of them counts, the others wait for it and change nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from leads.models import Lead, LeadEvent, LeadSource, PendingEvent, SiteVisits, SourceDay, SourceKind
from leads.sources.counting import count
from leads.sources.keeping import add_source
from leads.sources.receiving import receive_delivery
from leads.sources.submitting import take_submission
from leads.sources.visits import count_visit
from slaportal.accounts.models import User
from tests.leads.test_handoff import at_once

NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
COPIES = 12
pytestmark = pytest.mark.django_db(transaction=True)


def made(kind: SourceKind, by: User) -> LeadSource:
    options = {"event_type": "demo_request", "fields": [{"name": "email", "label": "E-mail", "required": True}]}
    return add_source(kind=kind, name=kind.value, options=options, by=by, at=NOW)[0]


def test_copies_of_everything_at_once_count_once(ada: User) -> None:
    hook, form, site = (made(kind, ada) for kind in (SourceKind.WEBHOOK, SourceKind.FORM, SourceKind.SITE))
    body = {"lead": {"email": "dana@acme.example"}, "event": {"type": "demo_request"}}
    deliver = partial(receive_delivery, source=hook, delivery="msg_1", body=body, at=NOW)
    told = at_once(*[deliver] * COPIES)
    assert sorted(report.is_repeated for report in told) == [False, *[True] * (COPIES - 1)]
    assert (Lead.objects.count(), LeadEvent.objects.count(), PendingEvent.objects.count()) == (1, 1, 1)

    entries = {"email": "noor@fjord.example"}
    submit = partial(take_submission, source=form, entries=entries, about={}, has_consented=False, at=NOW)
    sent = at_once(*[submit] * COPIES)
    assert sorted(one.is_repeated for one in sent) == [False, *[True] * (COPIES - 1)]
    assert {one.lead for one in sent} == {Lead.objects.get(email="noor@fjord.example")}

    visit = partial(count_visit, site=site, source="news", address="203.0.113.9", agent="Firefox", at=NOW)
    assert at_once(*[visit] * COPIES).count(True) == 1
    assert SiteVisits.objects.get().count == 1
    at_once(*[partial(count, site, "refused", at=NOW)] * COPIES)
    assert SourceDay.objects.get().refused == COPIES
