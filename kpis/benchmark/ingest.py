"""Events that come in, counted, scored and handed over, beside COPY of the same rows, and one ORM transaction each."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from agreements.models import AgreementVersion
from agreements.terms.scoring import (
    addend,
    belongs,
    event_classes,
    fit_band,
    interest_from_sums,
    is_hand_raise,
    qualifies,
    score_fit,
    sums_of,
)
from kpis.benchmark.database import Databases, connected_to, number
from kpis.benchmark.measuring import Cost, Result, measured, median, notes_on, ratio, require_same
from kpis.benchmark.world import make_world, new_events
from leads.drain import drain_events
from leads.field_map import event_of, facts_of
from leads.handoff import hand_off
from leads.intake import append_events
from leads.models import EngagementSlot, Lead, LeadEngagement, LeadEvent, LeadScore

BATCH = 1_000
BATCHES_PER_ROUND = 3
# One ORM transaction per event takes milliseconds: so many of them tell enough.
SAMPLE = 60
CHECKED = 100
COLUMNS = ("public_id", "source", "external_id", "lead_id", "type", "properties", "occurred_at", "received_at")
# All that a replay could add to or change, as one number each.
STATE = """
SELECT (SELECT count(*) FROM leads_leadevent), (SELECT count(*) FROM leads_pendingevent),
    (SELECT count(*) FROM leads_handoff), (SELECT coalesce(sum(n_events), 0) FROM leads_leadengagement),
    (SELECT count(*) FROM leads_scoremark), (SELECT coalesce(sum(hashtext(s::text)::bigint), 0) FROM leads_leadscore s)
