"""What thirty days without events cost: rows written by time alone, and the list of the hottest leads as leads grow."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from kpis.benchmark.database import Databases, connected_to, number, run
from kpis.benchmark.measuring import Cost, Result, measured, median, notes_on, ratio, require_same
from kpis.benchmark.world import make_world
from leads.drain import keep_scores
from leads.models import Lead
from leads.scoring import current_score, governing, hottest_qualified, rescore, score_rows
from leads.sweep import sweep

DAYS = 30
TOP = 50
READINGS = 20
CHECKED = 50
TABLES = ("leads_leadscore", "leads_leadengagement")
# Where each row's version lies and which transaction wrote it: any write gives a row another place.
REMEMBER = "CREATE TABLE was_{0} AS SELECT lead_id, ctid AS place, xmin::text AS writer FROM {0}"
REWRITTEN = """
SELECT count(*) FROM was_{0} w FULL JOIN {0} s USING (lead_id)
WHERE (w.place, w.writer) IS DISTINCT FROM (s.ctid, s.xmin::text)
"""


def measure(databases: Databases, n_leads: int, rounds: int) -> Result:
    """Two databases: one of the leads, one of a tenth of them."""
    at = timezone.now()
    with databases.new() as small, databases.new() as large:
        with connected_to(small):
            make_world(max(1, n_leads // 10), at)
        with connected_to(large):
            make_world(n_leads, at)
            n_events = number("SELECT count(*) FROM leads_leadevent")
            rewritten, swept = _thirty_days(at)
        turns = [(_list_read(small, at), _list_read(large, at)) for _ in range(rounds)]
    return Result(
        rounds=rounds,
        ratios={
            "rows_rewritten": rewritten,
            "hot_list_growth": median(ratio(of_large.effort, of_small.effort) for of_small, of_large in turns),
        },
        figures={
            "events": n_events,
            "hot_list_ms": median(of_large.effort for _, of_large in turns) / READINGS * 1000,
            "hot_list_ms_at_a_tenth": median(of_small.effort for of_small, _ in turns) / READINGS * 1000,
            "thirty_days_cpu_seconds": swept.effort,
        },
        notes=[
            *notes_on(turns[0][0]),
            "Thirty days of sweeps and of keeping scores, and then a whole rescore by the same terms.",
        ],
    )


def _thirty_days(at: datetime) -> tuple[float, Cost]:
    """How many scores and sums were written while nothing happened; what the passing of time cost."""
    for table in TABLES:
        run(REMEMBER.format(table))
    with measured() as cost:
        for day in range(1, DAYS + 1):
            sweep(at + timedelta(days=day))
            keep_scores(at + timedelta(days=day))
        rescore(at=at + timedelta(days=DAYS))
    _check_scores(at + timedelta(days=DAYS))
    return sum(number(REWRITTEN.format(table)) for table in TABLES), cost


def _check_scores(at: datetime) -> None:
    """What the stored scores show at this moment equals what the events themselves give."""
    leads = list(Lead.objects.filter(score__interest__gt=0).order_by("id")[:CHECKED])
    shown = score_rows(leads, at)
    for lead in leads:
        true, read = current_score(lead, at), shown[lead.pk]
        require_same(f"Score of {lead} as stored and from its events", true is None or true.band != read.band)


def _list_read(database: str, at: datetime) -> Cost:
    """The cost of reading the hottest leads so many times, in a session that has read them once."""
    with connected_to(database):
        in_force = governing()
        list(hottest_qualified(in_force, at, TOP).select_related("score"))
        with measured() as cost:
            for _ in range(READINGS):
                found = list(hottest_qualified(in_force, at, TOP).select_related("score"))
        ends = [lead.score.band_2_until for lead in found if lead.score.band_2_until]
        require_same("Places in the list of the hottest", ends != sorted(ends, reverse=True))
        connection.close()
    return cost
