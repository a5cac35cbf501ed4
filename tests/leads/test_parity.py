"""Random terms over random leads and events: what PostgreSQL computes for all is what Python says of each.

Each round judges every lead in a few statements, over the real tables and by the services that real work uses. The
dice are seeded, so that a difference shows again; SLAPORTAL_PARITY_ROUNDS throws more of them.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agreements.models import AgreementVersion
from agreements.terms.document import Terms
from agreements.terms.rules import parse
from agreements.terms.scoring import band, event_class_key, qualifies, score_fit, score_interest, sums_of
from leads.drain import drain_events
from leads.field_map import event_of, facts_of
from leads.intake import append_events
from leads.models import Account, EngagementSlot, Lead, LeadEngagement, LeadEvent, LeadScore, PendingEvent
from leads.scoring import band_expression, rebase_slots, rescore, score_dirty, score_rows
from tests.leads.several import next_version, put_in_force

ROUNDS = int(os.environ.get("SLAPORTAL_PARITY_ROUNDS", "4"))
NOW = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
N_LEADS, N_EVENTS = 180, 700
DAYS_LATER = (0, 0.3, 9, 47)
# What colleagues do counts not at all, for a part, or as the lead's own.
SHARES = (None, 0.3, 1.0, 0.05)

VALUES: list[Any] = [
    *(
        "",
        " ",
        "CFO",
        " cfo ",
        "Head of Sales",
        "tête",
        "TÊTE",
        "Ünal",
        "日本",
        "ДОМ",
        "%s",
        "a.c",
        "true",
        "YES",
        "no",
    ),
    *("no", "10", " 9.50", "+9.5", "-3", "1,000", "1e3", ".5", "0.1", "0.10", "9" * 61, "2026-06-01", "2026-02-30"),
    *("2026-06-01T10:00Z", "2026-06-10 10:00:00.5+02:00", 5, -3, 9.5, 0.1, 1e-7, 1e22, 10**25, True, False, None),
    *([1, "a"], [], {}, {"a": 1}, {"b": {"c": [True, None, 0.5]}, "a": "x"}, [[1.0], {"k": None}]),
]
TEXTS = [value for value in VALUES if isinstance(value, str)]
SCALARS = [value for value in VALUES if isinstance(value, (str, int, float)) and value != ""]
EDGES = [5, -3, 0.1, 9.5, 1e22, "9.50", "2026-06-01", "2026-06-01T10:00Z"]
LEAD_FIELDS = [
    *("title", "company", "country", "email", "domain", "phone", "stage", "source", "created_at"),
    *("attributes.x", "attributes.y y", "account.name", "account.tier", "account.is_target"),
    *("account.z", "account.domain"),
]
EVENT_FIELDS = ["event.path", "event.n", "event.gone", "event.type"]
TYPES = ["visit", "click", "call", "goodbye"]


class Dice(random.Random):
    """Draws rules, terms, leads and events."""

    def tree(self, fields: list[str], depth: int = 2, *, ages: bool = False) -> dict[str, Any]:
        if depth and self.random() < 0.4:
            inner = [self.tree(fields, depth - 1, ages=ages) for _ in range(self.randrange(3))]
            return self.choice([{"all": inner}, {"any": inner}, {"not": self.tree(fields, depth - 1, ages=ages)}])
        while True:
            tree = self.comparison(fields, ages=ages)
            try:
                parse(tree)
            except ValueError:
                continue
            return tree

    def comparison(self, fields: list[str], *, ages: bool) -> dict[str, Any]:
        values: dict[str, Any] = {
            **dict.fromkeys(("eq", "ne"), self.choice(SCALARS)),
            **dict.fromkeys(("in", "not_in"), self.sample(SCALARS, 3)),
            **dict.fromkeys(("contains", "starts_with"), self.choice(TEXTS)),
            **dict.fromkeys(("gt", "gte", "lt", "lte"), self.choice(EDGES)),
            "between": self.choice([[-3, 9.5], [0.1, 1e22], ["2026-06-01", "2026-06-09T10:00Z"]]),
        }
        if ages:
            values |= dict.fromkeys(("within_days", "older_than_days"), self.randrange(40))
        op = self.choice([*values, "is_blank", "is_not_blank", "is_true"])
        value = {"value": values[op]} if op in values else {}
        return {"field": self.choice(fields), "op": op, **value}

    def qualification(self, *, ages: bool, share: float | None = None) -> dict[str, Any]:
        fit = [
            {"id": f"fit-{n}", "points": self.randrange(-30, 60), "group": self.choice([None, "fit-group"]),
             "when": self.tree(LEAD_FIELDS, ages=ages)}
            for n in range(5)
        ]  # fmt: skip
        interest = [self.interest_rule(n) for n in range(6)]
        standing = [{"band": self.sample(["A1", "A2", "B1", "B2", "C1"], 2)}, {"fit_band": ["A", "B"]}]
        return {
            "fit": {"groups": [{"id": "fit-group", "cap": 35}], "rules": fit},
            "interest": {"groups": [{"id": "interest-group", "cap": 45}], "rules": interest, "account_share": share},
            "mql": {"any": [standing[0], {"all": [standing[1], self.tree(LEAD_FIELDS, ages=ages)]}]},
        }

    def interest_rule(self, n: int) -> dict[str, Any]:
        points = self.choice([-20, 4, 12.5, 30, 60])
        fading = [{}, {"half_life_days": self.choice([1, 14, 30.5])}, {"window_days": self.choice([1, 7, 30])}]
        return {
            "id": f"interest-{n}",
            "event": self.choice(TYPES),
            "points": points,
            "group": self.choice([None, "interest-group"]),
            "cap": self.choice([None, 10, 33.3]),
            "when": self.choice([{"all": []}, self.tree(EVENT_FIELDS, 1)]),
            **(self.choice(fading) if points > 0 else {}),
        }

    def lead(self, number: int, accounts: list[Account]) -> Lead:
        at = NOW - timedelta(seconds=self.randrange(60 * 86_400))
        attributes = {name: self.choice(VALUES) for name in ("x", "y y") if self.random() < 0.8}
        texts = {
            name: self.choice([text for text in TEXTS if len(text) < 60]) for name in ("title", "company", "phone")
        }
        email = self.choice(["", f"x{number}@acme.example", f"y{number}@gmail.com"])
        return Lead(
            **texts, email=email, country=self.choice(["France", "日本", ""]), attributes=attributes,
            account=self.choice([None, *accounts]), created_at=at, entered_at=at, updated_at=at, stage_at=at,
        )  # fmt: skip

    def event(self, number: int, lead: Lead, at: datetime) -> dict[str, Any]:
        properties = {name: self.choice(VALUES) for name in ("path", "n") if self.random() < 0.7}
        happened = at - timedelta(seconds=int(self.paretovariate(0.6) * 3600) % (90 * 86_400))
        return {
            "source": "dice", "external_id": str(number), "lead": {"id": str(lead.public_id)},
            "type": self.choice(TYPES), "occurred_at": happened.isoformat(), "properties": properties,
        }  # fmt: skip


def make_crowd(dice: Dice) -> list[Lead]:
    accounts = [
        Account.objects.create(
            name=f"Acme {n}", name_key=f"acme {n}", tier=dice.choice(["1", "", "10"]), is_target=n % 2 == 0,
            domains=[f"acme{n}.example"][: n % 2], attributes={"z": dice.choice(VALUES)},
            created_at=NOW, updated_at=NOW,
        )
        for n in range(4)
    ]  # fmt: skip
    return Lead.objects.bulk_create(dice.lead(number, accounts) for number in range(N_LEADS))


def is_colleague(lead: Lead, other: Lead) -> bool:
    return lead != other and lead.account_id is not None and lead.account_id == other.account_id


def judged(leads: list[Lead], terms: Terms, at: datetime) -> dict[int, tuple[int, float, str, bool]]:
    """What Python says of each lead and its events, from nothing."""
    events: dict[int, list[Any]] = {lead.pk: [] for lead in leads}
    for event in LeadEvent.objects.filter(pending=None):
        events[event.lead_id].append(event_of(event))
    found = {}
    for lead in leads:
        facts = facts_of(lead)
        colleagues = [one for other in leads if is_colleague(lead, other) for one in events[other.pk]]
        fit, interest = score_fit(terms, facts, at), score_interest(terms, events[lead.pk], at, colleagues)
        is_mql = qualifies(terms, fit, interest, False, facts, at)
        found[lead.pk] = fit, interest, band(fit, interest, terms.qualification.bands), is_mql
    return found


def stored(at: datetime) -> dict[int, tuple[int, float, str, bool]]:
    rows = LeadScore.objects.annotate(band=band_expression(at))
    return {row.lead_id: (row.fit, row.interest, row.band, row.is_mql) for row in rows}


def bands(at: datetime) -> dict[int, str]:
    return {lead_id: row[2] for lead_id, row in stored(at).items()}


def in_force(active: AgreementVersion | None, changes: dict[str, Any]) -> AgreementVersion:
    return next_version(active, **changes) if active else put_in_force("default", **changes)


@pytest.mark.django_db
def test_random_terms_are_judged_alike_at_any_instant() -> None:
    dice = Dice(20)
    leads = make_crowd(dice)
    leads = list(Lead.objects.select_related("account").filter(pk__in=[lead.pk for lead in leads]))
    append_events([dice.event(n, dice.choice(leads[5:]), NOW) for n in range(N_EVENTS)], by=None, at=NOW, is_live=False)
    version, n_cases = None, 0
    for number in range(ROUNDS):
        version = in_force(version, dice.qualification(ages=number % 2 == 0, share=SHARES[number % 4]))
        terms = version.document
        while drain_events(NOW):
            pass
        for days in DAYS_LATER:
            at = NOW + timedelta(days=days)
            LeadScore.objects.all().delete()
            rescore(at=at)
            expected = judged(leads, terms, at)
            assert stored(at) == expected
            listed = score_rows(leads, at).items()
            assert {pk: (row.fit, row.interest, row.band, row.is_mql) for pk, row in listed} == expected
            n_cases += len(expected)
    assert n_cases == N_LEADS * len(DAYS_LATER) * ROUNDS


@pytest.mark.django_db
@pytest.mark.parametrize("share", [None, 0.4])
def test_what_comes_in_bit_by_bit_adds_up_to_a_recount(share: float | None) -> None:
    dice = Dice(21)
    leads = make_crowd(dice)
    drawn = dice.qualification(ages=False, share=share)
    # Fades so fast that its epoch must move within the test.
    drawn["interest"]["rules"][0] |= {"points": 30, "half_life_days": 1, "window_days": None, "when": {"all": []}}
    version = put_in_force("default", **drawn)
    leads = list(Lead.objects.select_related("account").filter(pk__in=[lead.pk for lead in leads]))
    rescore(at=NOW)
    sent: list[dict[str, Any]] = []
    for step, days in enumerate([0, 0.1, 0.5, 2, 3, 8, 8.2, 30, 409, 409.5, 430]):
        at = NOW + timedelta(days=days)
        fresh = [dice.event(100 * step + n, dice.choice(leads), at) for n in range(60)]
        append_events(dice.sample(fresh + sent[-80:], len(fresh + sent[-80:])), by=None, at=at, is_live=step % 2 == 0)
        sent += fresh
        rebase_slots(at)
        while drain_events(at, limit=dice.randrange(5, 60)):
            pass
        while score_dirty(at):
            pass
        expected = judged(leads, version.document, at)
        assert {pk: row[1] for pk, row in stored_at(leads, at).items()} == {pk: row[1] for pk, row in expected.items()}
        assert bands(at) == {pk: row[2] for pk, row in expected.items()}
        later = at + timedelta(days=dice.choice([0.01, 1, 5, 20]))
        assert bands(later) == {pk: row[2] for pk, row in judged(leads, version.document, later).items()}
        assert_sums_equal_a_recount(version.document, at)
    assert EngagementSlot.objects.exclude(epoch=EngagementSlot.objects.earliest("epoch").epoch).exists()
    assert not PendingEvent.objects.exists()


def stored_at(leads: list[Lead], at: datetime) -> dict[int, tuple[int, float]]:
    return {pk: (row.fit, row.interest) for pk, row in score_rows(leads, at).items()}


def assert_sums_equal_a_recount(terms: Terms, at: datetime) -> None:
    slots = {slot.key: slot for slot in EngagementSlot.objects.all()}
    epochs = {key: slot.epoch for key, slot in slots.items()}
    assert {event_class_key(rule) for rule in terms.qualification.interest.rules} == slots.keys()
    for row in LeadEngagement.objects.select_related("lead"):
        events = [event_of(event) for event in row.lead.events.all()]
        kept = {key: row.sums[slot.place - 1] for key, slot in slots.items()}
        assert kept == pytest.approx(sums_of(terms, events, epochs, at), rel=1e-9, abs=1e-80)