"""


@dataclass
class Round:
    """What one round cost, by side; seconds per event of the ORM."""

    ours: Cost
    copy: Cost
    orm: float


def measure(databases: Databases, n_leads: int, rounds: int) -> Result:
    """Each round takes other events; who comes first changes from batch to batch."""
    chance = Random(7)  # noqa: S311 - a load, not a secret
    with databases.new() as name, connected_to(name):
        version = make_world(n_leads, timezone.now())
        n_events = number("SELECT count(*) FROM leads_leadevent")
        # The first batch finds cold caches on either side.
        _round(version, n_leads, "warm", chance)
        handed_over = number("SELECT count(*) FROM leads_handoff")
        done = [_round(version, n_leads, f"round-{turn}", chance) for turn in range(rounds)]
        handed_over = number("SELECT count(*) FROM leads_handoff") - handed_over
        replayed = _replayed(n_leads, timezone.now(), chance)
        _check_against_the_events(version)
    return _result(done, n_events, handed_over, replayed)


def _round(version: AgreementVersion, n_leads: int, name: str, chance: Random) -> Round:
    ours, copy = Cost(), Cost()
    for batch in range(BATCHES_PER_ROUND):
        at = timezone.now()
        rows = new_events(BATCH, n_leads, f"{name}-{batch}", at, chance)
        copies = _copies(rows, at)
        if batch % 2:
            ours += _ingested(rows, at)
        copy += _copied(copies)
        if not batch % 2:
            ours += _ingested(rows, at)
    sample = new_events(SAMPLE, n_leads, f"{name}-orm", timezone.now(), chance)
    started = time.perf_counter()
    for row in sample:
        _one_by_orm(row, version, timezone.now())
    return Round(ours, copy, (time.perf_counter() - started) / SAMPLE)


def _ingested(rows: list[dict[str, Any]], at: datetime) -> Cost:
    with measured() as cost:
        report = append_events(rows, by=None, at=at)
        n_counted = drain_events(at, limit=BATCH)
    require_same("Events sent and counted", abs(len(rows) - report.accepted) + abs(len(rows) - n_counted))
    return cost


def _copies(rows: list[dict[str, Any]], at: datetime) -> list[tuple[str, ...]]:
    """The rows as COPY takes them: the lead is known, and the source is another, for none is there twice."""
    names = {row["lead"]["external_id"] for row in rows}
    ids = dict(Lead.objects.filter(external_id__in=names).values_list("external_id", "id"))
    random = Random(len(rows))  # noqa: S311
    return [
        (
            str(UUID(int=random.getrandbits(128))), "copy", row["external_id"], str(ids[row["lead"]["external_id"]]),
            row["type"], json.dumps(row["properties"]), row["occurred_at"], at.isoformat(),
        )
        for row in rows
    ]  # fmt: skip


def _copied(rows: list[tuple[str, ...]]) -> Cost:
    """COPY into the very table, with its indexes and constraints, committed; the rows go again when all is measured."""
    statement = f"COPY leads_leadevent ({', '.join(COLUMNS)}) FROM STDIN"
    with measured() as cost, transaction.atomic(), connection.cursor() as cursor:
        text = "\n".join("\t".join(row) for row in rows)
        cursor.cursor.copy_expert(statement, io.StringIO(text))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM leads_leadevent WHERE source = 'copy' AND external_id = ANY(%s)", [[r[2] for r in rows]]
        )
        require_same("Rows copied", abs(cursor.rowcount - len(rows)))
    return cost


@transaction.atomic
def _one_by_orm(row: dict[str, Any], version: AgreementVersion, at: datetime) -> None:
    """The whole path for one event, as one would write it with models: event, sums, score by Python rules, handoff."""
    lead = Lead.objects.select_for_update(no_key=True).get(external_id=row["lead"]["external_id"])
    event, is_new = LeadEvent.objects.get_or_create(
        source="orm", external_id=row["external_id"],
        defaults={"lead": lead, "type": row["type"], "properties": row["properties"],
                  "occurred_at": datetime.fromisoformat(row["occurred_at"]), "received_at": at},
    )  # fmt: skip
    if not is_new:
        return
    terms, facts = version.document, facts_of(lead)
    slots = list(EngagementSlot.objects.order_by("place"))
    engagement, _ = LeadEngagement.objects.get_or_create(lead=lead, defaults={"sums": [0.0] * len(slots)})
    classes, seen = event_classes(terms), event_of(event)
    engagement.sums += [0.0] * (len(slots) - len(engagement.sums))
    for slot in slots:
        if belongs(seen, classes[slot.key]):
            engagement.sums[slot.place - 1] += addend(slot.half_life_days, seen.at, slot.epoch)
    engagement.n_events += 1
    engagement.last_event_at = max(filter(None, [engagement.last_event_at, event.occurred_at]))
    engagement.save()
    score = LeadScore.objects.filter(lead=lead).first() or LeadScore(lead=lead)
    was_mql = score.is_mql
    sums = {slot.key: engagement.sums[slot.place - 1] for slot in slots}
    score.fit, score.version, score.scored_at = score_fit(terms, facts, at), version, at
    score.fit_band = fit_band(score.fit, terms.qualification.bands)
    score.interest = interest_from_sums(terms, sums, at, {slot.key: slot.epoch for slot in slots})
    score.is_mql = qualifies(terms, score.fit, score.interest, False, facts, at)
    score.save()
    raises = is_hand_raise(terms, event.type)
    if (raises and qualifies(terms, score.fit, score.interest, True, facts, at)) or (score.is_mql and not was_mql):
        hand_off(lead=lead, trigger="hand_raise" if raises else "score", event=event, version=version, at=at)


def _replayed(n_leads: int, at: datetime, chance: Random) -> float:
    """How much sending a batch again adds or changes: rows of any table, events counted, scores."""
    rows = new_events(BATCH, n_leads, "replay", at, chance)
    _ingested(rows, at)
    before = _state()
    append_events(rows, by=None, at=at)
    drain_events(at, limit=BATCH)
    return sum(abs(new - old) for new, old in zip(_state(), before, strict=True))


def _state() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        return [int(value) for value in cursor.fetchone()]


def _check_against_the_events(version: AgreementVersion) -> None:
    """The sums of leads with new events, ours and the ORM's alike, equal those of their events to 1e-9."""
    slots = list(EngagementSlot.objects.all())
    epochs = {slot.key: slot.epoch for slot in slots}
    touched = LeadEvent.objects.exclude(source="past").order_by("lead_id").values_list("lead_id", flat=True).distinct()
    for engagement in LeadEngagement.objects.filter(lead__in=list(touched[:CHECKED])):
        events = map(event_of, LeadEvent.objects.filter(lead=engagement.lead_id))
        true = sums_of(version.document, events, epochs)
        stored = {slot.key: engagement.sums[slot.place - 1] for slot in slots}
        wrong = sum(abs(stored[key] - value) > 1e-9 * max(1.0, value) for key, value in true.items())
        require_same(f"Sums of lead {engagement.lead_id} and its events", wrong)


def _result(done: list[Round], n_events: float, handed_over: float, replayed: float) -> Result:
    n = BATCH * BATCHES_PER_ROUND
    return Result(
        rounds=len(done),
        ratios={
            "cpu_vs_copy": median(ratio(one.ours.effort, one.copy.effort) for one in done),
            "speedup_vs_orm": median(ratio(one.orm * n, one.ours.wall) for one in done),
            "replayed_rows": replayed,
        },
        figures={
            "events": n_events,
            "events_per_second": median(ratio(n, one.ours.wall) for one in done),
            "cpu_us_per_event": median(one.ours.effort / n * 1e6 for one in done),
            "client_cpu_us_per_event": median(one.ours.client / n * 1e6 for one in done),
            "copy_cpu_us_per_event": median(one.copy.effort / n * 1e6 for one in done),
            "orm_us_per_event": median(one.orm * 1e6 for one in done),
            "handoffs_per_1000_events": handed_over / len(done) / (n + SAMPLE) * 1000,
        },
        notes=[
            *notes_on(done[0].ours),
            f"{BATCHES_PER_ROUND} batches of {BATCH} a round; the ORM ran on {SAMPLE} events a round and is scaled.",
            "COPY writes the events alone: no sums, scores, history or handoffs.",
        ],
    )
