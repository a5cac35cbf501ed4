"""Interest of an account: what colleagues do counts with the share of the terms, and hands nobody over by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.services import start_draft
from agreements.terms.document import Terms
from agreements.terms.document.reading import TermsInvalid
from agreements.terms.scoring import Event, heats_of, receipt, score_interest
from leads.drain import drain_events
from leads.intake import append_events
from leads.intake.editing import edit_lead
from leads.models import Account, AccountDomain, DirtyLead, Handoff, Lead, LeadScore
from leads.scoring import current_score, governing, rescore, score_dirty, score_rows
from leads.scoring.fragments import these
from leads.scoring.preview import preview
from leads.scoring.slots import slots_of
from leads.scoring.writing import _statement
from leads.selectors.warming import nearest
from slaportal.accounts.models import User
from tests.leads.several import fit, next_version, own_terms, put_in_force

NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
CALL = {"id": "call", "label": "Called us", "event": "call", "points": 40, "half_life_days": 10}
VISIT = {"id": "visit", "event": "visit", "points": 5, "half_life_days": 10}
GOODBYE = {"id": "goodbye", "event": "goodbye", "points": -10}


def interest(*rules: dict[str, Any], share: float | None = 1.0) -> dict[str, Any]:
    return {"interest": {"max": 100, "rules": list(rules), "account_share": share}}


@pytest.fixture
def terms(db: None) -> AgreementVersion:
    return put_in_force("default", **fit(80), **interest(CALL, VISIT, GOODBYE))


@pytest.fixture
def acme(db: None) -> Account:
    return make_account("acme")


def make_account(name: str) -> Account:
    account = Account.objects.create(
        name=name, name_key=name, domains=[f"{name}.example"], created_at=NOW, updated_at=NOW
    )
    AccountDomain.objects.create(account=account, domain=f"{name}.example")
    return account


def happened(lead: Lead, kind: str, at: datetime, *, is_live: bool = True) -> None:
    row = {"external_id": f"{lead.pk} {kind} {at}", "lead": {"id": str(lead.public_id)}, "type": kind}
    append_events([{**row, "occurred_at": at.isoformat()}], by=None, at=at, is_live=is_live)
    drain_events(at)


def settle(at: datetime) -> None:
    while score_dirty(at):
        pass


def interest_of(lead: Lead) -> float:
    return LeadScore.objects.get(lead=lead).interest


def marked() -> set[int]:
    return set(DirtyLead.objects.values_list("lead_id", flat=True))


def test_a_colleague_is_marked_and_scored_and_a_stranger_is_not(
    terms: AgreementVersion, acme: Account, make_lead: MakeLead
) -> None:
    caller, colleague, stranger = make_lead(account=acme), make_lead(account=acme), make_lead()
    settle(NOW)

    happened(caller, "call", NOW, is_live=False)

    assert marked() - {caller.pk} == {colleague.pk}
    settle(NOW)
    assert (interest_of(caller), interest_of(colleague)) == (40, 40)
    assert not LeadScore.objects.filter(lead=stranger).exists()
    assert score_rows([colleague], NOW)[colleague.pk].interest == 40


@pytest.mark.parametrize("kind", ["goodbye", "unknown"])
def test_what_counts_for_its_lead_alone_marks_nobody(
    terms: AgreementVersion, acme: Account, make_lead: MakeLead, kind: str
) -> None:
    lead = make_lead(account=acme)
    make_lead(account=acme)
    settle(NOW)

    happened(lead, kind, NOW)

    assert not marked()


def test_without_the_option_nobody_is_marked_and_no_statement_knows_of_it(acme: Account, make_lead: MakeLead) -> None:
    version = put_in_force("default", **fit(80), **interest(CALL, VISIT, share=None))
    lead = make_lead(account=acme)
    colleague = make_lead(account=acme)
    settle(NOW)

    happened(lead, "call", NOW, is_live=False)

    slots = slots_of(governing())
    everyone = these([lead.pk])
    assert slots is not None
    assert "others" not in _statement(version, slots, everyone, everyone("l.id"), NOW, is_news=True).text
    assert colleague.pk not in marked()
    assert current_score(colleague, NOW).interest == 0  # type: ignore[union-attr]


def test_colleagues_alone_hand_nobody_over_and_the_next_own_event_does(
    terms: AgreementVersion, acme: Account, make_lead: MakeLead, sam: User
) -> None:
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW, is_live=False)
    settle(NOW)
    assert LeadScore.objects.get(lead=colleague).is_mql
    assert not Handoff.objects.filter(lead=colleague).exists()

    happened(colleague, "visit", NOW + timedelta(hours=1))

    handoff = Handoff.objects.get(lead=colleague)
    assert handoff.trigger == "score"
    happened(colleague, "visit", NOW + timedelta(hours=2))
    assert Handoff.objects.filter(lead=colleague).count() == 1


def test_one_that_its_own_past_qualifies_is_not_handed_over_by_its_next_event(
    terms: AgreementVersion, acme: Account, make_lead: MakeLead, sam: User
) -> None:
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW, is_live=False)
    happened(colleague, "call", NOW, is_live=False)
    settle(NOW)

    happened(colleague, "visit", NOW + timedelta(hours=1))

    assert not Handoff.objects.filter(lead=colleague).exists()


def test_the_receipt_adds_up_and_tells_what_came_from_colleagues(acme: Account, make_lead: MakeLead) -> None:
    put_in_force("default", **fit(80), **interest({**CALL, "cap": 50}, VISIT, share=0.5))
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW)
    happened(colleague, "call", NOW)
    happened(caller, "visit", NOW)

    score = current_score(colleague, NOW)

    assert score is not None
    assert score.receipt is not None
    rows = [row for row in score.receipt.rows if row.side == "interest"]
    found = {row.clause: (row.after, row.times, row.colleagues) for row in rows}
    assert found == {"call": (Decimal(50), 1, Decimal(10)), "visit": (Decimal("2.5"), 0, Decimal("2.5"))}
    assert sum(row.after for row in rows) == Decimal(str(score.interest))
    assert score.receipt.as_dict()["rows"][1]["colleagues"] == 10


def test_a_penalty_of_the_same_events_counts_its_own_lead_alone(acme: Account, make_lead: MakeLead) -> None:
    rules = interest({**CALL, "half_life_days": None}, {**CALL, "id": "doubt", "points": -10, "half_life_days": None})
    put_in_force("default", **fit(80), **rules)
    caller, colleague = make_lead(account=acme), make_lead(account=acme)

    happened(caller, "call", NOW)
    settle(NOW)

    assert (interest_of(caller), interest_of(colleague)) == (30, 40)


def test_a_band_ends_when_a_colleagues_event_leaves_the_window(acme: Account, make_lead: MakeLead) -> None:
    put_in_force("default", **fit(80), **interest({**CALL, "half_life_days": None, "window_days": 10}))
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW)
    settle(NOW)
    end = NOW + timedelta(days=10)
    assert LeadScore.objects.get(lead=colleague).band_2_until == end

    settle(end)

    assert (interest_of(caller), interest_of(colleague)) == (0, 0)


def test_leads_of_both_accounts_are_scored_anew_when_one_moves(
    terms: AgreementVersion, acme: Account, make_lead: MakeLead, mina: User
) -> None:
    globex = make_account("globex")
    mover, left, joined = make_lead(account=acme), make_lead(account=acme), make_lead(account=globex)
    happened(mover, "call", NOW)
    settle(NOW)

    edit_lead(public_id=mover.public_id, changes={"email": "m@globex.example", "company": ""}, by=mina, at=NOW)

    mover.refresh_from_db()
    assert mover.account == globex
    settle(NOW)
    assert (interest_of(left), interest_of(joined)) == (0, 40)


def test_terms_that_bring_the_share_count_the_past_of_colleagues(acme: Account, make_lead: MakeLead) -> None:
    before = put_in_force("default", **fit(80), **interest(VISIT, share=None))
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW)
    newer = next_version(before, **fit(80), **interest(CALL, VISIT))

    happened(colleague, "visit", NOW)

    assert interest_of(colleague) == 45 == current_score(colleague, NOW, version=newer).interest  # type: ignore[union-attr]
    rescore(at=NOW)
    assert (interest_of(caller), interest_of(colleague)) == (45, 45)


def test_near_leads_count_colleagues(acme: Account, make_lead: MakeLead) -> None:
    put_in_force("default", **fit(80), **interest({**CALL, "points": 28}))
    caller, colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW)
    settle(NOW)

    assert {warm.lead: warm.interest for warm in nearest(governing(), NOW, 5)} == {caller: 28, colleague: 28}


def test_the_preview_of_a_draft_counts_colleagues(acme: Account, make_lead: MakeLead) -> None:
    version = put_in_force("default", **fit(80), **interest(VISIT, share=None))
    caller, _colleague = make_lead(account=acme), make_lead(account=acme)
    happened(caller, "call", NOW)
    terms = own_terms("default", **fit(80), **interest(CALL))
    draft = start_draft(agreement=version.agreement, by=None, terms=terms, at=NOW)

    found = preview(draft, governing(), NOW)

    assert (found.n, found.up.n) == (2, 2)


def test_python_counts_colleagues_with_the_share_and_only_where_the_terms_say_so() -> None:
    shared, alone = (
        own_terms("default", **interest(CALL, share=0.25)),
        own_terms("default", **interest(CALL, share=None)),
    )
    mine, theirs = [Event("call", NOW)], [Event("call", NOW - timedelta(days=10)), Event("call", NOW)]

    assert score_interest(shared, mine, NOW, theirs) == 55
    assert score_interest(shared, mine, NOW) == score_interest(alone, mine, NOW, theirs) == 40
    assert receipt(shared, {}, heats_of(shared, mine, NOW, theirs), NOW).rows[-1].before == 60


def test_terms_without_a_share_are_written_as_before_there_were_shares() -> None:
    plain = own_terms("default", **interest(CALL, share=None))
    shared = own_terms("default", **interest(CALL, share=0.3))

    assert b"account_share" not in plain.canonical()
    assert b'"account_share":0.3' in shared.canonical()
    assert Terms.parse(shared.canonical()).digest() == shared.digest()


@pytest.mark.parametrize("share", [0, -0.1, 1.01, "much"])
def test_a_share_is_above_nothing_and_at_most_all(share: Any) -> None:
    with pytest.raises(TermsInvalid):
        own_terms("default", **interest(CALL, share=share))
