"""Asking HubSpot, replayed by a local stub: contacts, forms, deals; and every way in which it can fail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leads.hubspot.applying import apply_events
from leads.hubspot.client import HubSpotApi
from leads.hubspot.connecting import pull_now, set_secrets
from leads.hubspot.jobs import run_pull, start_due_pulls, start_pull
from leads.hubspot.progress import Overtaken
from leads.hubspot.pulling import pull_contacts
from leads.models import Handoff, HubSpotTrouble, Lead, LeadEvent, LeadIdentity, LeadSource
from slaportal.accounts.models import User
from slaportal.accounts.sealing import seal
from slaportal.outbox.drain import drain
from slaportal.outbox.jobs import Pause
from slaportal.outbox.models import Job
from slaportal.web.refusals import Refused
from tests.leads.hubspot.conftest import AT, SECRET, Deliver, change, contact, event, milliseconds, pulled
from tests.leads.hubspot.stub import TOKEN, Stub

SHARED = Path(__file__).resolve().parents[3].parent / "shared/data/formats/hubspot"

pytestmark = pytest.mark.django_db


def test_all_contacts_come_in_page_by_page_and_then_those_that_changed(hubspot: Stub) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 251)]
    source = pulled()
    assert Lead.objects.count() == 250
    assert source.progress["counts"] == {"contacts": 250}
    lead = Lead.objects.get(external_id="17")
    assert (lead.name, lead.source, lead.stage) == ("Ana No 17", "HubSpot", "lead")
    assert lead.created_at == dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
    assert hubspot.paths() == ["/crm/v3/objects/contacts"] * 3
    hubspot.contacts[16] = contact(17, jobtitle="CFO") | {"modified": milliseconds(AT)}
    pulled(AT + dt.timedelta(minutes=11))
    assert Lead.objects.get(external_id="17").title == "CFO"
    assert hubspot.paths()[3:] == ["/crm/v3/objects/contacts/search"]
    assert hubspot.asked[-1][2]["filterGroups"][0]["filters"][0]["value"] == str(
        milliseconds(AT - dt.timedelta(minutes=5))
    )


def test_nothing_is_asked_before_its_time(hubspot: Stub) -> None:
    pulled()
    n_asked = len(hubspot.asked)
    pulled(AT + dt.timedelta(minutes=9))
    assert len(hubspot.asked) == n_asked


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: no sample record")
def test_the_sample_record_comes_in(hubspot: Stub) -> None:
    hubspot.contacts = [json.loads((SHARED / "contact_record_sample.json").read_text())]
    pulled()
    lead = Lead.objects.get()
    assert (lead.email, lead.name, lead.company) == ("testingapis@hubspot.com", "test testerson", "HubSpot")
    assert (lead.phone, lead.stage, lead.external_id) == ("555-122-2323", "contact", "201")
    assert lead.attributes["hs_analytics_source"] == "OFFLINE"


@pytest.mark.parametrize(
    ("instead", "code", "minutes"),
    [
        ((429, {"Retry-After": "120"}, b"{}"), "hubspot_too_often", 2),
        ((500, {}, b"oops"), "hubspot_fault", 0.5),
        ((503, {"Retry-After": "soon"}, b""), "hubspot_fault", 0.5),
        ((200, {}, b"<html>"), "hubspot_answer_unreadable", 0.5),
        ((200, {}, b"[]"), "hubspot_answer_unreadable", 0.5),
        ((200, {}, b'{"results": [7]}'), "hubspot_answer_unreadable", 0.5),
        ((200, {}, b"[" * 10_000), "hubspot_answer_unreadable", 0.5),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "hubspot_declined", 0.5),
        ("cut", "hubspot_unreachable", 0.5),
    ],
)
def test_a_fault_of_hubspots_is_told_and_tried_again_after_a_pause(
    hubspot: Stub, instead: Any, code: str, minutes: float
) -> None:
    hubspot.contacts = [contact(1)]
    hubspot.instead = [instead]
    source = pulled()
    assert source.progress["error"]["code"] == code
    assert Lead.objects.count() == 0
    pause = dt.timedelta(minutes=minutes)
    pulled(AT + pause - dt.timedelta(seconds=1))
    assert len(hubspot.asked) == 1
    source = pulled(AT + pause)
    assert "error" not in source.progress
    assert (Lead.objects.count(), HubSpotTrouble.objects.get().code) == (1, code)


def test_nobody_listening_is_a_fault_too(hubspot: Stub, settings: Any) -> None:
    settings.HUBSPOT_API = "http://127.0.0.1:1"
    assert pulled().progress["error"]["code"] == "hubspot_unreachable"


def test_what_was_read_before_a_fault_stays(hubspot: Stub) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 251)]
    empty = json.dumps({"results": hubspot.contacts[:100], "paging": {"next": {"after": "100"}}}).encode()
    hubspot.instead = [(200, {}, empty), "cut"]
    source = pulled()
    assert (Lead.objects.count(), source.progress["contacts"]["after"]) == (100, "100")
    pulled(AT + dt.timedelta(minutes=1))
    assert Lead.objects.count() == 250
    assert len(hubspot.asked) == 4


def test_a_refused_token_is_asked_with_no_more(hubspot: Stub, source: LeadSource, ada: User) -> None:
    set_secrets(source=source, secrets={"token": "wrong"}, by=ada, at=AT)
    assert pulled().progress["stopped"] == "hubspot_token_refused"
    pulled(AT + dt.timedelta(days=1))
    assert len(hubspot.asked) == 1
    set_secrets(source=source, secrets={"token": TOKEN}, by=ada, at=AT)
    assert "stopped" not in pulled(AT + dt.timedelta(days=1)).progress


def test_pulling_now_asks_again_and_twice_is_one_job(hubspot: Stub, source: LeadSource, ada: User) -> None:
    hubspot.instead = [(500, {}, b"")]
    pulled()
    source.refresh_from_db()
    jobs = {pull_now(source=source, by=ada, at=AT).pk for _ in range(2)}
    drain(AT)
    assert len(jobs) == 1
    assert Job.objects.get(pk=jobs.pop()).state == "done"
    assert len(hubspot.asked) == 2


@pytest.mark.parametrize(
    ("changes", "code"), [({"is_active": False}, "hubspot_paused"), ({"sealed": ""}, "hubspot_token_missing")]
)
def test_a_connection_that_cannot_ask_says_so(
    source: LeadSource, ada: User, changes: dict[str, Any], code: str
) -> None:
    LeadSource.objects.update(sealed=seal({"token": TOKEN}))
    LeadSource.objects.update(**changes)
    source.refresh_from_db()
    with pytest.raises(Refused) as refused:
        pull_now(source=source, by=ada, at=AT)
    assert refused.value.code == code
    assert start_due_pulls(AT) == 0


def test_a_killed_turn_goes_on_from_its_page(hubspot: Stub, source: LeadSource) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 251)]
    job, _ = start_pull(source, by=None, at=AT)

    def killed(*_: Any, **__: Any) -> None:
        raise Pause

    with pytest.raises(Pause):
        run_pull(job, killed)
    assert Lead.objects.count() == 100
    run_pull(job, idle)
    assert Lead.objects.count() == 250
    assert len(hubspot.asked) == 3


def test_two_runs_side_by_side_take_no_page_twice(hubspot: Stub, source: LeadSource) -> None:
    hubspot.contacts = [contact(number) for number in range(1, 151)]
    job, _ = start_pull(source, by=None, at=AT)
    before = LeadSource.objects.get()
    run_pull(job, idle)
    with HubSpotApi(TOKEN) as api, pytest.raises(Overtaken):
        pull_contacts(before, api, lambda: None)
    assert LeadSource.objects.get().progress["counts"] == {"contacts": 150}


def idle(done: int, total: int, *, checkpoint: Any = None) -> None:
    """A job's progress that nobody reads."""


