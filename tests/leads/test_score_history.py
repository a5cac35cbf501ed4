"""Score history: crossings, fades and daily highs, written with the score, read with their receipts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from agreements.models import AgreementVersion
from leads.drain import drain_events
from leads.intake import append_events
from leads.models import Lead, LeadScore, ScoreMark
from leads.scoring import current_score, mark_dirty, points_of, rescore, score_dirty, unwritten_fades
from slaportal.accounts.models import User
from tests.flows.conftest import Program
from tests.leads.pages import reader, text

# A Wednesday noon; the default terms count days in Paris.
NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
MakeLead = Callable[..., Lead]
Does = Callable[..., None]


@pytest.fixture
def lead(active_terms: AgreementVersion, make_lead: MakeLead) -> Lead:
    found = make_lead(title="Head of Sales", country="France", attributes={"employees": 400, "industry": "Software"})
    mark_dirty([found.pk])
    score_dirty(NOW - timedelta(days=1))
    return found


@pytest.fixture
def does(lead: Lead) -> Does:
    """The lead does something, and it is counted at once."""

    def happens(kind: str, at: datetime, **properties: Any) -> None:
        row = {"external_id": f"{kind} {at}", "lead": {"id": str(lead.public_id)}, "type": kind}
        append_events([{**row, "occurred_at": at.isoformat(), "properties": properties}], by=None, at=at)
        drain_events(at)

    return happens


def told(lead: Lead) -> list[tuple[str, str, str]]:
    marks = ScoreMark.objects.filter(lead=lead).order_by("at", "-kind")
    return [(mark.kind, mark.was, mark.band) for mark in marks]


def test_the_first_score_of_a_lead_that_did_nothing_is_no_news(lead: Lead) -> None:
    assert LeadScore.objects.filter(lead=lead).exists()
    assert told(lead) == []


def test_a_day_has_one_high_however_much_happens(lead: Lead, does: Does) -> None:
    for minute in range(4):
        does("email_click", NOW + timedelta(minutes=minute))
    high = ScoreMark.objects.get(lead=lead, kind="high")

    assert high.interest == current_score(lead, NOW + timedelta(minutes=3)).interest  # type: ignore[union-attr]
    assert high.since == datetime(2026, 11, 3, 23, 0, tzinfo=UTC)
    assert high.at == NOW + timedelta(minutes=3)


def test_a_lower_score_of_the_day_leaves_the_high(lead: Lead, does: Does) -> None:
    does("form_submission", NOW)
    high = ScoreMark.objects.get(lead=lead, kind="high")
    does("unsubscribe", NOW + timedelta(hours=1))

    assert ScoreMark.objects.get(lead=lead, kind="high").interest == high.interest
    assert LeadScore.objects.get(lead=lead).interest < (high.interest or 0)


def test_the_next_day_has_its_own_high(lead: Lead, does: Does) -> None:
    does("form_submission", NOW)
    does("email_click", NOW + timedelta(days=1))

    assert ScoreMark.objects.filter(lead=lead, kind="high").count() == 2


def test_crossings_are_kept_up_and_down(lead: Lead, does: Does) -> None:
    does("demo_request", NOW)
    does("unsubscribe", NOW + timedelta(hours=1))

    assert [one for one in told(lead) if one[0] == "crossing"] == [("crossing", "A3", "A1"), ("crossing", "A1", "A2")]


def test_a_lead_that_does_something_at_once_rises_from_the_lowest_band(
    active_terms: AgreementVersion, make_lead: MakeLead
) -> None:
    found = make_lead()
    row = {"external_id": "1", "lead": {"id": str(found.public_id)}, "type": "demo_request"}
    append_events([{**row, "occurred_at": NOW.isoformat()}], by=None, at=NOW)
    drain_events(NOW)

    band = current_score(found, NOW).band  # type: ignore[union-attr]
    assert ("crossing", band[0] + "3", band) in told(found)


def test_a_band_that_faded_away_is_noted_by_the_next_write(lead: Lead, does: Does) -> None:
    does("demo_request", NOW)
    until = LeadScore.objects.get(lead=lead)
    later = NOW + timedelta(days=300)
    faded = [(mark.was, mark.band, mark.at) for mark in unwritten_fades(lead, later)]
    assert faded == [("A2", "A3", until.band_2_until), ("A1", "A2", until.band_1_until)]
    assert not ScoreMark.objects.filter(lead=lead, kind="fade").exists()

    does("email_click", later)

    written = ScoreMark.objects.filter(lead=lead, kind="fade").order_by("-at")
    assert [(mark.was, mark.band, mark.at) for mark in written] == faded
    assert unwritten_fades(lead, later) == []
    assert not ScoreMark.objects.filter(lead=lead, kind="crossing", at=later).exists()


def test_each_receipt_adds_up_to_the_score_of_its_moment(lead: Lead, does: Does) -> None:
    for hour, kind in enumerate(["email_click", "form_submission", "webinar", "unsubscribe", "demo_request"]):
        does(kind, NOW + timedelta(hours=7 * hour))
    Lead.objects.filter(pk=lead.pk).update(title="Intern", attributes={})

    for point in points_of(ScoreMark.objects.filter(lead=lead)):
        receipt = point.receipt()
        assert receipt is not None
        assert (receipt.fit, receipt.interest, receipt.band) == (point.mark.fit, point.mark.interest, point.mark.band)
        assert float(sum(row.after for row in receipt.rows)) == pytest.approx(receipt.fit + receipt.interest)
        assert "fit-decision-maker" in {row.clause for row in receipt.rows}


def test_a_replayed_event_adds_no_point(lead: Lead, does: Does) -> None:
    does("demo_request", NOW)
    before = told(lead)
    does("demo_request", NOW)
    mark_dirty([lead.pk])
    score_dirty(NOW + timedelta(minutes=5))

    assert told(lead) == before


def test_a_rescore_tells_of_crossings_alone(lead: Lead, does: Does, make_lead: MakeLead) -> None:
    does("email_click", NOW)
    other = make_lead(title="Head of Sales")
    LeadScore.objects.filter(lead=lead).update(fit=0, fit_band="C", interest=1)
    ScoreMark.objects.all().delete()

    rescore(at=NOW + timedelta(minutes=1))

    assert [one[0] for one in told(lead)] == ["crossing"]
    assert told(other) == []


def test_the_points_go_with_their_lead(active_terms: AgreementVersion, make_lead: MakeLead) -> None:
    gone = make_lead()
    ScoreMark.objects.create(
        lead=gone, kind="high", since=NOW, at=NOW, version=active_terms, band="A3", fit=80, interest=5, is_mql=False
    )
    Lead.objects.filter(pk=gone.pk).delete()
    assert not ScoreMark.objects.exists()


def test_the_points_go_with_their_lead_whoever_deletes_it(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT confdeltype FROM pg_constraint WHERE conname = 'scoremark_of_lead'")
        assert cursor.fetchone() == ("c",)


@time_machine.travel(NOW + timedelta(minutes=1), tick=False)
def test_the_page_draws_the_days_and_opens_each_receipt(lead: Lead, does: Does, sam: User) -> None:
    page = reader(sam).get(reverse("leads:lead", args=[lead.public_id]))
    assert "No score to show yet" in text(page)
    assert "No score to show yet" in text(reader(sam).get(reverse("leads:lead-scores", args=[lead.public_id])))

    does("demo_request", NOW)

    high = ScoreMark.objects.get(lead=lead, kind="high")
    address = f"{reverse('leads:lead-scores', args=[lead.public_id])}?point={high.name}"
    assert address in reader(sam).get(reverse("leads:lead", args=[lead.public_id])).content.decode()
    opened = text(reader(sam).get(address))
    assert "The day’s highest score, in band A1" in opened
    assert "From A3 to A1" in opened
    assert "Asked for a demo" in opened


@pytest.mark.parametrize("point", ["", "high-", "high-20261104T120000000000", "fade-x", "high-99999999T1"])
def test_a_point_that_is_not_there_opens_nothing(lead: Lead, sam: User, point: str) -> None:
    page = reader(sam).get(reverse("leads:lead-scores", args=[lead.public_id]), {"point": point})

    assert page.status_code == 200
    assert "under version" not in text(page)


def test_programs_read_the_points_page_by_page(lead: Lead, does: Does, mina: User) -> None:
    for day in range(3):
        does("email_click", NOW + timedelta(days=day))
    does("demo_request", NOW + timedelta(days=3))
    program = Program(mina)
    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        first = program.get(f"leads/{lead.public_id}/scores/?limit=2")
        rest = program.get(f"leads/{lead.public_id}/scores/?cursor={first['next']}")

    kinds = [row["kind"] for row in first["results"] + rest["results"]]
    assert kinds == ["fade", "fade", "high", "crossing", "high", "high", "high"]
    assert rest["next"] is None
    assert first["results"][0]["receipt"] is None
    assert first["results"][2]["receipt"]["interest"] == first["results"][2]["interest"]
