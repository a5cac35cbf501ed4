"""Nurture: the paths with their leads, one path with its steps, and who came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from agreements.models import AgreementVersion
from leads.handoff import hand_off
from leads.models import Lead
from leads.nurture import enroll
from leads.sweep import sweep
from slaportal.accounts.models import User
from tests.leads.conftest import OPENED
from tests.leads.pages import html, reader, text

MakeLead = Callable[..., Lead]


@pytest.fixture(autouse=True)
def at_the_opening() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


def test_paths_tell_how_many_are_in_them_and_what_is_next(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User
) -> None:
    enroll(lead=make_lead(), path="nurture-later", by=mina, at=OPENED)

    page = reader(sam).get("/nurture/")

    assert "Later then Decision Consideration 2 1 Dec 4, 09:00 0 §7.5" in text(page)
    assert [row.n_enrolled for row in page.context["parts"][0]["rows"]] == [0, 0, 0, 0, 1, 0]


def test_a_path_shows_who_waits_for_which_step(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User
) -> None:
    enroll(lead=make_lead(name="Early Bird"), path="nurture-later", by=mina, at=OPENED - timedelta(days=31))
    enroll(lead=make_lead(name="New Comer"), path="nurture-later", by=mina, at=OPENED)
    sweep(OPENED)

    page = text(reader(sam).get("/nurture/nurture-later/"))

    assert "A short update Day 30 · e-mail One lead waits for it New Comer Dec 4, 09:00" in page
    assert "Is now a better time? Day 60 · e-mail One lead waits for it Early Bird" in page
    assert "Then the path “Decision”" in page


def test_who_qualified_from_a_path_is_named(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User
) -> None:
    lead = make_lead(name="Back Again")
    enroll(lead=lead, path="nurture-awareness", by=mina, at=OPENED - timedelta(days=1))
    hand_off(lead=lead, trigger="manual", at=OPENED)
    client = reader(mina)

    assert "The last who came back Back Again" in text(client.get("/nurture/nurture-awareness/"))
    assert client.get("/nurture/").context["parts"][0]["rows"][0].n_qualified == 1


def test_a_step_lists_ten_and_counts_the_rest(active_terms: AgreementVersion, make_lead: MakeLead, mina: User) -> None:
    for _ in range(12):
        enroll(lead=make_lead(), path="nurture-later", by=mina, at=OPENED)

    assert "12 leads wait for it" in text(reader(mina).get("/nurture/nurture-later/"))
    assert "and 2 more" in text(reader(mina).get("/nurture/nurture-later/"))


def test_an_unknown_path_and_a_path_without_terms_are_not_found(sam: User) -> None:
    assert reader(sam).get("/nurture/nurture-later/").status_code == 404
    assert "No agreement is in force yet." in text(reader(sam).get("/nurture/"))


def test_everybody_reads_and_few_queries_are_enough(
    active_terms: AgreementVersion,
    mina: User,
    mia: User,
    sam: User,
    maya: User,
    ada: User,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for user in (mina, mia, sam, maya, ada):
        client = reader(user)
        with django_assert_max_num_queries(8):
            assert "§7.1" in html(client.get("/nurture/"))
