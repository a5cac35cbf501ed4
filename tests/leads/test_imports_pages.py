"""The import in the browser: each step, who may take it, and what comes back."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from leads.imports import jobs
from leads.models import Handoff, Lead, LeadImport
from slaportal.accounts.models import User
from slaportal.outbox.drain import drain
from slaportal.outbox.models import Job
from tests.leads.tables import HEADERS, MAP, ROWS, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def page(client: Client, mia: User) -> Client:
    """The browser of the marketing manager."""
    client.force_login(mia)
    return client


def choose(page: Client, text: str | bytes, name: str = "leads.csv", **fields: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return page.post("/imports/new/", {"file": SimpleUploadedFile(name, content), **fields})


def mapped() -> dict[str, str]:
    """The map form filled in as MAP says."""
    columns = {f"column_{place}": MAP["columns"].get(header, "attribute") for place, header in enumerate(HEADERS)}
    return {**columns, "blank": "Select\r\n", "dates": "mdy"}


def at(step: str) -> str:
    return f"/imports/{LeadImport.objects.get().public_id}/{step}/"


def test_a_file_goes_all_the_way_without_javascript(page: Client, active_terms: Any) -> None:
    bad = ["9", "=cmd@x", *[""] * 7]
    answer = choose(page, text_of([*ROWS, bad]))
    assert (answer.status_code, answer["Location"]) == (302, at("map"))
    text = page.get(at("map")).content.decode()
    assert "AIKO@nordlys.example" in text
    assert re.search(r'name="column_0".*?value="external_id" selected', text, re.DOTALL)
    assert page.post(at("map"), mapped())["Location"] == at("check")
    assert "begins within seconds" in page.get(at("check")).content.decode()
    drain()
    text = page.get(at("check")).content.decode()
    assert "is not an e-mail address" in text
    assert "Start the import" in text
    assert not Lead.objects.exists()
    assert page.post(at("check"))["Location"] == at("run")
    assert "Importing the file" in page.get(at("run")).content.decode()
    drain()
    assert page.get(at("run"))["Location"] == at("report")
    assert "See the leads" in page.get(at("report")).content.decode()
    assert Lead.objects.count() == 4
    assert page.get("/imports/").status_code == 200


def test_rejected_rows_come_back_with_reasons_and_no_formulas(page: Client) -> None:
    choose(page, text_of([["1", "=cmd@x", *[""] * 7], ["2", "", "@SUM", *[""] * 7]]))
    page.post(at("map"), mapped())
    page.post(at("check"))
    drain()
    answer = page.get(at("rejected"))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))
    assert rows[0] == [*HEADERS, "Line", "Column", "Reason"]
    assert rows[1][:2] == ["1", "'=cmd@x"]
    assert rows[1][9:] == ["2", "Email", "“=cmd@x” is not an e-mail address."]
    assert rows[2][2] == "'@SUM"
    assert rows[2][9:] == ["3", "", "This row has 10 cells; the header has 9.", ""]


@pytest.mark.parametrize(
    ("content", "fields", "told"),
    [
        (b"", {}, "The file is empty."),
        (b"PK\x03\x04", {}, "spreadsheet"),
        (b"Email\nZ\xfcrich\n", {}, "Line 2 is not utf-8 text"),
        (b"a@x.example\n", {}, "column names"),
        (b"Email,Email\n", {}, "two columns"),
        (b"Email\n", {"encoding": "klingon"}, "klingon"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_on_the_spot(
    page: Client, content: bytes, fields: dict[str, str], told: str
) -> None:
    answer = choose(page, content, **fields)
    assert answer.status_code == 422
    assert told.lower() in answer.content.decode().lower()
    assert not LeadImport.objects.exists()


def test_a_file_without_a_choice_is_asked_for(page: Client) -> None:
    assert page.post("/imports/new/", {}).status_code == 422


def test_a_map_without_any_identity_is_refused_with_the_form(page: Client) -> None:
    choose(page, text_of(ROWS))
    answer = page.post(at("map"), {**mapped(), "column_0": "attribute", "column_1": "leave_out"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "No column holds an e-mail address" in text
    assert re.search(r'name="column_1".*?value="leave_out" selected', text, re.DOTALL)


def test_a_short_file_that_is_cut_off_is_refused_before_its_columns(page: Client) -> None:
    choose(page, text_of(ROWS) + '9,"cut')
    answer = page.get(at("map"))
    assert answer.status_code == 422
    assert "opened in line 6 is never closed" in answer.content.decode()


def test_a_long_file_that_is_cut_off_is_refused_by_the_check(page: Client) -> None:
    choose(page, text_of([[str(n), f"a{n}@x.example", *[""] * 7] for n in range(150)]) + '9,"cut')
    page.post(at("map"), mapped())
    drain()
    assert "opened in line 152 is never closed" in page.get(at("check")).content.decode()
    assert page.post(at("map"), mapped()).status_code == 302


def test_each_step_leads_to_where_the_import_stands(page: Client) -> None:
    choose(page, text_of(ROWS))
    assert (
        page.get(at("check"))["Location"]
        == page.get(at("run"))["Location"]
        == page.get(at("report"))["Location"]
        == at("map")
    )
    page.post(at("map"), mapped())
    page.post(at("check"))
    assert page.get(at("map"))["Location"] == page.get(at("check"))["Location"] == at("run")
    assert page.post(at("check")).status_code == 422
    drain()
    assert (
        page.get(at("map"))["Location"]
        == page.get(at("check"))["Location"]
        == page.get(at("run"))["Location"]
        == at("report")
    )


def test_a_run_that_failed_for_good_goes_on_when_asked(page: Client) -> None:
    choose(page, text_of(ROWS))
    page.post(at("map"), mapped())
    page.post(at("check"))
    Job.objects.filter(kind=jobs.RUN).update(state="failed")
    assert "Go on where it stopped" in page.get(at("run")).content.decode()
    assert page.post(at("check"))["Location"] == at("run")
    drain()
    assert page.get(at("report")).status_code == 200
    assert Lead.objects.count() == 4


def test_qualified_leads_are_handed_over_when_asked(
    page: Client, active_terms: Any, sam: User, monkeypatch: Any
) -> None:
    choose(page, text_of(ROWS[:1]))
    page.post(at("map"), mapped())
    page.post(at("check"))
    drain()
    waiting = Lead.objects.filter(handoffs=None)
    monkeypatch.setattr("leads.past.qualified_leads", lambda in_force, at, only: waiting.all())
    monkeypatch.setattr("leads.past.hottest_qualified", lambda in_force, at, limit, only: waiting[:limit])
    assert "Hand them over" in page.get(at("report")).content.decode()
    assert not Handoff.objects.exists()
    page.post(at("handoff"))
    page.post(at("handoff"))
    drain()
    assert Handoff.objects.count() == 1
    assert "Hand them over" not in page.get(at("report")).content.decode()


@pytest.mark.parametrize("step", ["map", "check", "run", "report", "rejected", "handoff"])
def test_reps_import_nothing(client: Client, mia: User, sam: User, step: str) -> None:
    client.force_login(mia)
    choose(client, text_of(ROWS))
    client.force_login(sam)
    method = client.post if step == "handoff" else client.get
    assert method(at(step)).status_code == 403
    assert client.get("/imports/new/").status_code == client.get("/imports/").status_code == 403


def test_an_import_that_is_not_there_is_not_found(page: Client) -> None:
    assert page.get("/imports/00000000-0000-4000-8000-000000000000/map/").status_code == 404


def test_forms_need_their_token(mia: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mia)
    assert choose(strict, text_of(ROWS)).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', strict.get("/imports/new/").content.decode())
    assert token is not None
    assert choose(strict, text_of(ROWS), csrfmiddlewaretoken=token[1]).status_code == 302


def test_a_page_of_many_columns_costs_few_queries(page: Client, django_assert_max_num_queries: Any) -> None:
    headers = ["Email", *(f"c{n}" for n in range(150))]
    choose(page, text_of([[f"a{n}@x.example", *["x"] * 150] for n in range(30)], headers))
    with django_assert_max_num_queries(8):
        assert page.get(at("map")).status_code == 200
