"""Visitors per month: typed in or sent, the newest word counts, and only those who may."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kpis.metrics import funnel
from kpis.models import VisitorCount
from kpis.visitors import MOST, record_visitors, save_visitors, visitors_by_month
from leads.models import LeadSource, SiteVisits
from leads.months import Month
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)


def test_a_month_is_recorded_and_logged(mina: User) -> None:
    row, is_new = record_visitors(month=date(2026, 3, 17), count=1200, by=mina, at=AT)
    assert (row.month, row.count, row.by, is_new) == (date(2026, 3, 1), 1200, mina, True)
    assert AuditEntry.objects.filter(action="visitors.counted", on="month:2026-03").count() == 1


def test_a_second_word_replaces_the_first(mina: User, mia: User) -> None:
    record_visitors(month=date(2026, 3, 1), count=1200, by=mina, at=AT)
    row, is_new = record_visitors(month=date(2026, 3, 1), count=1300, by=mia, at=AT)
    assert (row.count, is_new, VisitorCount.objects.count()) == (1300, False, 1)


def test_sources_are_counted_apart(mina: User) -> None:
    record_visitors(month=date(2026, 3, 1), count=10, source="ads", by=mina, at=AT)
    record_visitors(month=date(2026, 3, 1), count=20, source=" fair ", by=mina, at=AT)
    assert sorted(VisitorCount.objects.values_list("source", "count")) == [("ads", 10), ("fair", 20)]


@pytest.mark.parametrize("count", [-1, MOST + 1])
def test_a_count_out_of_range_is_refused(mina: User, count: int) -> None:
    with pytest.raises(Refused) as refused:
        record_visitors(month=date(2026, 3, 1), count=count, by=mina, at=AT)
    assert refused.value.code == "visitors_out_of_range"


def test_a_month_that_has_not_begun_is_refused(mina: User) -> None:
    with pytest.raises(Refused) as refused:
        record_visitors(month=date(2026, 4, 1), count=1, by=mina, at=AT)
    assert refused.value.code == "month_in_future"


def test_a_rep_does_not_count_visitors(sam: User) -> None:
    with pytest.raises(Refused) as refused:
        record_visitors(month=date(2026, 3, 1), count=1, by=sam, at=AT)
    assert (refused.value.code, refused.value.status) == ("not_a_counter", 403)


def test_the_days_of_a_source_add_up_unless_the_month_was_told(mina: User) -> None:
    rows = [
        {"day": "2026-03-01", "source": "ads", "count": 10},
        {"day": "2026-03-02", "source": "ads", "count": 20},
        {"day": "2026-03-02", "source": "fair", "count": 5},
    ]
    assert save_visitors(rows, by=mina, at=AT).created == 3
    assert visitors_by_month(date(2026, 3, 1)) == {date(2026, 3, 1): 35}
    save_visitors([{"month": "2026-03", "source": "ads", "count": 100}], by=mina, at=AT)
    assert visitors_by_month(date(2026, 3, 1)) == {date(2026, 3, 1): 105}
    assert funnel(Month.of(AT, "UTC"))[0].count == 105


def test_what_our_script_counts_is_added_where_nobody_told_that_day(mina: User) -> None:
    site = LeadSource.objects.create(kind="site", name="Site", created_at=AT, updated_at=AT)
    for day, count in ((1, 7), (2, 9)):
        SiteVisits.objects.create(site=site, day=date(2026, 3, day), source="ads", count=count)
    save_visitors([{"day": "2026-03-02", "source": "ads", "count": 20}], by=mina, at=AT)
    assert visitors_by_month(date(2026, 3, 1)) == {date(2026, 3, 1): 27}


def test_bad_rows_are_refused_alone(mina: User) -> None:
    good = {"day": "2026-03-01", "source": "ads", "count": 10}
    bad: list[Any] = [
        {**good, "month": "2026-03"},
        {"source": "ads", "count": 1},
        {**good, "day": "2026-02-30"},
        {**good, "day": "2026-W10-1"},
        {**good, "day": "2027-03-20"},
        {**good, "count": "10"},
        {**good, "source": "a\0"},
        {**good, "colour": "red"},
        None,
    ]
    # A null says nothing, as if it were left out.
    report = save_visitors([good, *bad, {**good, "month": None, "count": 11}], by=mina, at=AT)
    assert [row.code for row in report.rejected] == [
        *("month_or_day", "month_or_day", "bad_day", "bad_day", "day_in_future", "visitors_out_of_range"),
        "bad_character",
        *("unknown_field", "row_not_an_object"),
    ]
    assert (report.accepted, VisitorCount.objects.get().count) == (2, 11)


def test_the_same_days_again_write_nothing(mina: User) -> None:
    rows = [{"day": "2026-03-01", "source": "ads", "count": 10}]
    reports = [save_visitors(rows, by=mina, at=AT) for _ in range(2)]
    assert [(report.created, report.unchanged) for report in reports] == [(1, 0), (0, 1)]
    assert AuditEntry.objects.filter(action="visitors.received").count() == 1


def test_a_rep_sends_no_days(sam: User) -> None:
    with pytest.raises(Refused) as refused:
        save_visitors([], by=sam, at=AT)
    assert (refused.value.code, refused.value.status) == ("not_a_counter", 403)
