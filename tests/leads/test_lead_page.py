"""A lead's page: for each role, with its clock, receipt, packet and timeline; whole and in parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from agreements.models import AgreementVersion
from leads.attempts import log_attempt
from leads.handoff import hand_off
from leads.models import Handoff, Lead, LeadEvent
from leads.nurture import enroll
from leads.returns import return_handoff
from leads.sweep import sweep
from slaportal.accounts.models import User
from tests.leads.conftest import OPENED
from tests.leads.pages import HTMX, html, reader, steady, text

NOW = OPENED + timedelta(minutes=20)
MakeLead = Callable[..., Lead]


@pytest.fixture(autouse=True)
def twenty_minutes_later() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def url(lead: Lead, part: str = "") -> str:
    return reverse(f"leads:lead{part}", args=[lead.public_id])


def happened(lead: Lead, kind: str, **properties: Any) -> LeadEvent:
    return LeadEvent.objects.create(
        source="site",
        external_id=f"{kind}-{LeadEvent.objects.count()}",
        lead=lead,
        type=kind,
        properties=properties,
        occurred_at=OPENED - timedelta(days=1),
        received_at=OPENED - timedelta(days=1),
    )


def test_everybody_reads_a_lead_and_only_its_rep_and_manager_work_on_it(
    handed: Handoff, mina: User, mia: User, sam: User, otto: User, maya: User, ada: User
) -> None:
    pages = {user.name: reader(user).get(url(handed.lead)) for user in (mina, mia, sam, otto, maya, ada)}

    assert {page.status_code for page in pages.values()} == {200}
    assert [name for name, page in pages.items() if 'class="attempt"' in html(page)] == [sam.name, maya.name]
    assert [name for name, page in pages.items() if "Reassign" in text(page)] == [maya.name, ada.name]
    assert "Sam Okoro works on this lead." in text(pages[otto.name])


def test_an_unknown_lead_is_not_found(sam: User) -> None:
    assert reader(sam).get("/leads/7f1f77a0-0000-4000-8000-000000000000/").status_code == 404


def test_the_clock_tells_state_deadline_clause_and_working_time(handed: Handoff, sam: User) -> None:
    page = reader(sam).get(url(handed.lead))

    assert "Clock On time First response due by Nov 4, 14:00" in text(page)
    assert "20 min of 4 h working time used; hatched hours do not count." in text(page)
    assert "Working hours in Europe/Paris." in text(page)
    assert re.search(r'<rect class="clock__shut" x="500\.0" width="200\.0"', html(page))


def test_in_arabic_the_strip_runs_from_right_to_left(handed: Handoff, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(language="ar")

    assert 'transform="matrix(-1 0 0 1 1000 0)"' in html(reader(sam).get(url(handed.lead)))


def test_attempts_are_marked_on_the_strip_of_the_next_promise(accepted: Handoff, sam: User) -> None:
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="busy", at=OPENED + timedelta(minutes=1))
    log_attempt(handoff=accepted, by=sam, channel="email", outcome="sent", at=OPENED + timedelta(minutes=2))

    page = reader(sam).get(url(accepted.lead))

    assert "Attempt 3 of 8 · phone" in text(page)
    assert "Planned: it opens Nov 4, 11:00" in text(page)
    assert "Kept" in text(page)


@pytest.mark.parametrize(
    ("part", "start"),
    [
        ("-clock", '<section class="clock" id="clock"'),
        ("-timeline", '<section class="history" id="timeline"'),
        ("-score", '<section class="stack stack--tight" id="score"'),
        ("", '<div class="lead" id="lead"'),
    ],
)
def test_each_part_is_the_one_on_the_page_and_a_page_by_itself(
    handed: Handoff, sam: User, part: str, start: str
) -> None:
    client = reader(sam)
    whole, fragment = html(client.get(url(handed.lead, part))), html(client.get(url(handed.lead, part), **HTMX))

    assert fragment.startswith(start)
    assert steady(fragment) in steady(whole)
    assert "</html>" in whole


def test_the_receipt_adds_up_to_the_scores_shown(handed: Handoff, sam: User) -> None:
    happened(handed.lead, "page_view", path="/pricing")
    happened(handed.lead, "webinar")

    page = reader(sam).get(url(handed.lead))
    score = page.context["score"]
    sums = {
        side: sum((row.after for row in score.receipt.rows if row.side == side), Decimal(0))
        for side in ("fit", "interest")
    }

    assert sums == {"fit": Decimal(score.fit), "interest": Decimal(str(score.interest))}
    assert f"Fit {score.fit} Decides about buying +35" in text(page)
    assert "Came to a webinar 1 × +20, faded" in text(page)


def test_a_lead_below_the_threshold_reads_what_would_qualify_it(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User
) -> None:
    lead = make_lead(title="Head of Sales", country="France", attributes={"industry": "Software", "employees": "80"})

    page = text(reader(mina).get(url(lead)))

    assert "A3 does not qualify as MQL" in page
    assert "Interest is 30 short; this would bring it: “Asked for a demo”, once." in page
    assert "It asks to be contacted." in page


def test_what_sales_was_given_stays_as_it_was(handed: Handoff, sam: User) -> None:
    Lead.objects.update(title="Intern", phone="+33 1 00 00 00 00")

    page = text(reader(sam).get(url(handed.lead)))

    assert "Its scores qualified it; handed to Sam Okoro, Nov 4, 09:00. §5.1 under version 1" in page
    assert "Missing at the handoff: Phone, Country, Source" in page
    assert "Job title Head of Sales" in page


def test_locked_reasons_say_what_is_missing_and_where_each_leads(handed: Handoff, sam: User) -> None:
    log_attempt(handoff=handed, by=sam, channel="email", outcome="sent", at=NOW)

    page = reader(sam).get(url(handed.lead), {"do": "return"})

    assert "Still missing: 5 more attempts, 4 of them by phone." in text(page)
    assert re.search(r'value="return-unreachable" disabled', html(page))
    assert "Path “Awareness”: after 2 days “Guide: how companies like theirs solve the problem”, 21 days later" in text(
        page
    )
    assert '<details class="doing" id="return" open>' in html(page)


def test_the_timeline_tells_all_and_each_side_its_own(accepted: Handoff, sam: User, mina: User) -> None:
    happened(accepted.lead, "demo_request", form="Demo")
    log_attempt(handoff=accepted, by=sam, channel="phone", outcome="voicemail", note="Called twice", at=NOW)
    client = reader(sam)

    everything = text(client.get(url(accepted.lead, "-timeline"), **HTMX))
    sales = text(client.get(url(accepted.lead, "-timeline"), {"side": "sales"}, **HTMX))
    marketing = text(client.get(url(accepted.lead, "-timeline"), {"side": "marketing"}, **HTMX))

    told = ["Attempt by phone: Voicemail left Sam Okoro Called twice", "Accepted by Sam Okoro", "Handed to Sam Okoro"]
    assert all(words in everything for words in [*told, "Asked for a demo +60 interest Demo", "Came in as Lead"])
    assert all(words in sales for words in told)
    assert "Asked for a demo" not in sales
    assert "Asked for a demo" in marketing
    assert "Attempt by phone" not in marketing


def test_a_whole_life_is_told_without_saying_anything_twice(accepted: Handoff, sam: User, mina: User) -> None:
    sweep(OPENED + timedelta(days=1))
    later = OPENED + timedelta(days=1, minutes=5)
    return_handoff(handoff=accepted, reason="return-no-need", by=sam, note="Not this year", at=later)
    enroll(lead=accepted.lead, path="nurture-later", by=mina, at=later + timedelta(minutes=5))

    with time_machine.travel(later + timedelta(minutes=10), tick=False):
        page = reader(sam).get(url(accepted.lead))
    kinds = [entry.kind for entry in page.context["timeline"].entries]

    assert kinds == ["enrolled", "left_path", "enrolled", "return", "breach", "stage", "handoff", "stage"]
    assert "Returned to Marketing by Sam Okoro No interest or need · §6.4 Not this year" in text(page)
    assert "Left the path “Awareness” for another one" in text(page)


def test_older_entries_come_on_demand(handed: Handoff, sam: User) -> None:
    for _ in range(45):
        happened(handed.lead, "page_view", path="/blog")
    client = reader(sam)

    first = client.get(url(handed.lead, "-timeline"), **HTMX)
    more = client.get(url(handed.lead, "-timeline"), {"n": first.context["timeline"].more}, **HTMX)

    assert (len(first.context["timeline"].entries), first.context["timeline"].more) == (40, 120)
    assert (len(more.context["timeline"].entries), more.context["timeline"].more) == (47, 0)
    assert client.get(url(handed.lead, "-timeline"), {"n": "-5", "side": "nobody"}).status_code == 200


def test_a_returned_lead_asks_marketing_for_its_path(handed: Handoff, sam: User, mina: User, maya: User) -> None:
    return_handoff(handoff=handed, reason="return-no-need", by=sam, at=OPENED)

    pages = {user: reader(user).get(url(handed.lead)) for user in (mina, maya)}

    assert "Sam Okoro returned this lead, Nov 4, 09:00. Which path does it take?" in text(pages[mina])
    assert "Which path does it take?" not in text(pages[maya])
    assert "Choice of a path due by Nov 5, 09:00" in text(pages[mina])


def test_a_lead_that_marketing_holds_can_be_handed_over_or_enrolled(
    active_terms: AgreementVersion, make_lead: MakeLead, mina: User, sam: User, ada: User
) -> None:
    address = url(make_lead())
    pages = {user: reader(user).get(address) for user in (mina, sam, ada)}

    assert "No clock runs. The first one starts when the lead is handed to Sales: §5.1." in text(pages[mina])
    assert ['id="handoff"' in html(page) for page in pages.values()] == [True, False, False]
    assert ['id="enrol"' in html(page) for page in pages.values()] == [True, True, False]


def test_a_lead_without_terms_and_history_has_a_page_too(make_lead: MakeLead, sam: User) -> None:
    page = text(reader(sam).get(url(make_lead(name="", company="", email="only@example.com"))))

    assert "No clock runs." in page
    assert "No agreement in force governs this lead: it is not scored." in page


def test_names_from_outside_are_shown_and_never_run(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User
) -> None:
    lead = make_lead(name="<script>alert(1)</script>", attributes={"<b>x": "<i>y</i>"})
    happened(lead, "<img src=x>", path="<svg onload=1>")

    page = reader(sam).get(url(lead)).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("properties", [{}, {"path": 5}, {"path": ""}, {"path": "/a", "deep": {"b": []}}])
def test_events_may_carry_anything(
    active_terms: AgreementVersion, make_lead: MakeLead, sam: User, properties: Any
) -> None:
    lead = make_lead()
    happened(lead, "page_view")
    LeadEvent.objects.update(properties=properties)

    assert reader(sam).get(url(lead)).status_code == 200


def test_a_second_pass_is_told_and_the_clock_is_the_new_one(accepted: Handoff, sam: User) -> None:
    return_handoff(handoff=accepted, reason="return-no-need", by=sam, at=OPENED)
    lead = Lead.objects.get()
    event = happened(lead, "demo_request")
    hand_off(lead=lead, trigger="hand_raise", event=event, at=OPENED + timedelta(minutes=10))

    page = text(reader(sam).get(url(lead)))

    assert "pass 2" in page
    assert "Overdue First response due by Nov 4, 10:10" in page
    assert "target was Nov 4, 09:15" in page
    assert "Demo requested; handed to Sam Okoro" in page


def test_the_page_takes_few_queries(
    accepted: Handoff, maya: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(30):
        happened(accepted.lead, "page_view", path="/pricing")
    client = reader(maya)

    with django_assert_max_num_queries(20):
        client.get(url(accepted.lead))
