"""A rescore of all leads after a change of terms, beside one UPDATE written by hand, and beside Python rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from agreements.models import AgreementVersion
from agreements.selectors import active_version
from agreements.terms.scoring import event_class_key, fit_band, interest_from_sums, qualifies, score_fit
from kpis.benchmark.database import Databases, connected_to, number, run
from kpis.benchmark.handwritten import CREATE_REFERENCE, FILL_REFERENCE, update_by_hand
from kpis.benchmark.measuring import Cost, Result, measured, median, notes_on, ratio, require_same
from kpis.benchmark.terms import Points, agreed
from kpis.benchmark.world import make_world
from leads.field_map import facts_of
from leads.models import EngagementSlot, Lead, LeadScore
from leads.scoring import rescore
from leads.scoring.rescoring import Passed

# Python rules take milliseconds per lead: a sample of so many tells enough.
SAMPLE = 2_000
BATCH = 1_000
TABLES = "leads_leadscore, leads_leadengagement, reference_score"
DIFFERENT = """
SELECT count(*) FROM leads_leadscore s FULL JOIN reference_score r USING (lead_id)
WHERE (s.version_id, s.fit, s.fit_band, s.is_mql) IS DISTINCT FROM (r.version_id, r.fit, r.fit_band, r.is_mql)
    OR abs(s.interest - r.interest) > 1e-9
