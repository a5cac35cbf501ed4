"""Deliveries as they come: stored once, applied once, in any order; refused with a reason and a count."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from leads.hubspot.applying import apply_events, retry_set_aside
from leads.hubspot.meaning import Reading
from leads.hubspot.receiving import receive
from leads.hubspot.signing import Request
from leads.hubspot.words import trouble_words
from leads.models import (
    Handoff,
    HubSpotEvent,
    HubSpotTrouble,
    Lead,
    LeadEvent,
    LeadIdentity,
    LeadSource,
    PendingEvent,
)
from tests.leads.hubspot.conftest import AT, PORTAL, Deliver, change, event, milliseconds, signed

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/data/formats/hubspot/webhook_samples.json"

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, Any]]:
    """The facts on timelines, in the order in which they happened."""
    return [(one.type, one.properties.get("value")) for one in LeadEvent.objects.order_by("occurred_at", "id")]


def outcomes() -> list[tuple[str, str]]:
    return list(HubSpotEvent.objects.order_by("id").values_list("outcome", "error"))


def test_a_new_contact_becomes_a_lead_with_what_is_said_of_it(deliver: Deliver) -> None:
    answer = deliver(
        [
            event(1, "contact.creation", changeFlag="CREATED"),
            change(2, "firstname", "Test"),
            change(3, "lastname", "Testerson"),
            change(4, "email", "TestingAPIs@HubSpot.example"),
            change(5, "jobtitle", "Head of Sales"),
            change(6, "company", "HubSpot"),
            change(7, "phone", "555-122-2323"),
            change(8, "country", "Norway"),
            change(9, "lifecyclestage", "marketingqualifiedlead"),
            change(10, "hs_lead_status", "IN_PROGRESS"),
        ]
    )
    assert (answer.status_code, answer.json()) == (200, {"stored": 10, "duplicates": 0, "refused": 0})
    assert Lead.objects.count() == 0
    assert apply_events(AT) == 10
    lead = Lead.objects.get()
    assert (lead.email, lead.name, lead.title) == ("testingapis@hubspot.example", "Test Testerson", "Head of Sales")
    assert (lead.source, lead.external_id, lead.company) == ("HubSpot", "201", "HubSpot")
    assert (lead.phone, lead.country, lead.stage) == ("555-122-2323", "Norway", "mql")
    assert lead.attributes == {"hs_lead_status": "IN_PROGRESS"}
    assert lead.created_at == AT - dt.timedelta(hours=1)
    assert sorted(kind for kind, _ in told()) == ["contact_created", *["property_change"] * 9]
    assert PendingEvent.objects.count() == 10


def test_a_thousand_copies_of_an_event_are_one(deliver: Deliver) -> None:
    copies = [change(1, "company", "Acme", attemptNumber=attempt) for attempt in range(1000)]
    assert deliver(copies).json() == {"stored": 1, "duplicates": 999, "refused": 0}
    assert deliver(copies[:3]).json() == {"stored": 0, "duplicates": 3, "refused": 0}
    assert (apply_events(AT), apply_events(AT)) == (1, 0)
    assert deliver(copies[:3]).json()["stored"] == 0
    assert apply_events(AT) == 0
    assert told() == [("property_change", "Acme")]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_newest_value_stands_in_whatever_order_it_comes(deliver: Deliver, order: list[int], at_once: bool) -> None:
    changes = [change(n, "company", name, minutes_ago=30 - n) for n, name in enumerate(["Old", "Newer", "Newest"])]
    batches = [[changes[n] for n in order]] if at_once else [[changes[n]] for n in order]
    for batch in batches:
        deliver(batch)
        apply_events(AT)
    assert Lead.objects.get().company == "Newest"
    assert told() == [("property_change", "Old"), ("property_change", "Newer"), ("property_change", "Newest")]


def test_two_events_may_share_an_id(deliver: Deliver) -> None:
    deliver([change(1, "company", "Acme"), change(1, "jobtitle", "CFO"), change(1, "company", "Acme", objectId=202)])
    apply_events(AT)
    assert Lead.objects.count() == 2
    assert len(told()) == 3


def test_a_known_person_stays_one_lead(deliver: Deliver, make_lead: Callable[..., Lead]) -> None:
    dana = make_lead(email="dana@acme.example", source="website", external_id="w1")
    deliver([change(1, "email", "dana@acme.example"), change(2, "jobtitle", "CFO")])
    apply_events(AT)
    dana.refresh_from_db()
    assert (Lead.objects.count(), dana.title, dana.source) == (1, "CFO", "website")
    assert LeadIdentity.objects.filter(lead=dana, source="HubSpot", external_id="201").exists()


def test_the_same_number_of_another_system_is_somebody_else(deliver: Deliver, make_lead: Callable[..., Lead]) -> None:
    other = make_lead(source="crm", external_id="201")
    deliver([event(1, "contact.deletion")])
    apply_events(AT)
    assert not LeadEvent.objects.filter(lead=other).exists()
    assert outcomes() == [("kept", "lead_unknown")]


def test_a_deletion_there_deletes_nothing_here(deliver: Deliver) -> None:
    later = milliseconds(AT - dt.timedelta(minutes=5))
    deliver(
        [
            change(1, "company", "Acme"),
            event(2, "contact.deletion"),
            event(3, "contact.privacyDeletion", occurredAt=later),
        ]
    )
    apply_events(AT)
    assert Lead.objects.get().company == "Acme"
    assert sorted(kind for kind, _ in told()) == ["contact_deleted", "contact_privacy_deleted", "property_change"]


def test_a_late_word_of_a_deletion_takes_no_restoration_back(deliver: Deliver) -> None:
    deliver([event(1, "contact.restore", occurredAt=milliseconds(AT - dt.timedelta(minutes=4)))])
    apply_events(AT)
    deliver([event(2, "contact.deletion", occurredAt=milliseconds(AT - dt.timedelta(minutes=8)))])
    apply_events(AT)
    deliver([change(3, "email", "back@acme.example", minutes_ago=2)])
    apply_events(AT)
    assert Lead.objects.get().email == "back@acme.example"


def test_a_value_that_cannot_be_taken_is_named(deliver: Deliver) -> None:
    deliver([change(1, "email", "none")])
    apply_events(AT)
    [trouble] = HubSpotTrouble.objects.all()
    assert trouble_words(trouble.code, trouble.facts) == "Contact 201: “none” is not an e-mail address."


def test_of_a_contact_that_is_gone_no_new_lead_is_made(deliver: Deliver) -> None:
    deliver([event(1, "contact.privacyDeletion")])
    apply_events(AT)
    deliver([change(2, "email", "gone@acme.example")])
    apply_events(AT)
    assert Lead.objects.count() == 0
    assert outcomes() == [("kept", "lead_unknown")] * 2


def test_merged_contacts_go_on_naming_the_lead(deliver: Deliver) -> None:
    deliver([change(1, "email", "dana@acme.example")])
    apply_events(AT)
    merge = event(2, "contact.merge", objectId=None, primaryObjectId=201, mergedObjectIds=[300], newObjectId=301)
    deliver(
        [
            merge,
            change(3, "company", "Acme", objectId=301, minutes_ago=5),
            change(4, "jobtitle", "CFO", objectId=300, minutes_ago=4),
        ]
    )
    apply_events(AT)
    lead = Lead.objects.get()
    assert (lead.company, lead.title) == ("Acme", "CFO")
    assert sorted(LeadIdentity.objects.values_list("external_id", flat=True)) == ["201", "300", "301"]


def test_what_we_do_not_understand_is_kept(deliver: Deliver) -> None:
    deliver([event(1, "company.creation"), event(2, "contact.associationChange"), event(3, "x" * 500)])
    assert apply_events(AT) == 3
    assert outcomes() == [("kept", "type_unknown")] * 3
    assert Lead.objects.count() == LeadEvent.objects.count() == 0


def test_a_newer_apps_subscription_names_its_object_by_number(deliver: Deliver) -> None:
    deliver([change(1, "company", "Acme", subscriptionType="object.propertyChange", objectTypeId="0-1")])
    apply_events(AT)
    assert Lead.objects.get().company == "Acme"


def test_a_deal_of_nobody_we_know_is_kept(deliver: Deliver) -> None:
    deliver(
        [
            event(1, "deal.creation", objectId=9),
            change(2, "amount", "5", objectId=9, subscriptionType="deal.propertyChange"),
        ]
    )
    apply_events(AT)
    assert outcomes() == [("kept", "lead_unknown")] * 2


@pytest.mark.parametrize("told_at", [milliseconds(AT + dt.timedelta(days=365)), "soon", None, -5, 10**18])
def test_a_clock_that_is_wrong_counts_as_now(deliver: Deliver, told_at: Any) -> None:
    deliver([change(1, "company", "Acme") | {"occurredAt": told_at}])
    apply_events(AT)
    assert LeadEvent.objects.get().occurred_at == AT


def test_a_stage_never_moves_what_sales_has(deliver: Deliver, handed: Handoff) -> None:
    Lead.objects.filter(pk=handed.lead_id).update(email="dana@acme.example")
    deliver([change(1, "email", "dana@acme.example"), change(2, "lifecyclestage", "customer")])
    apply_events(AT)
    handed.lead.refresh_from_db()
    assert handed.lead.stage == "mql"
    assert ("property_change", "customer") in told()


def test_a_value_that_cannot_be_taken_loses_only_itself(deliver: Deliver) -> None:
    deliver([change(1, "email", "not an address"), change(2, "company", "x" * 300), change(3, "jobtitle", "CFO")])
    apply_events(AT)
    lead = Lead.objects.get()
    assert (lead.email, lead.company, lead.title) == ("", "", "CFO")
    assert len(told()) == 3
    assert set(HubSpotTrouble.objects.values_list("code", flat=True)) == {"bad_email", "text_too_long"}


def test_an_address_of_another_lead_changes_nobody(deliver: Deliver, make_lead: Callable[..., Lead]) -> None:
    deliver([change(1, "email", "dana@acme.example")])
    apply_events(AT)
    make_lead(email="eva@acme.example")
    deliver([change(2, "email", "eva@acme.example", minutes_ago=5)])
    apply_events(AT)
    assert LeadIdentity.objects.get(source="HubSpot").lead.email == "dana@acme.example"
    assert outcomes()[1] == ("applied", "email_of_another_lead")


def test_texts_that_cannot_be_stored_are_mended(deliver: Deliver) -> None:
    body = json.dumps([change(1, "company", "Ac\x00me"), change(2, "jobtitle", "C\ud800O")]).encode()
    assert deliver(body).json()["stored"] == 2
    apply_events(AT)
    assert told() == [("property_change", "Ac\ufffdme"), ("property_change", "C\ufffdO")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "hubspot_body_unreadable"),
        (b"{", "hubspot_body_unreadable"),
        (b"\xff\xfe", "hubspot_body_unreadable"),
        (b"[" * 10_000 + b"]" * 10_000, "hubspot_body_unreadable"),
        (b'[{"a": NaN}]', "hubspot_body_unreadable"),
        (b'"text"', "hubspot_body_no_list"),
        (json.dumps([event()] * 1001).encode(), "hubspot_body_no_list"),
    ],
)
def test_a_trusted_body_that_is_no_list_of_events_is_refused(deliver: Deliver, body: bytes, code: str) -> None:
    answer = deliver(body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert HubSpotEvent.objects.count() == 0
    assert HubSpotTrouble.objects.count() == 1


def test_items_that_are_no_events_and_other_portals_are_left_out(deliver: Deliver, source: LeadSource) -> None:
    source.options = {"portal_id": str(PORTAL)}
    source.save()
    answer = deliver([change(1, "company", "Acme"), 7, {"eventId": 1}, change(2, "company", "Other", portalId=99)])
    assert answer.json() == {"stored": 1, "duplicates": 0, "refused": 3}
    assert dict(HubSpotTrouble.objects.values_list("code", "n")) == {"event_unreadable": 2, "portal_unknown": 1}


def test_a_delivery_that_nobody_signed_leaves_only_its_count(deliver: Deliver) -> None:
    for _ in range(3):
        answer = deliver([change(1, "company", "Acme")], headers={"X-HubSpot-Signature-v3": "no"})
    assert (answer.status_code, answer.json()["code"]) == (401, "timestamp_unreadable")
    assert deliver([], headers={}).json()["code"] == "signature_missing"
    assert deliver([], at=AT - dt.timedelta(days=365)).json()["code"] == "timestamp_old"
    counts = {"timestamp_unreadable": 3, "signature_missing": 1, "timestamp_old": 1}
    assert dict(HubSpotTrouble.objects.values_list("code", "n")) == counts
    assert HubSpotEvent.objects.count() == 0


def test_the_address_with_its_query_is_signed(deliver: Deliver) -> None:
    assert deliver([], query="?team=a%2Fb&x=1").status_code == 200


def test_a_huge_body_is_refused_unread(source: LeadSource) -> None:
    class Unread:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    answer = Client().generic(
        "POST",
        reverse("hubspot:hook", args=[source.public_id]),
        b"",
        CONTENT_LENGTH=str(100 * 1024**2),
        **{"wsgi.input": Unread()},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert HubSpotTrouble.objects.get().code == "body_too_large"


def test_only_a_connection_takes_deliveries(source: LeadSource) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(reverse("hubspot:hook", args=[source.public_id])).status_code == 405
    assert client.post("/hooks/hubspot/00000000-0000-0000-0000-000000000000/").status_code == 404
    LeadSource.objects.update(kind="form")
    assert client.post(reverse("hubspot:hook", args=[source.public_id])).status_code == 404


def test_a_paused_connection_stores_and_applies_later(deliver: Deliver, source: LeadSource) -> None:
    LeadSource.objects.update(is_active=False)
    assert deliver([change(1, "company", "Acme")]).json()["stored"] == 1
    assert apply_events(AT) == 0
    LeadSource.objects.update(is_active=True)
    assert apply_events(AT) == 1


def test_an_event_that_fails_holds_up_no_other_and_is_set_aside(
    deliver: Deliver, source: LeadSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Reading.deleted

    def failing(reading: Reading, one: HubSpotEvent) -> None:
        raise ZeroDivisionError("poison")

    monkeypatch.setitem(Reading.deleted.__globals__["MEANINGS"], "contact.deletion", failing)
    deliver([event(1, "contact.deletion"), change(2, "company", "Acme")])
    apply_events(AT)
    assert Lead.objects.get().company == "Acme"
    for day in range(1, 6):
        apply_events(AT + dt.timedelta(days=day))
    poison = HubSpotEvent.objects.get(type="contact.deletion")
    assert (poison.outcome, poison.attempts, poison.error) == ("set_aside", 5, "ZeroDivisionError: poison")
    monkeypatch.setitem(Reading.deleted.__globals__["MEANINGS"], "contact.deletion", plain)
    assert retry_set_aside(source) == 1
    apply_events(AT)
    assert sorted(kind for kind, _ in told()) == ["contact_deleted", "property_change"]


@pytest.mark.skipif(not SAMPLES.is_file(), reason="../shared is absent: no samples to read")
def test_the_sample_deliveries_come_in(deliver: Deliver) -> None:
    bodies = [sample["body"] for sample in json.loads(SAMPLES.read_text())["samples"]]
    stored = [deliver(body).json()["stored"] for body in bodies]
    assert stored == [1, 1, 1, 3]
    apply_events(AT)
    assert dict(LeadIdentity.objects.values_list("external_id", "lead__stage")) == {
        "65059681032": "mql",
        "123": "lead",
        "173595202426": "lead",
    }
    kinds = (
        LeadEvent.objects.filter(lead__external_id="65059681032").order_by("occurred_at").values_list("type", flat=True)
    )
    assert list(kinds) == ["contact_created", *["property_change"] * 2, "contact_privacy_deleted"]


@pytest.mark.django_db(transaction=True)
def test_copies_at_the_same_moment_are_one_and_applied_once(source: LeadSource) -> None:
    raw = json.dumps([change(n, "company", f"Acme {n}", objectId=n) for n in range(1, 41)]).encode()
    uri = "https://portal.example/"
    stored: list[int] = []

    def work() -> None:
        request = Request("POST", uri, raw, signed(raw, uri, AT))
        stored.append(receive(source, request, at=AT).stored)
        apply_events(AT)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    apply_events(AT)
    assert sum(stored) == Lead.objects.count() == LeadEvent.objects.count() == 40
