"""The handoffs of one batch: opened as a set, as if one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import AgreementVersion
from leads.drain import drain_events
from leads.handoff import Asked, hand_off, hand_off_together
from leads.intake import append_events
from leads.models import Commitment, Handoff, Lead, StageChange
from leads.returns import return_handoff
from leads.routing import RoundRobin
from leads.scoring import Governing, rescore
from slaportal.accounts.models import Absence, User
from slaportal.audit.checks import verify_chain
from slaportal.audit.models import AuditEntry
from slaportal.audit.services import seal
from slaportal.outbox.models import Notification
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import at_once

LATER = OPENED + timedelta(hours=1)
MakeLead = Callable[..., Lead]


def asked(leads: list[Lead], version: AgreementVersion, trigger: str = "score") -> list[Asked]:
    return [Asked(lead, trigger, version) for lead in leads]


def test_the_raised_hands_of_one_batch_go_to_the_reps_in_turn(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User, otto: User
) -> None:
    first, *leads = [make_lead(title="Head of Sales") for _ in range(5)]
    hand_off(lead=first, trigger="manual", at=OPENED)
    rescore(at=OPENED)
    rows = [
        {"lead": {"id": str(lead.public_id)}, "type": "demo_request", "occurred_at": LATER.isoformat()}
        for lead in reversed(leads)
    ]
    append_events(rows, by=None, at=LATER)

    assert drain_events(LATER) == 4
    opened = Handoff.objects.filter(trigger="hand_raise").order_by("pk")
    assert [(one.lead, one.rep) for one in opened] == list(zip(leads, [lena, otto, sam, lena], strict=True))
    assert [one.event.lead for one in opened if one.event] == leads


def test_each_pass_of_a_set_has_all_that_a_single_one_has(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User
) -> None:
    leads = [make_lead(name=name) for name in ("Ada", "Bea", "Cleo")]

    opened = hand_off_together(asked(leads, active_terms), at=OPENED)

    for lead, rep, handoff in zip(leads, [sam, lena, sam], opened, strict=True):
        now = Lead.objects.get(pk=lead.pk)
        assert (now.stage, now.owner, now.stage_at) == (lead.stage, lead.owner, lead.stage_at) == ("mql", rep, OPENED)
        assert handoff.packet["fields"]["name"] == lead.name
        assert set(Commitment.objects.filter(handoff=handoff, owner=rep).values_list("kind", flat=True)) == {
            "first_response",
            "acceptance",
            "decision",
        }
        assert StageChange.objects.get(handoff=handoff).lead == lead
        assert Notification.objects.filter(recipient=rep, facts__lead=lead.name).count() == 1
    told = AuditEntry.objects.filter(action="lead.handed_off").order_by("pk")
    assert [entry.on for entry in told] == [f"lead:{lead.public_id}" for lead in leads]
    seal(OPENED)
    assert verify_chain() == []


def test_a_refused_lead_keeps_no_other_from_being_opened(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User
) -> None:
    resting, customer, first, second = (make_lead(), make_lead(stage="customer"), make_lead(), make_lead())
    passed = hand_off(lead=resting, trigger="score", at=OPENED)
    assert passed is not None
    return_handoff(handoff=passed, reason="return-no-need", by=sam, at=OPENED)

    opened = hand_off_together(asked([resting, first, customer, second], active_terms), at=LATER)

    assert [(one.lead, one.rep) for one in opened] == [(first, lena), (second, sam)]
    assert Handoff.objects.count() == 3


def test_to_a_person_a_refusal_opens_none(active_terms: AgreementVersion, make_lead: MakeLead, mina: User) -> None:
    with pytest.raises(Refused) as refused:
        hand_off_together(asked([make_lead(), make_lead(stage="customer")], active_terms), by=mina, at=OPENED)
    assert refused.value.code == "stage_move"
    assert not Handoff.objects.exists()


def test_a_lead_that_was_merged_or_handed_over_meanwhile_is_passed_over(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    leads = [make_lead() for _ in range(3)]
    batch = asked(leads, active_terms)
    hand_off(lead=Lead.objects.get(pk=leads[0].pk), trigger="manual", at=OPENED)
    Lead.objects.filter(pk=leads[1].pk).delete()

    assert [one.lead for one in hand_off_together(batch, at=OPENED)] == [leads[2]]
    assert hand_off_together(batch, at=OPENED) == []


@pytest.mark.django_db(transaction=True)
def test_of_batches_that_share_leads_each_lead_is_opened_once(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User, otto: User
) -> None:
    leads = [make_lead() for _ in range(6)]
    calls = [
        lambda: hand_off_together(asked(leads[:4], active_terms), at=OPENED),
        lambda: hand_off_together(asked(leads[:1:-1], active_terms), at=OPENED),
        lambda: hand_off_together(asked(leads[::2], active_terms, "hand_raise"), at=OPENED),
        lambda: [hand_off(lead=leads[3], trigger="manual", at=OPENED)],
    ]

    results = at_once(*calls)

    opened = [handoff.lead for result in results for handoff in result if handoff]
    assert sorted(lead.pk for lead in opened) == [lead.pk for lead in leads]
    assert [Handoff.objects.filter(rep=rep).count() for rep in (sam, lena, otto)] == [2, 2, 2]


def test_more_leads_take_no_more_queries(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, lena: User
) -> None:
    counts = []
    for n in (1, 6):
        batch = asked([make_lead() for _ in range(n)], active_terms)
        with CaptureQueriesContext(connection) as queries:
            hand_off_together(batch, at=OPENED)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_rep_was_given_counts_in_every_time_zone(sam: User, lena: User) -> None:
    late = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)
    Absence.objects.create(user=lena, starts_on="2026-11-05", ends_on="2026-11-05")
    reps = RoundRobin(late)

    given = [reps.next_rep(zone) for zone in ("UTC", "Europe/Paris", "UTC", "UTC", "Europe/Paris")]

    assert given == [sam, sam, lena, sam, sam]


def test_each_lead_goes_by_the_terms_that_govern_it(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    none = Governing(())
    inside, outside = make_lead(), make_lead()

    opened = hand_off_together([Asked(outside, "score", none), *asked([inside], active_terms)], at=OPENED)

    assert [(one.lead, one.version) for one in opened] == [(inside, active_terms)]