def test_a_contact_that_cannot_be_taken_is_told_and_the_others_come_in(hubspot: Stub) -> None:
    hubspot.contacts = [contact(1, email="no address", company="x" * 300), contact(2)]
    pulled()
    assert sorted(Lead.objects.values_list("external_id", "email")) == [("1", ""), ("2", "c2@acme.example")]
    assert dict(HubSpotTrouble.objects.values_list("code", "n")) == {"bad_email": 1, "text_too_long": 1}


def test_a_pulled_stage_never_moves_what_sales_has(hubspot: Stub, handed: Handoff) -> None:
    Lead.objects.filter(pk=handed.lead_id).update(email="c1@acme.example")
    hubspot.contacts = [contact(1, lifecyclestage="customer")]
    pulled()
    handed.lead.refresh_from_db()
    assert handed.lead.stage == "mql"
    assert LeadIdentity.objects.get(source="HubSpot").lead_id == handed.lead_id


def test_stages_come_in_by_the_mapping(hubspot: Stub) -> None:
    LeadSource.objects.update(options={"stages_in": {"lead": "contact", "other": "disqualified"}})
    hubspot.contacts = [
        contact(1),
        contact(2, lifecyclestage="other"),
        contact(3, lifecyclestage="evangelist"),
        contact(4, lifecyclestage="made_up"),
    ]
    pulled()
    stages = dict(Lead.objects.values_list("external_id", "stage"))
    assert stages == {"1": "contact", "2": "disqualified", "3": "customer", "4": "lead"}


