"""Many people and sweeps at once on few leads: whatever the order, the history of each lead stays true."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count, Q

from agreements.models import AgreementVersion
from leads.attempts import log_attempt
from leads.handoff import accept_handoff, hand_off, lose_handoff, qualify_handoff, reassign_handoff
from leads.models import Commitment, Enrollment, Handoff, Lead, Return, StageChange
from leads.returns import choose_path, return_handoff
from leads.sweep import sweep
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused
from tests.leads.conftest import OPENED
from tests.leads.test_handoff import CHECKED, at_once

CLIENTS = 6
STEPS = 30


def steps_of(seed: int, leads: list[Lead], reps: list[User]) -> Callable[[], list[BaseException]]:
    """A client that does random things to random leads; what it returns are errors other than refusals."""
    dice = random.Random(seed)  # noqa: S311 - dice, not secrets

    def step(at: Any) -> object:
        lead = dice.choice(leads)
        handoff = Handoff.objects.filter(lead=lead).order_by("-number").first()
        if handoff is None:
            return hand_off(lead=lead, trigger="hand_raise", at=at)
        rep = handoff.rep or reps[0]
        actions: list[Callable[[], object]] = [
            lambda: hand_off(lead=lead, trigger="hand_raise", at=at),
            lambda: accept_handoff(handoff=handoff, by=rep, at=at),
            lambda: qualify_handoff(handoff=handoff, by=rep, checklist=CHECKED, at=at),
            lambda: log_attempt(handoff=handoff, by=rep, channel="phone", outcome="busy", at=at),
            lambda: reassign_handoff(handoff=handoff, rep=dice.choice(reps), by=None, at=at),
            lambda: return_handoff(handoff=handoff, reason="return-no-need", by=rep, at=at),
            lambda: choose_path(returned=Return.objects.get(handoff=handoff), path="nurture-later", by=None, at=at),
            lambda: lose_handoff(handoff=handoff, reason="no", by=rep, at=at) if dice.random() < 0.1 else None,
            lambda: sweep(at),
        ]
        return dice.choice(actions)()

    def run() -> list[BaseException]:
        errors: list[BaseException] = []
        for n in range(STEPS):
            try:
                step(OPENED + timedelta(minutes=20 * n))
            except (Refused, Return.DoesNotExist):
                continue
            except Exception as error:
                errors.append(error)
        return errors

    return run


@pytest.mark.django_db(transaction=True)
def test_random_steps_at_once_leave_a_true_history(
    active_terms: AgreementVersion, make_lead: Callable[..., Lead], sam: User, lena: User, otto: User, maya: User
) -> None:
    leads = [make_lead() for _ in range(3)]

    results = at_once(*[steps_of(seed, leads, [sam, lena, otto]) for seed in range(CLIENTS)])

    assert list(itertools.chain.from_iterable(results)) == []
    assert Handoff.objects.exists()
    for lead in Lead.objects.all():
        stages = list(StageChange.objects.filter(lead=lead).order_by("pk").values_list("old", "new"))
        assert [new for _, new in stages[:-1]] == [old for old, _ in stages[1:]]
        assert stages[-1][1] == lead.stage
    counted = Handoff.objects.annotate(n=Count("attempts"))
    assert [handoff.n_attempts for handoff in counted] == [handoff.n for handoff in counted]
    of_closed = Q(handoff__state="closed", met_at=None, excused_at=None, closed_at=None)
    assert not Commitment.objects.filter(of_closed).exclude(kind="choose_path").exists()
    in_both = Handoff.objects.filter(closed_at=None, lead__in=Enrollment.objects.filter(ended_at=None).values("lead"))
    assert not in_both.exists()
