"""A password that is asked again is checked for a few guesses, then not for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.core.cache import cache

from slaportal.accounts.guesses import knows_password
from slaportal.accounts.models import User
from slaportal.web.refusals import Refused
from tests.conftest import PASSWORD
from tests.leads.test_handoff import at_once

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_guesses_yet(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def guess(user: User, n: int, at: datetime = AT) -> list[bool]:
    return [knows_password(user, f"guess {place}", at=at) for place in range(n)]


def test_the_right_password_is_known_as_often_as_it_is_asked(sam: User) -> None:
    assert [knows_password(sam, PASSWORD, at=AT) for _ in range(9)] == [True] * 9


def test_after_five_wrong_ones_even_the_right_one_waits(sam: User, lena: User) -> None:
    assert guess(sam, 5) == [False] * 5
    with pytest.raises(Refused) as refused:
        knows_password(sam, PASSWORD, at=AT + timedelta(minutes=4, seconds=59))
    assert (refused.value.code, refused.value.status) == ("too_many_guesses", 429)
    assert knows_password(lena, PASSWORD, at=AT)
    assert knows_password(sam, PASSWORD, at=AT + timedelta(minutes=5))


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted(sam: User) -> None:
    results = at_once(*[partial(knows_password, sam, f"guess {n}", at=AT) for n in range(9)])
    assert (results.count(False), results.count("too_many_guesses")) == (5, 4)
