"""Changing people: who may, what is refused, and that the last admin stays."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from slaportal.accounts import links, people, planning, profiles, teams, tokens
from slaportal.accounts.models import Absence, Role, Side, Team, User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.models import OutboxMessage
from slaportal.web.refusals import Refused, known_codes

AT = dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 9)
pytestmark = pytest.mark.django_db


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code in known_codes()
    return refused.value.code


def invited(by: User, **changes: Any) -> User:
    known = {"name": "Nora Lind", "email": "Nora@Example.com", "role": Role.REP, "team": None, "by": by, "at": AT}
    return people.invite_person(**{**known, **changes})


def changed(person: User, by: User, **changes: Any) -> User:
    known = {"name": person.name, "email": person.email, "role": person.role, "team": person.team}
    return people.change_person(person=person, by=by, at=AT, **{**known, **changes})


# ------------------------------------------------------------------- invite


def test_an_invited_person_gets_a_link_and_no_password(ada: User, field_sales: Team) -> None:
    nora = invited(ada, team=field_sales)
    assert (nora.email, nora.team, nora.side) == ("nora@example.com", field_sales, "sales")
    assert not nora.has_usable_password()
    assert OutboxMessage.objects.get(topic=links.TOPIC).payload["purpose"] == "invitation"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.on) == ("person.invited", ada, f"person:{nora.public_id}")


def test_nobody_is_invited_twice_or_to_the_other_side(ada: User, sam: User, marketing: Team) -> None:
    assert refusal(lambda: invited(ada, email="SAM@example.com")) == "email_taken"
    assert refusal(lambda: invited(ada, team=marketing)) == "team_of_other_side"
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("who", ["mina", "mia", "sam", "maya"])
def test_only_admins_invite_change_and_end_access(request: pytest.FixtureRequest, otto: User, who: str) -> None:
    by = request.getfixturevalue(who)
    acts: list[Callable[[], object]] = [
        lambda: invited(by),
        lambda: changed(otto, by, role=Role.ADMIN),
        lambda: people.deactivate_person(person=otto, by=by, at=AT),
        lambda: people.reactivate_person(person=otto, by=by, at=AT),
        lambda: people.reset_access(person=otto, by=by, at=AT),
        lambda: teams.create_team(name="New", side=Side.SALES, by=by, at=AT),
        lambda: teams.rename_team(team=otto.team, name="New", by=by, at=AT),
    ]
    assert {refusal(act) for act in acts} == {"not_allowed"}
    otto.refresh_from_db()
    assert (otto.role, otto.is_active) == (Role.REP, True)


# ------------------------------------------------------------------- change


def test_a_change_says_in_the_audit_what_was_and_what_is(ada: User, sam: User, inside_sales: Team) -> None:
    changed(sam, ada, team=inside_sales, role=Role.SALES_MANAGER)
    sam.refresh_from_db()
    assert (sam.team, sam.role) == (inside_sales, Role.SALES_MANAGER)
    facts = AuditEntry.objects.get(action="person.changed").facts
    assert facts["old"] == {"role": "rep", "team": "Field Sales"}
    assert facts["new"] == {"role": "sales_manager", "team": "Inside Sales"}


def test_the_same_change_twice_is_noted_once(ada: User, sam: User) -> None:
    for _ in range(2):
        changed(sam, ada, name="Samuel Okoro")
    assert AuditEntry.objects.filter(action="person.changed").count() == 1


def test_an_address_of_somebody_else_is_refused(ada: User, sam: User, lena: User) -> None:
    assert refusal(lambda: changed(sam, ada, email="LENA@example.com")) == "email_taken"


def test_the_last_admin_can_neither_be_demoted_nor_deactivated(ada: User, make_user: Any) -> None:
    make_user("Gone Admin", Role.ADMIN, is_active=False)
    assert refusal(lambda: changed(ada, ada, role=Role.REP)) == "last_admin"
    assert refusal(lambda: people.deactivate_person(person=ada, by=ada, at=AT)) == "last_admin"
    other = make_user("Bo Admin", Role.ADMIN)
    changed(ada, other, role=Role.REP)
    assert refusal(lambda: changed(other, other, role=Role.REP)) == "last_admin"


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_demote_each_other_at_once(ada: User, make_user: Any) -> None:
    bo = make_user("Bo Admin", Role.ADMIN)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def demote(person: User, by: User) -> None:
        start.wait()
        try:
            changed(person, by, role=Role.REP)
            outcomes.append("demoted")
        except Refused as refused:
            outcomes.append(refused.code)
        connection.close()

    duel = [threading.Thread(target=demote, args=pair) for pair in ((ada, bo), (bo, ada))]
    for thread in duel:
        thread.start()
    for thread in duel:
        thread.join()
    assert sorted(outcomes) == ["demoted", "last_admin"]
    assert User.objects.filter(role=Role.ADMIN).count() == 1


# ------------------------------------------------------------------- access


def test_deactivating_ends_tokens_and_twice_is_noted_once(ada: User, sam: User) -> None:
    tokens.create_token(owner=sam, name="site", by=sam, at=AT)
    for _ in range(2):
        people.deactivate_person(person=sam, by=ada, at=AT)
    sam.refresh_from_db()
    assert not sam.is_active
    assert not sam.auth_token_set.exists()
    assert AuditEntry.objects.get(action="person.deactivated").facts == {"tokens": 1}


def test_whoever_comes_back_needs_a_new_password(ada: User, sam: User) -> None:
    people.deactivate_person(person=sam, by=ada, at=AT)
    for _ in range(2):
        people.reactivate_person(person=sam, by=ada, at=AT)
    sam.refresh_from_db()
    assert sam.is_active
    assert not sam.has_usable_password()
    assert OutboxMessage.objects.filter(topic=links.TOPIC).count() == 1


def test_a_reset_ends_the_password_the_tokens_and_earlier_links(ada: User, sam: User) -> None:
    tokens.create_token(owner=sam, name="site", by=sam, at=AT)
    earlier = links.path_for(sam, "invitation").split("/")[-2]
    people.reset_access(person=sam, by=ada, at=AT)
    sam.refresh_from_db()
    assert not sam.has_usable_password()
    assert not sam.auth_token_set.exists()
    assert links.person_of(earlier) is None
    assert links.person_of(links.path_for(sam, "invitation").split("/")[-2]) == sam


def test_access_of_somebody_who_left_is_not_reset(ada: User, sam: User) -> None:
    people.deactivate_person(person=sam, by=ada, at=AT)
    assert refusal(lambda: people.reset_access(person=sam, by=ada, at=AT)) == "person_inactive"


# ------------------------------------------------------------------- planning


def planned_by(by: User, person: User) -> list[Callable[[], object]]:
    return [
        lambda: planning.set_availability(person=person, is_available=False, by=by, at=AT),
        lambda: planning.add_absence(person=person, starts_on=DAY, ends_on=DAY, by=by, at=AT),
        lambda: planning.remove_absence(person=person, starts_on=DAY, ends_on=DAY, by=by, at=AT),
    ]


@pytest.mark.parametrize("who", ["sam", "maya", "ada"])
def test_oneself_the_own_manager_and_admins_decide_when_somebody_is_there(
    request: pytest.FixtureRequest, sam: User, who: str
) -> None:
    for act in planned_by(request.getfixturevalue(who), sam):
        act()
    sam.refresh_from_db()
    assert not sam.is_available
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("who", ["lena", "mia", "mina"])
def test_nobody_else_does(request: pytest.FixtureRequest, sam: User, who: str) -> None:
    assert {refusal(act) for act in planned_by(request.getfixturevalue(who), sam)} == {"not_allowed"}
    assert not AuditEntry.objects.exists()


def test_a_manager_of_another_team_of_the_same_side_does_not(otto: User, maya: User) -> None:
    assert refusal(lambda: planning.set_availability(person=otto, is_available=False, by=maya, at=AT)) == "not_allowed"


def test_the_same_availability_twice_is_noted_once(sam: User) -> None:
    for _ in range(2):
        planning.set_availability(person=sam, is_available=False, by=sam, at=AT)
    assert AuditEntry.objects.count() == 1


def test_an_absence_is_planned_once_and_taken_back_once(sam: User) -> None:
    days = {"person": sam, "starts_on": DAY, "ends_on": DAY + dt.timedelta(days=4), "by": sam, "at": AT}
    for _ in range(2):
        planning.add_absence(**days, note="Skiing")
    assert Absence.objects.get().note == "Skiing"
    planning.remove_absence(**days)
    assert refusal(lambda: planning.remove_absence(**days)) == "absence_unknown"
    assert not Absence.objects.exists()


def test_an_absence_does_not_end_before_it_begins(sam: User) -> None:
    before = DAY - dt.timedelta(days=1)
    act = lambda: planning.add_absence(person=sam, starts_on=DAY, ends_on=before, by=sam, at=AT)  # noqa: E731
    assert refusal(act) == "absence_out_of_order"


# ------------------------------------------------------------------- teams and profile


def test_a_team_is_made_and_renamed(ada: User) -> None:
    team = teams.create_team(name="North", side=Side.SALES, by=ada, at=AT)
    for _ in range(2):
        teams.rename_team(team=team, name="South", by=ada, at=AT)
    assert Team.objects.get().name == "South"
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["team.created", "team.renamed"]


def test_two_teams_never_have_the_same_name(ada: User, field_sales: Team, inside_sales: Team) -> None:
    assert refusal(lambda: teams.create_team(name="FIELD sales", side=Side.SALES, by=ada, at=AT)) == "team_name_taken"
    rename = lambda: teams.rename_team(team=inside_sales, name="field sales", by=ada, at=AT)  # noqa: E731
    assert refusal(rename) == "team_name_taken"


def test_people_change_their_own_profile_and_only_a_new_name_is_news(sam: User) -> None:
    choice = {"name": "Sam O.", "language": "fr", "timezone": "Europe/Paris", "shortcuts": False}
    for _ in range(2):
        profiles.change_profile(by=sam, at=AT, **choice)
    sam.refresh_from_db()
    assert {name: getattr(sam, name) for name in choice} == choice
    assert AuditEntry.objects.get().action == "person.renamed"
