"""Events appended: each once, on the right lead, or refused with a reason."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from leads.intake import append_events
from leads.models import Lead, LeadEvent, LeadIdentity, PendingEvent

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(make_lead: Callable[..., Lead]) -> Lead:
    return make_lead(email="dana@acme.example", source="crm", external_id="17")


def event(**changes: Any) -> dict[str, Any]:
    return {
        "source": "website",
        "external_id": "visit-1",
        "lead": {"email": "dana@acme.example"},
        "type": "page_view",
        "occurred_at": "2026-11-21T08:00:00Z",
        "properties": {"path": "/pricing"},
    } | changes


def append(*rows: Any, **options: Any) -> tuple[int, int, list[tuple[int, str, str]]]:
    report = append_events(rows, by=None, at=AT, **options)
    return report.accepted, report.duplicates, [(row.index, row.code, row.field) for row in report.rejected]


def test_an_event_is_appended_and_waits_for_scoring(dana: Lead) -> None:
    assert append(event()) == (1, 0, [])
    appended = LeadEvent.objects.get()
    assert (appended.lead, appended.type, appended.properties) == (dana, "page_view", {"path": "/pricing"})
    assert (appended.occurred_at, appended.received_at) == (dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC), AT)
    assert PendingEvent.objects.get().is_live


def test_a_replay_changes_nothing_also_within_one_batch(dana: Lead) -> None:
    assert append(event(), event(), event(external_id="visit-2")) == (2, 1, [])
    PendingEvent.objects.all().delete()
    assert append(event(properties={"path": "/other"}), event()) == (0, 2, [])
    assert not PendingEvent.objects.exists()


def test_events_of_the_past_are_marked_so(dana: Lead) -> None:
    append(event(), is_live=False)
    assert not PendingEvent.objects.get().is_live


def test_an_event_without_a_name_is_known_by_its_content(dana: Lead) -> None:
    nameless = event(external_id="")
    assert append(nameless, dict(reversed(nameless.items())), event(external_id="", type="form_view")) == (2, 1, [])


@pytest.mark.parametrize(
    "name",
    [
        {"email": "DANA@acme.example"},
        {"external_id": "17"},
        {"external_id": 17},
    ],
)
def test_a_lead_is_found_by_each_of_its_names(dana: Lead, name: dict[str, Any]) -> None:
    assert append(event(lead=name)) == (1, 0, [])
    assert append(event(lead={"id": str(dana.public_id)}, external_id="visit-2")) == (1, 0, [])
    assert set(LeadEvent.objects.values_list("lead", flat=True)) == {dana.pk}


def test_names_that_mean_one_lead_agree(dana: Lead) -> None:
    names = {"id": str(dana.public_id), "email": "dana@acme.example", "external_id": "17"}
    unheard = {"email": "dana@acme.example", "external_id": "unheard-of"}
    assert append(event(lead=names), event(lead=unheard, external_id="visit-2")) == (2, 0, [])


@pytest.mark.parametrize("other", [{"email": "other@acme.example"}, {"external_id": "18"}])
def test_names_of_different_leads_are_refused(dana: Lead, make_lead: Any, other: dict[str, str]) -> None:
    make_lead(email="other@acme.example", source="crm", external_id="18")
    both = {"email": "dana@acme.example", "external_id": "17"} | other
    assert append(event(lead=both)) == (0, 0, [(0, "lead_names_differ", "lead")])


def test_an_address_tells_which_of_two_sources_is_meant(dana: Lead, make_lead: Any) -> None:
    make_lead(source="forms", external_id="17")
    assert append(event(lead={"external_id": "17", "email": "dana@acme.example"})) == (1, 0, [])
    assert LeadEvent.objects.get().lead == dana


def test_the_events_own_source_is_asked_first_for_an_external_id(dana: Lead, make_lead: Any) -> None:
    own = make_lead(source="website", external_id="17")
    assert append(event(lead={"external_id": "17"})) == (1, 0, [])
    assert LeadEvent.objects.get().lead == own


def test_an_external_id_of_several_sources_is_ambiguous(dana: Lead, make_lead: Any) -> None:
    make_lead(source="forms", external_id="17")
    assert append(event(lead={"external_id": "17"})) == (0, 0, [(0, "ambiguous_lead", "lead.external_id")])


def test_two_sources_that_mean_the_same_lead_are_not_ambiguous(dana: Lead) -> None:
    LeadIdentity.objects.create(lead=dana, source="forms", external_id="17")
    assert append(event(lead={"external_id": "17"})) == (1, 0, [])


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"lead": {"email": "nobody@acme.example"}}, "unknown_lead", "lead.email"),
        ({"lead": {"external_id": "99"}}, "unknown_lead", "lead.external_id"),
        ({"lead": {"id": "00000000-0000-4000-8000-000000000000"}}, "unknown_lead", "lead.id"),
        ({"lead": {"id": "17"}}, "bad_id", "lead.id"),
        ({"lead": {"name": "Dana"}}, "unknown_field", "lead.name"),
        ({"lead": {}}, "field_missing", "lead"),
        ({"lead": {"email": ""}}, "field_missing", "lead"),
        ({"lead": "dana@acme.example"}, "lead_not_an_object", "lead"),
        ({"occurred_at": "2026-11-21T09:05:01Z"}, "event_in_future", "occurred_at"),
        ({"occurred_at": "soon"}, "bad_date", "occurred_at"),
        ({"occurred_at": None}, "field_missing", "occurred_at"),
        ({"type": ""}, "field_missing", "type"),
        ({"type": "Page View"}, "bad_event_type", "type"),
        ({"type": "x" * 61}, "bad_event_type", "type"),
        ({"type": 7}, "bad_event_type", "type"),
        ({"properties": ["/pricing"]}, "properties_not_an_object", "properties"),
        ({"properties": {"path": float("inf")}}, "bad_properties", "properties"),
        ({"properties": {"text": "x" * 40_000}}, "text_too_long", "properties"),
        ({"source": "x" * 121}, "text_too_long", "source"),
        ({"external_id": "a\x00b"}, "bad_character", "external_id"),
        ({"kind": "page"}, "unknown_field", "kind"),
    ],
)
def test_a_bad_event_is_refused_alone(dana: Lead, change: dict[str, Any], code: str, field: str) -> None:
    assert append(event(**change), event(external_id="good")) == (1, 0, [(0, code, field)])


def test_a_clock_a_little_ahead_is_forgiven(dana: Lead) -> None:
    assert append(event(occurred_at="2026-11-21T10:05:00+01:00")) == (1, 0, [])


def test_what_cannot_be_stored_in_properties_is_replaced(dana: Lead) -> None:
    append(event(properties={"a\x00": ["\ud800x", {"b": "\x00"}], "n": 1.5, "ok": True, "none": None}))
    assert LeadEvent.objects.get().properties == {
        "a\ufffd": ["\ufffdx", {"b": "\ufffd"}],
        "n": 1.5,
        "ok": True,
        "none": None,
    }


def test_a_batch_takes_five_queries_at_most(dana: Lead, django_assert_max_num_queries: Any) -> None:
    rows = [event(external_id=str(n), lead={"external_id": "17"} if n % 2 else event()["lead"]) for n in range(500)]
    with django_assert_max_num_queries(6):
        assert append(*rows) == (500, 0, [])


@pytest.mark.django_db(transaction=True)
def test_the_same_events_sent_many_times_at_once_count_once(dana: Lead) -> None:
    rows = [event(external_id=f"visit-{n}") for n in range(50)]
    accepted: list[int] = []

    def work(turn: int) -> None:
        for _ in range(5):
            accepted.append(append_events(rows[:: -1 if turn % 2 else 1], by=None, at=AT).accepted)
        connection.close()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), sum(accepted)) == (30, 50)
    assert LeadEvent.objects.count() == PendingEvent.objects.count() == 50
