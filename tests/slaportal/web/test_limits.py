"""The limiter: windows, what is left, copies at once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from slaportal.web.limits import Limit, forget_past_windows, take
from slaportal.web.models import RateCount

AT = dt.datetime(2026, 11, 2, 8, 0, 20, tzinfo=dt.UTC)
THREE = Limit("test", most=3, seconds=60)
SECOND = dt.timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def test_what_is_left_shrinks_until_the_window_ends() -> None:
    taken = [take(THREE, "a", at=AT + n * SECOND) for n in range(4)]
    assert [(one.is_granted, one.left) for one in taken] == [(True, 2), (True, 1), (True, 0), (False, 0)]
    assert [one.seconds_left for one in taken] == [40, 39, 38, 37]
    assert take(THREE, "a", at=AT + 40 * SECOND).left == 2


def test_each_has_a_limit_of_their_own() -> None:
    assert [take(THREE, whose, at=AT).left for whose in ("a", "b", "a")] == [2, 2, 1]
    assert take(Limit("other", most=3, seconds=60), "a", at=AT).left == 2


def test_too_much_at_once_takes_nothing() -> None:
    assert take(THREE, "a", at=AT, cost=2).left == 1
    assert not take(THREE, "a", at=AT, cost=2).is_granted
    assert not take(THREE, "b", at=AT, cost=4).is_granted
    assert take(THREE, "a", at=AT).is_granted


def test_a_clock_that_is_behind_gives_no_second_helping() -> None:
    for second in (0, -30, 1):
        taken = take(THREE, "a", at=AT + second * SECOND)
    assert taken.left == 0


def test_a_name_of_any_length_and_kind_is_counted() -> None:
    odd = "\ud800\0" + "x" * 5000
    assert [take(THREE, odd, at=AT).left for _ in range(2)] == [2, 1]


def test_what_is_over_is_forgotten() -> None:
    take(THREE, "a", at=AT)
    take(THREE, "b", at=AT + 60 * SECOND)
    assert forget_past_windows(AT + 60 * SECOND) == 1
    assert RateCount.objects.get().key == "test:b"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_than_the_limit() -> None:
    def ask(_n: int) -> bool:
        try:
            return take(Limit("test", most=50, seconds=60), "a", at=AT).is_granted
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(120))) == 50