def test_a_webhook_that_is_newer_than_the_page_stands(hubspot: Stub, deliver: Deliver) -> None:
    hubspot.contacts = [contact(201, company="Page")]
    deliver([change(1, "company", "Webhook")])
    LeadSource.objects.update(sealed=seal({"secret": SECRET}))
    apply_events(AT)
    LeadSource.objects.update(sealed=seal({"secret": SECRET, "token": TOKEN}))
    pulled()
    lead = Lead.objects.get()
    assert (lead.company, lead.email) == ("Webhook", "c201@acme.example")


def test_a_new_contact_is_asked_for_before_it_counts(
    hubspot: Stub, deliver: Deliver, make_lead: Callable[..., Lead]
) -> None:
    dana = make_lead(email="c201@acme.example")
    pulled()
    hubspot.contacts = [contact(201)]
    deliver([event(1, "contact.creation")])
    apply_events(AT)
    assert LeadEvent.objects.count() == 0
    pulled(AT + dt.timedelta(seconds=5))
    apply_events(AT + dt.timedelta(seconds=5))
    assert LeadEvent.objects.get().lead == dana
    assert Lead.objects.count() == 1
    assert hubspot.paths()[-1] == "/crm/v3/objects/contacts/batch/read"


def test_a_contact_that_is_not_there_counts_by_what_is_known(hubspot: Stub, deliver: Deliver) -> None:
    deliver([event(1, "contact.creation"), change(2, "email", "dana@acme.example")])
    apply_events(AT)
    pulled()
    apply_events(AT)
    assert Lead.objects.get().email == "dana@acme.example"
    assert LeadEvent.objects.count() == 2


def test_while_hubspot_is_away_events_wait_a_quarter_of_an_hour(hubspot: Stub, deliver: Deliver) -> None:
    deliver([change(1, "email", "dana@acme.example")])
    hubspot.instead = [(500, {}, b"")] * 9
    for minutes in range(0, 17, 2):
        later = AT + dt.timedelta(minutes=minutes)
        apply_events(later)
        pulled(later)
    assert Lead.objects.get().email == "dana@acme.example"


def test_a_won_deal_converts_its_first_contact(hubspot: Stub, deliver: Deliver) -> None:
    hubspot.contacts = [contact(201), contact(202)]
    ties = [{"id": "201", "type": "deal_to_contact"}, {"id": "202", "type": "deal_to_contact"}]
    hubspot.deals["9"] = {
        "id": "9",
        "properties": {"dealstage": "closedwon", "amount": "1200.50", "closedate": "2026-11-20T10:00:00Z"},
        "associations": {"contacts": {"results": ties}},
        "updatedAt": AT.isoformat(),
    }
    deliver(
        [
            event(1, "deal.creation", objectId=9),
            change(2, "dealstage", "closedwon", objectId=9, subscriptionType="deal.propertyChange"),
        ]
    )
    apply_events(AT)
    pulled()
    apply_events(AT)
    lead = Lead.objects.get(external_id="201")
    assert (lead.converted, str(lead.deal_amount), lead.stage) == (True, "1200.50", "customer")
    assert lead.converted_at == dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    assert Lead.objects.exclude(pk=lead.pk).filter(converted=True).count() == 0
    assert sorted(LeadEvent.objects.values_list("type", flat=True)) == ["deal_change", "deal_created"]