"""


@dataclass
class Round:
    """What one round cost, and the longest transaction of the rescore in seconds."""

    ours: Cost
    by_hand: Cost
    idle: Cost
    longest: float
    n_transactions: int
    per_lead_in_python: float


class Side(NamedTuple):
    """What one side cost; of the rescore also its longest transaction in seconds, and how many there were."""

    cost: Cost
    longest: float = 0.0
    n_transactions: int = 0


def measure(databases: Databases, n_leads: int, rounds: int) -> Result:
    """Each round brings terms with other points into force, so that every score is written."""
    with databases.new() as name, connected_to(name):
        started = time.perf_counter()
        make_world(n_leads, timezone.now())
        made = time.perf_counter() - started
        for statement in CREATE_REFERENCE:
            run(statement)
        run(FILL_REFERENCE.format(*_places()))
        run("ANALYZE reference_engagement")
        n_events = number("SELECT count(*) FROM leads_leadevent")
        done = [_round(n_leads, turn) for turn in range(rounds)]
    return _result(done, n_leads, n_events, made)


def _round(n_leads: int, turn: int) -> Round:
    points = Points(decides=25 + turn % 2 * 2, pricing=10 + turn % 2 * 2)
    at = timezone.now()
    version = agreed(points, at)
    sides: list[Callable[[], Side]] = [lambda: _rescored(at), lambda: Side(_by_hand(version, points, at))]
    found: dict[int, Side] = {}
    # Who comes second finds the leads in memory: each is first every other time.
    for place in (0, 1) if turn % 2 else (1, 0):
        run(f"VACUUM (ANALYZE) {TABLES}")
        found[place] = sides[place]()
    require_same("Scores written by the rescore and by hand", number(DIFFERENT))
    ours, longest, n_transactions = found[0]
    run(f"VACUUM (ANALYZE) {TABLES}")
    with measured() as idle:
        passed = rescore(at=timezone.now())
    require_same("Scores that a second rescore writes again", passed.written)
    return Round(ours, found[1].cost, idle, longest, n_transactions, _seconds_in_python(version, n_leads, at))


def _rescored(at: datetime) -> Side:
    """What it cost, the longest time between two commits, and how many there were."""
    commits: list[float] = []

    def report(passed: Passed, total: int) -> None:
        commits.append(time.perf_counter())

    started = time.perf_counter()
    with measured() as cost:
        rescore(at=at, report=report)
    spans = [end - start for start, end in zip([started, *commits], commits, strict=False)]
    return Side(cost, max(spans), len(commits))


def _by_hand(version: AgreementVersion, points: Points, at: datetime) -> Cost:
    slots = {slot.place: slot for slot in EngagementSlot.objects.all()}
    ordered = [slots[place] for place in _places()]
    statement, values = update_by_hand(version.pk, points, ordered, at)
    with measured() as cost, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(statement, values)
    return cost


def _places() -> list[int]:
    """The places of the sums in the order of the interest rules."""
    version = active_version()
    if version is None:
        return []
    places = dict(EngagementSlot.objects.values_list("key", "place"))
    return [places[event_class_key(rule)] for rule in version.document.qualification.interest.rules]


def _seconds_in_python(version: AgreementVersion, n_leads: int, at: datetime) -> float:
    """Wall seconds per lead of Python rules and bulk_update(1000), over a sample; the scores must be those stored."""
    ids = list(range(1, n_leads + 1, max(1, n_leads // SAMPLE)))[:SAMPLE]
    started = time.perf_counter()
    slots = list(EngagementSlot.objects.all())
    for first in range(0, len(ids), BATCH):
        with transaction.atomic():
            leads = Lead.objects.filter(id__in=ids[first : first + BATCH]).select_related("score", "engagement")
            scores = [_judged(lead, version, slots, at) for lead in leads]
            LeadScore.objects.bulk_update(
                scores, ["version", "fit", "fit_band", "interest", "is_mql", "scored_at"], batch_size=BATCH
            )
    return (time.perf_counter() - started) / len(ids)


def _judged(lead: Any, version: AgreementVersion, slots: list[EngagementSlot], at: datetime) -> LeadScore:
    terms, facts = version.document, facts_of(lead)
    score: LeadScore = lead.score
    stored = lead.engagement.sums if hasattr(lead, "engagement") else []
    sums = {slot.key: stored[slot.place - 1] for slot in slots if slot.place <= len(stored)}
    was = (score.fit, score.fit_band, score.interest, score.is_mql)
    score.fit = score_fit(terms, facts, at)
    score.fit_band = fit_band(score.fit, terms.qualification.bands)
    score.interest = interest_from_sums(terms, sums, at, {slot.key: slot.epoch for slot in slots})
    score.is_mql = qualifies(terms, score.fit, score.interest, False, facts, at)
    require_same(
        f"Scores of {lead} by SQL and by Python", was != (score.fit, score.fit_band, score.interest, score.is_mql)
    )
    score.version, score.scored_at = version, at
    return score


def _result(done: list[Round], n_leads: int, n_events: float, made: float) -> Result:
    wall = median(one.ours.wall for one in done)
    return Result(
        rounds=len(done),
        ratios={
            "cpu_vs_update": median(ratio(one.ours.effort, one.by_hand.effort) for one in done),
            "speedup_vs_bulk_update": median(ratio(one.per_lead_in_python * n_leads, one.ours.wall) for one in done),
            "longest_transaction_share": median(ratio(one.longest, one.ours.wall) for one in done),
        },
        figures={
            "events": n_events,
            "transactions": done[0].n_transactions,
            "longest_transaction_ms": median(one.longest for one in done) * 1000,
            "seconds": wall,
            "cpu_seconds": median(one.ours.effort for one in done),
            "client_cpu_seconds": median(one.ours.client for one in done),
            "update_seconds": median(one.by_hand.wall for one in done),
            "update_cpu_seconds": median(one.by_hand.effort for one in done),
            "wal_mb": median(one.ours.wal for one in done) / 1e6,
            "update_wal_mb": median(one.by_hand.wal for one in done) / 1e6,
            "unchanged_vs_full": median(ratio(one.idle.effort, one.ours.effort) for one in done),
            "unchanged_wal_mb": min(one.idle.wal for one in done) / 1e6,
            "setup_seconds": made,
        },
        notes=[
            *notes_on(done[0].ours),
            f"bulk_update ran on a sample of {min(SAMPLE, n_leads)} of the same leads and is scaled.",
            "The UPDATE by hand computes no instants of fading; the rescore does.",
        ],
    )
