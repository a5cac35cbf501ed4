"""Leads saved in batches: one lead per person, exact counts, nothing written where nothing changed."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from leads.intake import save_leads
from leads.models import DirtyLead, Handoff, Lead, LeadIdentity, StageChange

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(hours=1)

DANA = {
    "source": "crm",
    "external_id": "17",
    "email": "Dana.Roy@Acme.example ",
    "name": "Dana Roy",
    "company": "Acme",
    "created_at": "2026-10-01T08:00:00Z",
    "attributes": {"City": "Mumbai", "TotalVisits": "5"},
}


def save(*rows: Any, at: dt.datetime = AT, **options: Any) -> tuple[int, int, int, list[tuple[int, str]]]:
    report = save_leads(rows, by=None, at=at, **options)
    refused = [(rejection.index, rejection.code) for rejection in report.rejected]
    return report.created, report.updated, report.unchanged, refused


@pytest.mark.django_db
def test_a_new_lead_is_saved_with_its_identity_stage_and_mark_for_scoring() -> None:
    assert save(DANA) == (1, 0, 0, [])
    lead = Lead.objects.get()
    assert (lead.email, lead.name, lead.stage) == ("dana.roy@acme.example", "Dana Roy", "lead")
    assert lead.attributes == {"City": "Mumbai", "TotalVisits": "5"}
    assert lead.created_at == dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
    assert lead.entered_at == lead.updated_at == AT
    assert LeadIdentity.objects.filter(lead=lead, source="crm", external_id="17").count() == 1
    assert list(StageChange.objects.values_list("old", "new", "at")) == [("", "lead", lead.created_at)]
    assert DirtyLead.objects.filter(lead=lead).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["created_at", "converted_at"])
def test_a_row_from_the_future_is_refused_but_for_a_clock_a_little_ahead(name: str) -> None:
    for minutes, saved in ((6, (0, 0, 0, [(0, "date_in_future")])), (5, (1, 0, 0, []))):
        at = AT + dt.timedelta(minutes=minutes)
        assert save({**DANA, name: at.isoformat()}) == saved


@pytest.mark.django_db
@pytest.mark.parametrize("is_one_list", [True, False])
@pytest.mark.parametrize("heirs", [["3"], ["2"], ["2", "3"], ["1"]])
def test_an_address_that_was_given_up_may_be_somebody_elses(heirs: list[str], is_one_list: bool) -> None:
    def row(name: str, email: str) -> dict[str, str]:
        return {"source": "crm", "external_id": name, "email": f"{email}@acme.example", "name": f"Person {name}"}

    save(row("1", "a"), row("2", "b"))
    moves = [row("1", "c"), *(row(name, email) for name, email in zip(heirs, "ab", strict=False))]
    for given in [moves] if is_one_list else [[move] for move in moves]:
        assert save(*given)[3] == []
    expected = {"1": "c", "2": "b"} | dict(zip(heirs, "ab", strict=False))
    found = {lead.external_id: (lead.email[0], lead.name) for lead in Lead.objects.all()}
    assert found == {name: (email, f"Person {name}") for name, email in expected.items()}


@pytest.mark.django_db
def test_the_same_row_again_writes_nothing() -> None:
    save(DANA)
    DirtyLead.objects.all().delete()
    assert save(DANA, at=LATER) == (0, 0, 1, [])
    assert Lead.objects.get().updated_at == AT
    assert StageChange.objects.count() == 1
    assert not DirtyLead.objects.exists()


@pytest.mark.django_db
def test_new_values_override_and_blanks_erase_nothing() -> None:
    save(DANA)
    row = {
        "source": "crm",
        "external_id": "17",
        "name": "",
        "title": "CFO",
        "attributes": {"City": "Pune", "TotalVisits": None},
    }
    assert save(row, at=LATER) == (0, 1, 0, [])
    lead = Lead.objects.get()
    assert (lead.name, lead.title, lead.updated_at) == ("Dana Roy", "CFO", LATER)
    assert lead.attributes == {"City": "Pune", "TotalVisits": "5"}


@pytest.mark.django_db
def test_a_lead_is_known_by_its_address_where_the_external_id_is_new() -> None:
    save(DANA)
    assert save({"source": "forms", "external_id": "f-1", "email": "DANA.ROY@acme.example"}) == (0, 1, 0, [])
    lead = Lead.objects.get()
    assert (lead.source, lead.external_id) == ("crm", "17")
    assert set(lead.identities.values_list("source", "external_id")) == {("crm", "17"), ("forms", "f-1")}


@pytest.mark.django_db
def test_two_rows_of_one_person_in_a_batch_end_as_one_lead() -> None:
    rows = [
        {"email": "a@x.example", "name": "Aiko"},
        {"source": "crm", "external_id": "1", "email": "A@x.example", "title": "CEO"},
        {"source": "crm", "external_id": "1", "phone": "+81 3 1234"},
        {"source": "crm", "external_id": "1"},
    ]
    assert save(*rows) == (1, 2, 1, [])
    lead = Lead.objects.get()
    assert (lead.name, lead.title, lead.phone, lead.external_id) == ("Aiko", "CEO", "+81 3 1234", "1")


@pytest.mark.django_db
def test_a_row_that_names_two_leads_is_rejected_alone() -> None:
    save(DANA, {"source": "crm", "external_id": "18", "email": "lea@volta.example"})
    mixed = {"source": "crm", "external_id": "18", "email": "dana.roy@acme.example"}
    assert save(mixed, {"email": "new@x.example"}) == (1, 0, 0, [(0, "email_of_another_lead")])
    assert set(Lead.objects.values_list("email", flat=True)) == {
        "dana.roy@acme.example",
        "lea@volta.example",
        "new@x.example",
    }


@pytest.mark.django_db
def test_the_external_id_of_another_source_is_another_lead() -> None:
    assert save({"source": "a", "external_id": "1"}, {"source": "b", "external_id": "1"}) == (2, 0, 0, [])


@pytest.mark.django_db
def test_a_row_without_a_source_takes_the_one_of_the_call() -> None:
    save({"external_id": "1"}, source="landing page")
    assert Lead.objects.get().source == "landing page"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"email": "dana"}, "bad_email", "email"),
        ({"email": "dana@@acme.example"}, "bad_email", "email"),
        ({"created_at": "yesterday"}, "bad_date", "created_at"),
        ({"created_at": "2026-02-30"}, "bad_date", "created_at"),
        ({"created_at": "0001-01-01"}, "bad_date", "created_at"),
        ({"deal_amount": "a lot"}, "bad_number", "deal_amount"),
        ({"deal_amount": "-1"}, "bad_number", "deal_amount"),
        ({"deal_amount": "NaN"}, "bad_number", "deal_amount"),
        ({"deal_amount": "1e30"}, "bad_number", "deal_amount"),
        ({"converted": "perhaps"}, "bad_yes_no", "converted"),
        ({"stage": "warm"}, "unknown_stage", "stage"),
        ({"name": ["Dana"]}, "not_text", "name"),
        ({"name": "x" * 201}, "text_too_long", "name"),
        ({"name": "Da\x00na"}, "bad_character", "name"),
        ({"name": "Da\ud800na"}, "bad_character", "name"),
        ({"attributes": ["City"]}, "attributes_not_an_object", "attributes"),
        ({"attributes": {"City": {"name": "Pune"}}}, "bad_attribute", "attributes.City"),
        ({"attributes": {"City": float("nan")}}, "bad_attribute", "attributes.City"),
        ({"attributes": {"City": "\x00"}}, "bad_character", "attributes.City"),
        ({"attributes": {" ": "x"}}, "bad_attribute_name", "attributes. "),
        ({"attributes": {str(n): n for n in range(501)}}, "too_many_attributes", "attributes"),
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"email": "", "external_id": None}, "no_identity", ""),
    ],
)
def test_a_bad_row_is_rejected_alone_with_its_field(change: dict[str, Any], code: str, field: str) -> None:
    report = save_leads([{**DANA, **change}, {"email": "good@x.example"}], by=None, at=AT)
    assert [(rejection.index, rejection.code, rejection.field) for rejection in report.rejected] == [(0, code, field)]
    assert list(Lead.objects.values_list("email", flat=True)) == ["good@x.example"]


@pytest.mark.django_db
def test_what_is_no_object_is_rejected() -> None:
    assert save("dana", None, ["a"]) == (
        0,
        0,
        0,
        [(0, "row_not_an_object"), (1, "row_not_an_object"), (2, "row_not_an_object")],
    )


@pytest.mark.django_db
def test_a_converted_lead_enters_as_lead_and_becomes_customer() -> None:
    save({**DANA, "converted": "1", "converted_at": "2026-10-20", "deal_amount": "1200.5"})
    lead = Lead.objects.get()
    assert (lead.stage, lead.converted, lead.deal_amount) == ("customer", True, Decimal("1200.50"))
    changes = list(StageChange.objects.order_by("at").values_list("old", "new", "at"))
    assert [(old, new) for old, new, _ in changes] == [("", "lead"), ("lead", "customer")]
    assert changes[1][2] == lead.converted_at == lead.stage_at


@pytest.mark.django_db
def test_a_mapped_stage_is_kept_and_a_move_is_logged() -> None:
    save({"email": "a@x.example", "stage": "Subscriber"})
    save({"email": "a@x.example", "stage": "MQL"}, at=LATER)
    assert Lead.objects.get().stage == "mql"
    assert list(StageChange.objects.order_by("id").values_list("old", "new")) == [("", "contact"), ("contact", "mql")]


@pytest.mark.django_db
def test_intake_moves_no_lead_that_was_passed_to_sales(active_terms: Any, make_lead: Any) -> None:
    lead = make_lead(email="a@x.example", stage="mql")
    Handoff.objects.create(lead=lead, version=active_terms, trigger="score", opened_at=AT)
    save({"email": "a@x.example", "stage": "lead", "converted": True}, at=LATER)
    lead.refresh_from_db()
    assert (lead.stage, lead.converted) == ("mql", True)


@pytest.mark.django_db
def test_a_batch_takes_the_same_number_of_queries_whatever_its_size(django_assert_max_num_queries: Any) -> None:
    rows = [{"source": "crm", "external_id": str(n), "email": f"p{n}@x.example"} for n in range(300)]
    with django_assert_max_num_queries(12):
        save(*rows)
    rows = [{**row, "name": "Somebody"} for row in rows]
    with django_assert_max_num_queries(10):
        assert save(*rows) == (0, 300, 0, [])


@pytest.mark.django_db(transaction=True)
def test_many_programs_with_the_same_people_make_each_person_once() -> None:
    rows = [{"source": "crm", "external_id": str(n), "email": f"p{n}@x.example", "name": f"P{n}"} for n in range(40)]
    reports: list[tuple[int, int, int]] = []

    def work(turn: int) -> None:
        mine = rows[turn:] + rows[:turn]
        report = save_leads(mine[:: -1 if turn % 2 else 1], by=None, at=AT)
        reports.append((report.created, report.updated, report.unchanged))
        connection.close()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 8
    assert sum(created for created, _, _ in reports) == Lead.objects.count() == 40
    assert sum(unchanged for _, _, unchanged in reports) == 280
    assert StageChange.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_lead_all_get_through() -> None:
    save(DANA)
    outcomes: list[int] = []

    def work(turn: int) -> None:
        for n in range(5):
            outcomes.append(save_leads([{**DANA, "attributes": {f"key {turn} {n}": "x"}}], by=None, at=AT).updated)
        connection.close()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 30
    assert len(Lead.objects.get().attributes) == 32
