"""Visitors per month: typed in or sent, the newest word counts, and only those who may."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kpis.models import VisitorCount
from kpis.visitors import MOST, record_visitors
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
    assert refused.value.code == "not_a_counter"