def test_a_scope_that_is_missing_for_deals_stops_nothing_else(hubspot: Stub, deliver: Deliver) -> None:
    deliver([event(1, "deal.creation", objectId=9)])
    apply_events(AT)
    hubspot.instead = [(403, {}, b'{"message": "missing scope"}')]
    hubspot.contacts = [contact(1)]
    source = pulled()
    assert (Lead.objects.count(), source.progress.get("stopped")) == (1, None)
    assert HubSpotTrouble.objects.get().facts == {"detail": "missing scope"}


def submission(n: int, **values: str) -> dict[str, Any]:
    answers = {"email": f"s{n}@acme.example", "firstname": "Sue"} | values
    return {
        "submittedAt": milliseconds(AT - dt.timedelta(hours=n)),
        "values": [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in answers.items()],
        "pageUrl": "https://acme.example/demo",
        "conversionId": f"conversion-{n}",
    }


@pytest.fixture
def form(hubspot: Stub) -> list[dict[str, Any]]:
    LeadSource.objects.update(options={"forms": {"f-1": "demo_request"}})
    hubspot.forms["f-1"] = [submission(n) for n in range(1, 121)]
    return hubspot.forms["f-1"]


def test_submissions_become_events_of_the_forms_type_once(hubspot: Stub, form: list[dict[str, Any]]) -> None:
    source = pulled()
    assert source.progress["counts"]["submissions"] == LeadEvent.objects.count() == 120
    one = LeadEvent.objects.get(lead__email="s3@acme.example")
    assert (one.type, one.occurred_at) == ("demo_request", AT - dt.timedelta(hours=3))
    assert one.properties["url"] == "https://acme.example/demo"
    assert one.properties["answers"] == {"email": "s3@acme.example", "firstname": "Sue"}
    form.insert(0, submission(0, jobtitle="CFO"))
    n_asked = len(hubspot.asked)
    pulled(AT + dt.timedelta(minutes=11))
    assert LeadEvent.objects.count() == 121
    assert hubspot.paths()[n_asked:].count("/form-integrations/v1/submissions/forms/f-1") == 1
    assert Lead.objects.get(email="s0@acme.example").title == "CFO"


def test_a_submission_is_one_event_however_often_it_is_read(hubspot: Stub, form: list[dict[str, Any]]) -> None:
    hubspot.instead = []
    pulled()
    LeadSource.objects.update(progress={})
    pulled()
    assert LeadEvent.objects.count() == 120


def test_a_submission_of_nobody_and_a_form_that_is_gone_are_told(hubspot: Stub, form: list[dict[str, Any]]) -> None:
    form[:] = [{"submittedAt": 1719252562899, "values": [{"name": "colour", "value": "red"}], "pageUrl": None}]
    LeadSource.objects.update(options={"forms": {"f-1": "demo_request", "f-2": "form_submission"}})
    source = pulled()
    assert "error" not in source.progress
    counts = {"hubspot_submission_nameless": 1, "hubspot_form_absent": 1}
    assert dict(HubSpotTrouble.objects.values_list("code", "n")) == counts


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: no sample submission")
def test_the_sample_submission_comes_in(hubspot: Stub, form: list[dict[str, Any]]) -> None:
    samples = json.loads((SHARED / "form_submission_samples.json").read_text())
    form[:] = [samples["submissions_api_item"]["value"]]
    pulled()
    one = LeadEvent.objects.get()
    assert (one.lead.email, one.properties["url"]) == ("test@sample.com", form[0]["pageUrl"])
