"""Today: what each role finds there, in which order, and how few queries it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from agreements.models import AgreementVersion
from agreements.services import propose_version, start_draft
from leads.attempts import log_attempt
from leads.handoff import hand_off
from leads.models import Commitment, Handoff, Lead, Return
from leads.returns import return_handoff
from leads.sweep import sweep
from slaportal.accounts.models import Team, User
from slaportal.outbox.models import OutboxMessage
from tests.leads.conftest import OPENED
from tests.leads.pages import HTMX, html, reader, steady, text

NOW = OPENED + timedelta(minutes=20)
MakeLead = Callable[..., Lead]
MakeUser = Callable[..., User]


@pytest.fixture(autouse=True)
def twenty_minutes_later() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def back_with_marketing(handoff: Handoff, by: User) -> Return:
    return return_handoff(handoff=handoff, reason="return-no-need", by=by, at=OPENED + timedelta(minutes=5))


def test_a_rep_sees_who_what_by_when_and_under_which_clause(handed: Handoff, sam: User) -> None:
    page = reader(sam).get("/")

    assert "You owe one step." in text(page)
    assert "First response due by Nov 4, 14:00" in text(page)
    assert f'href="/agreements/{handed.version.agreement.slug}/v/1/#promise-first-response"' in html(page)
    assert "On time 1" in text(page)


def test_the_next_promise_that_can_still_be_kept_stands_open(handed: Handoff, sam: User, make_lead: MakeLead) -> None:
    broken = hand_off(lead=make_lead(name="Old Case"), trigger="score", at=OPENED - timedelta(days=2))
    assert broken is not None
    sweep(NOW)

    page = reader(sam).get("/")

    assert page.context["open_step"].handoff == handed
    assert [band.state for band in page.context["bands"]] == ["breached", "on_time"]
    assert html(page).count('class="attempt"') == 1


def test_a_lead_stands_there_once_with_its_most_urgent_promise(accepted: Handoff, sam: User) -> None:
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="no_answer", at=OPENED + timedelta(minutes=5))

    steps = reader(sam).get("/").context["queue"].steps

    assert [(step.promise.kind, step.attempt.number, step.attempt.total) for step in steps] == [("follow_up", 2, 8)]


def test_planned_steps_are_not_owed_and_the_page_says_until_when(accepted: Handoff, sam: User) -> None:
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="busy", at=OPENED + timedelta(minutes=1))
    log_attempt(handoff=accepted, by=sam, channel="email", outcome="sent", at=OPENED + timedelta(minutes=2))

    page = reader(sam).get("/")

    assert "Nothing owed until Nov 4, 11:00" in text(page)
    assert page.context["queue"].steps == []


def test_a_rep_who_never_had_a_lead_reads_what_hands_one_over(active_terms: AgreementVersion, sam: User) -> None:
    page = reader(sam).get("/")

    assert "No handoff yet." in text(page)
    assert "#trigger-mql" in html(page)


def test_without_terms_the_page_says_so(sam: User) -> None:
    assert "No agreement is in force yet." in text(reader(sam).get("/"))


def test_the_queue_that_htmx_gets_is_the_one_on_the_page(handed: Handoff, sam: User) -> None:
    client = reader(sam)
    page, fragment = html(client.get("/")), html(client.get("/", **HTMX))

    assert fragment.startswith('<section class="queue" id="queue"')
    assert steady(fragment) in steady(page)


def test_one_row_opens_by_itself_and_with_the_page(handed: Handoff, sam: User) -> None:
    address = reverse("leads:today-step", args=[handed.public_id])
    client = reader(sam)
    page, row = html(client.get(address)), html(client.get(address, **HTMX))

    assert row.startswith('<li class="step step--open"')
    assert steady(row) in steady(page)
    assert "<h1>Today</h1>" in page


def test_a_row_of_somebody_else_stays_shut(handed: Handoff, otto: User, mina: User) -> None:
    address = reverse("leads:today-step", args=[handed.public_id])

    assert [reader(user).get(address, **HTMX).status_code for user in (otto, mina)] == [403, 403]


def test_new_leads_are_announced_and_not_moved_in(handed: Handoff, sam: User) -> None:
    address, client = reverse("leads:today-news"), reader(sam)
    before = client.get(address, {"since": (OPENED - timedelta(minutes=1)).isoformat()}, **HTMX)
    after = client.get(address, {"since": NOW.isoformat()}, **HTMX)

    assert "1 new lead" in text(before)
    assert text(after) == ""
    assert client.get(address, {"since": "yesterday"}, **HTMX).status_code == 200


def test_the_queue_asks_for_news_only_while_somebody_looks(handed: Handoff, sam: User) -> None:
    assert 'hx-trigger="every 30s" hx-swap="outerHTML" data-poll' in html(reader(sam).get("/"))


def test_a_long_band_is_cut_and_shown_whole_on_demand(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    for _ in range(22):
        hand_off(lead=make_lead(), trigger="score", at=OPENED)
    client = reader(sam)

    assert "Show 2 more" in text(client.get("/"))
    assert len(client.get("/", {"show": "on_time"}).context["bands"][0].shown) == 22
    assert client.get("/", {"show": "nonsense"}).status_code == 200


def test_a_marketer_chooses_paths_with_the_suggested_one_at_hand(handed: Handoff, sam: User, mina: User) -> None:
    back_with_marketing(handed, sam)

    page = reader(mina).get("/")

    assert "One returned lead waits for a path" in text(page)
    assert '<option value="nurture-awareness" selected>Awareness (suggested)</option>' in html(page)
    assert "choose by Nov 5, 09:05" in text(page)


def test_a_marketer_reads_how_many_are_missing_by_when(handed: Handoff, mina: User) -> None:
    sweep(NOW)

    assert "59 more MQLs by Nov 30, 22:59" in text(reader(mina).get("/"))


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "marketer", "team": None}])
def test_what_is_with_somebody_who_takes_no_leads_any_more_is_any_managers_to_give_away(
    handed: Handoff, sam: User, lena: User, make_user: MakeUser, change: dict[str, Any]
) -> None:
    User.objects.filter(pk=sam.pk).update(**change)
    client = reader(make_user("Omar Said", "sales_manager", Team.objects.create(name="Far", side="sales")))

    page = client.get("/")

    assert [step.handoff for step in page.context["unassigned"]] == [handed]
    assert "Sam Okoro takes no leads any more" in text(page)
    assert client.get(f"/leads/{handed.lead.public_id}/").context["may"]["assign"]
    assert "Dana Roy" in text(client.get("/leads/", {"view": "unassigned"}))


def test_a_sales_manager_sees_the_own_team_and_what_nobody_has(
    handed: Handoff, maya: User, make_user: MakeUser, inside_sales: Team, make_lead: MakeLead
) -> None:
    User.objects.filter(role="rep").update(is_available=False)
    hand_off(lead=make_lead(name="Orphan Lead"), trigger="manual", at=OPENED)
    other = make_user("Olga Other", "rep", inside_sales)
    hand_off(lead=make_lead(name="Not Ours"), trigger="manual", at=OPENED)
    assert Handoff.objects.get(lead__name="Not Ours").rep == other

    page = reader(maya).get("/")

    assert "Nobody has it 1 Orphan Lead" in text(page)
    assert "Dana Roy" in text(page)
    assert "Not Ours" not in text(page)
    assert "Your team owes one step." in text(page)


def test_a_breach_asks_its_owner_and_the_manager_for_the_reason_with_the_load(
    handed: Handoff, sam: User, maya: User, otto: User, make_lead: MakeLead
) -> None:
    User.objects.filter(pk=otto.pk).update(is_available=False)
    hand_off(lead=make_lead(name="Same Hour"), trigger="score", at=OPENED + timedelta(minutes=10))
    later = OPENED + timedelta(days=1)
    sweep(later)

    with time_machine.travel(later, tick=False):
        pages = [reader(user).get("/") for user in (sam, maya)]
        others = reader(otto).get("/")

    for page in pages:
        assert "Missed promises without a reason" in text(page)
        assert "One other lead was due within the same hour" in text(page)
    assert others.context["breaches"] == []


def test_misses_of_both_sides_are_counted_against_what_is_allowed(handed: Handoff, sam: User) -> None:
    later = OPENED + timedelta(days=1)
    sweep(later)

    with time_machine.travel(later, tick=False):
        page = reader(sam).get("/")

    assert "Sales ◆ ◇ ◇ ◇ ◇ ◇ 1 of 6 used" in text(page)
    assert "Marketing ◇ ◇ ◇ ◇ ◇ ◇ 0 of 6 used" in text(page)
    assert "?promise=sales&amp;kept=no&amp;month=2026-11" in html(page)


def test_managers_find_what_waits_for_their_own_signature(
    active_terms: AgreementVersion, mia: User, maya: User, sam: User, ada: User
) -> None:
    draft = start_draft(agreement=active_terms.agreement, by=mia)
    propose_version(version=draft, by=mia, why="Busy Mondays")

    asked = [user.name for user in (mia, maya, sam, ada) if "waits for your signature" in text(reader(user).get("/"))]

    assert asked == [mia.name, maya.name]


def test_an_admin_sees_what_does_not_run(active_terms: AgreementVersion, ada: User, make_user: MakeUser) -> None:
    make_user("Tim Teamless", "rep")
    OutboxMessage.objects.create(
        topic="email", dedup_key="x", created_at=NOW, available_at=NOW, dead_at=datetime(2026, 11, 1, tzinfo=UTC)
    )

    page = text(reader(ada).get("/"))

    assert "One message could not be delivered" in page
    assert "One person has no team" in page
    assert "The background work is silent." in page


def test_strangers_are_sent_to_the_log_in_page(client: Any) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_ten_queries_are_enough_for_everybody_with_thousands_of_leads(
    handed: Handoff,
    cast: list[User],
    make_lead: MakeLead,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    Lead.objects.bulk_create(
        Lead(name=f"Lead {n}", stage="lead", created_at=NOW, entered_at=NOW, updated_at=NOW, stage_at=NOW)
        for n in range(9240)
    )
    for n in range(30):
        hand_off(lead=make_lead(name=f"Busy {n}"), trigger="score", at=OPENED - timedelta(hours=n))
    for handoff in Handoff.objects.filter(closed_at=None)[:5]:
        if handoff.rep is not None:
            back_with_marketing(handoff, handoff.rep)
    sweep(NOW)

    for user in cast:
        client = reader(user)
        with django_assert_max_num_queries(10):
            assert client.get("/").status_code == 200


@pytest.fixture
def cast(mina: User, mia: User, sam: User, lena: User, maya: User, ada: User) -> list[User]:
    """One of each role, and two reps."""
    return [mina, mia, sam, lena, maya, ada]


def test_the_reason_of_a_promise_that_was_kept_is_not_asked_for(handed: Handoff, sam: User) -> None:
    log_attempt(handoff=handed, by=sam, channel="phone", outcome="reached", at=OPENED + timedelta(minutes=5))

    assert not Commitment.objects.filter(breached_at__isnull=False).exists()
    assert reader(sam).get("/").context["breaches"] == []
