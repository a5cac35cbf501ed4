"""Imports from end to end: mapped, checked, run in pieces, run twice, killed, and given back cell by cell."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.export import write_leads, write_scores
from leads.imports import jobs, running
from leads.imports.guessing import guess_map, samples_of, suggested_map
from leads.imports.reading import open_csv
from leads.imports.storing import import_of_path, store_upload
from leads.models import ColumnMap, Handoff, Lead, LeadImport, LeadScore, RejectedRow
from leads.models.imports import ImportKind
from leads.scoring import score_dirty
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.drain import drain
from slaportal.web.refusals import Refused, RefusedInput, words_for
from tests.leads.tables import HEADERS, MAP, ROWS, text_of

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
Run = Callable[..., LeadImport]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Import rows (or a text) from a file in one go."""

    def run(
        rows: list[list[str]] | str = ROWS, column_map: Any = MAP, progress: Any = lambda done, total: None
    ) -> LeadImport:
        path = tmp_path / "leads.csv"
        path.write_text(rows if isinstance(rows, str) else text_of(rows), newline="")
        file = open_csv(path)
        lead_import = import_of_path(path, file, column_map=column_map, by=None, at=AT)
        running.run_import(lead_import, file, progress=progress, at=AT)
        return lead_import

    return run


def figures(lead_import: LeadImport) -> tuple[int, int, int, int, int]:
    counts = running.counts_of(lead_import)
    return counts["rows"], counts["created"], counts["updated"], counts["unchanged"], counts["rejected"]


def exported(like: LeadImport) -> list[list[str]]:
    text = io.StringIO()
    write_leads(text, like=like)
    return list(csv.reader(io.StringIO(text.getvalue(), newline="")))


def test_columns_fill_fields_and_the_rest_become_attributes(run: Run) -> None:
    assert figures(run()) == (4, 4, 0, 0, 0)
    aiko, lea, petit, jo = Lead.objects.order_by("id")
    assert (aiko.email, aiko.name, aiko.converted) == ("aiko@nordlys.example", "Aiko Mori", False)
    assert aiko.created_at == dt.datetime(2026, 10, 15, 15, 45, tzinfo=dt.UTC)
    assert aiko.attributes == {"City": "Oslo"}
    assert (lea.stage, lea.converted, str(lea.deal_amount), lea.attributes) == ("customer", True, "1200.50", {})
    assert (petit.name, petit.email, str(petit.deal_amount), petit.attributes) == (
        "Petit",
        "",
        "1200.50",
        {"City": "Pune"},
    )
    assert (jo.stage, jo.converted, jo.created_at) == ("contact", None, dt.datetime(2026, 10, 1, 6, tzinfo=dt.UTC))


def test_the_export_equals_the_file_cell_by_cell(run: Run) -> None:
    assert exported(run()) == [HEADERS, *([cell.strip() for cell in row] for row in ROWS)]


def test_the_same_file_again_changes_nothing(run: Run) -> None:
    run()
    before = list(Lead.objects.order_by("id").values())
    assert figures(run()) == (4, 0, 0, 4, 0)
    assert list(Lead.objects.order_by("id").values()) == before


def test_an_edited_value_is_exported_instead_of_the_old_text(run: Run) -> None:
    lead_import = run()
    Lead.objects.filter(external_id="1").update(email="mori@nordlys.example", name="Aiko M. Mori")
    Lead.objects.filter(external_id="2").update(attributes={"City": "Rome"}, converted=False)
    _, aiko, lea, *_ = exported(lead_import)
    assert aiko[1:4] == ["mori@nordlys.example", "Aiko M.", "Mori"]
    assert (lea[6], lea[8]) == ("0", "Rome")


def test_a_person_known_to_another_system_keeps_both_names(run: Run) -> None:
    first = run([["1", "aiko@nordlys.example", *[""] * 7]])
    other = run("Lead ID,Mail\n00Q9,Aiko@nordlys.example\n", {"columns": {"Lead ID": "external_id", "Mail": "email"}})
    assert figures(other) == (1, 0, 1, 0, 0)
    assert exported(first)[1][:2] == ["1", "aiko@nordlys.example"]
    assert exported(other)[1] == ["00Q9", "Aiko@nordlys.example"]


def test_two_rows_of_a_person_end_as_one_lead(run: Run) -> None:
    rows = [["1", "a@x.example", *[""] * 6, "Oslo"], ["1", "", *[""] * 6, "Bern"], ["1", "A@X.example", *[""] * 7]]
    assert figures(run(rows)) == (3, 1, 2, 0, 0)
    assert Lead.objects.get().attributes == {"City": "Bern"}


@pytest.mark.parametrize(
    ("change", "code", "column", "told"),
    [
        ({1: "aiko at nordlys"}, "bad_email", "Email", "aiko at nordlys"),
        ({4: "15/10/2026"}, "bad_date", "Create Date", "15/10/2026"),
        ({4: "32.13.2026"}, "bad_date", "Create Date", ""),
        ({5: "warm"}, "unknown_stage", "Stage", "warm"),
        ({6: "perhaps"}, "bad_yes_no", "Won", "perhaps"),
        ({7: "much"}, "bad_number", "Amount", "much"),
        ({0: "", 1: ""}, "no_identity", "", ""),
        ({0: "x" * 201}, "text_too_long", "Record ID", "200"),
        ({3: "x" * 200}, "text_too_long", "Last Name", "200"),
    ],
)
def test_a_bad_row_is_rejected_alone_with_line_and_column(
    run: Run, change: dict[int, str], code: str, column: str, told: str
) -> None:
    bad = [change.get(place, cell) for place, cell in enumerate(ROWS[0])]
    assert figures(run([ROWS[1], bad, ROWS[2]])) == (3, 2, 0, 0, 1)
    rejected = RejectedRow.objects.get()
    assert (rejected.line, rejected.code, rejected.column, rejected.cells) == (3, code, column, bad)
    assert told in words_for(RefusedInput(rejected.code, **rejected.facts))


def test_unreadable_and_conflicting_rows_are_told_with_their_lines(run: Run) -> None:
    run([["1", "a@x.example", *[""] * 7], ["2", "b@x.example", *[""] * 7]])
    text = text_of([["2", "a@x.example", *[""] * 7]]) + "short,row\n" + '"odd"x' + "," * 8 + "\n"
    assert figures(run(text)) == (3, 0, 0, 0, 3)
    told = RejectedRow.objects.order_by("line").values_list("line", "code", "column")
    assert list(told) == [
        (2, "email_of_another_lead", "Email"),
        (3, "row_too_short", ""),
        (4, "quotes_out_of_place", ""),
    ]


@pytest.mark.parametrize(
    ("column_map", "code", "told"),
    [
        ([], "map_not_an_object", ""),
        ({"columns": []}, "map_not_an_object", ""),
        ({"columns": {"Email": "email"}, "colums": {}}, "map_unknown_key", "colums"),
        ({"columns": {"E-Mail": "email"}}, "map_absent_column", "E-Mail"),
        ({"columns": {"Email": "e-mail"}}, "map_unknown_field", "e-mail"),
        ({"columns": {"Email": ["email"]}}, "map_unknown_field", "Email"),
        ({"columns": {"Email": "email", "City": "email"}}, "map_field_twice", "City"),
        ({"columns": {"Email": "email", "Won": "attributes.City"}}, "map_field_twice", "City"),
        ({"columns": {"City": "name"}}, "no_identity_column", "email"),
        ({"columns": {"Email": "email"}, "blank": "Select"}, "map_bad_blank", ""),
        ({"columns": {"Email": "email"}, "dates": "american"}, "map_bad_dates", ""),
    ],
)
def test_a_bad_map_is_refused_whole_and_names_the_column(run: Run, column_map: Any, code: str, told: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        run(ROWS, column_map)
    assert caught.value.code == code
    assert told in words_for(caught.value)
    assert not Lead.objects.exists()


def test_a_file_that_is_bad_at_its_end_changes_nothing(run: Run) -> None:
    with pytest.raises(RefusedInput, match="line 6"):
        run(text_of(ROWS) + '5,"cut o')
    assert not Lead.objects.exists()


def test_a_null_leaves_a_column_out_and_a_column_may_be_renamed(run: Run) -> None:
    column_map = {
        "columns": {"Email": "email", "City": "attributes.town", "Won": None, "Stage": None, "Create Date": None}
    }
    lead_import = run([ROWS[0]], column_map)
    attributes = {"Record ID": "1", "First Name": "Aiko", "Last Name": "Mori", "town": "Oslo"}
    assert Lead.objects.get().attributes == attributes
    assert exported(lead_import)[1][4:] == ["", "", "", "", "Oslo"]


@pytest.mark.parametrize("killed_at", [1, 2, 3, 4])
def test_a_run_that_was_killed_goes_on_where_it_stopped(
    run: Run, monkeypatch: Any, tmp_path: Path, killed_at: int
) -> None:
    monkeypatch.setattr(running, "CHUNK", 3)
    rows = [[str(n), f"p{n}@x.example", *[""] * 6, str(n % 3)] for n in range(9)] + [["", "bad", *[""] * 7]]
    chunks = iter(range(1, 99))

    def kill(done: int, total: int) -> None:
        if next(chunks) == killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(rows, MAP, kill)
    lead_import = LeadImport.objects.get()
    assert lead_import.n_rows == min(3 * killed_at, 10)
    running.run_import(lead_import, open_csv(tmp_path / "leads.csv"), progress=lambda done, total: None, at=AT)
    assert figures(lead_import) == (10, 9, 0, 0, 1)
    assert Lead.objects.count() == 9
    assert lead_import.rejected_rows.count() == 1
    assert AuditEntry.objects.filter(action="leads.imported").count() == 1


def test_a_chunk_and_its_counts_are_saved_together_or_not_at_all(run: Run, monkeypatch: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(RejectedRow.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        run()
    assert (Lead.objects.count(), LeadImport.objects.get().n_rows) == (0, 0)


def test_a_second_worker_on_the_same_row_gives_up(run: Run, tmp_path: Path) -> None:
    stale: list[LeadImport] = []
    run(ROWS, MAP, lambda done, total: stale.append(LeadImport(pk=LeadImport.objects.get().pk, n_rows=0)))
    stale[0].column_map = MAP
    with pytest.raises(Refused, match="running already"):
        running.run_import(stale[0], open_csv(tmp_path / "leads.csv"), progress=lambda done, total: None, at=AT)
    assert LeadImport.objects.get().n_created == 4


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["Prospect ID", "Lead Number", "Lead Source", "Converted", "Country"],
            ["external_id", None, "source", "converted", "country"],
        ),
        (
            ["Record ID", "First Name", "Last Name", "Email", "Create Date"],
            ["external_id", "first_name", "last_name", "email", "created_at"],
        ),
        (
            ["E-mail Address", "Full name", "First Name", "Organization", "Job Title"],
            ["email", "name", None, "company", "title"],
        ),
        (
            ["Id", "Email", "Company", "Phone Number", "Original Source"],
            ["external_id", "email", "company", "phone", "source"],
        ),
    ],
)
def test_well_known_headers_are_recognised(headers: list[str], expected: list[str | None]) -> None:
    columns = guess_map(headers, [])["columns"]
    assert [columns.get(header) for header in headers] == expected


def test_cells_that_do_not_fit_a_field_speak_against_the_guess() -> None:
    guessed = guess_map(
        ["Email", "Stage", "Created"], [["a@x.example", "warm", "25/12/2026"], ["", "cold", "01/02/2026"]]
    )
    assert guessed == {"columns": {"Email": "email", "Created": "created_at"}, "blank": [], "dates": "dmy"}


def test_a_column_called_domain_holds_domains_however_bad_its_cells_are() -> None:
    rows = [["Fjord", "gmail.com", "not there"], ["Nordlys", "not a domain", "n/a"]]
    guessed = guess_map(["Name", "Company Domain", "Website"], rows, ImportKind.ACCOUNTS)
    assert guessed["columns"] == {"Name": "name", "Company Domain": "domains"}


def upload(text: str, by: User, name: str = "leads.csv") -> LeadImport:
    return store_upload([text.encode()], file_name=name, encoding="", by=by, at=AT)[0]


@pytest.fixture
def data_folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "imports"


def test_an_upload_is_kept_once_by_its_digest(data_folder: Path, ada: User) -> None:
    first, second = upload(text_of(ROWS), ada), upload(text_of(ROWS), ada, "again.csv")
    assert first.path == second.path == f"imports/{first.sha256}.csv"
    assert [path.name for path in data_folder.iterdir()] == [f"{first.sha256}.csv"]
    assert (first.headers, first.size, first.by) == (HEADERS, len(text_of(ROWS)), ada)


def test_an_upload_that_is_no_table_leaves_nothing_behind(data_folder: Path, ada: User) -> None:
    with pytest.raises(RefusedInput, match="spreadsheet"):
        store_upload([b"PK\x03\x04"], file_name="leads.xlsx", encoding="", by=ada, at=AT)
    assert not list(data_folder.iterdir())
    assert not LeadImport.objects.exists()


def test_the_check_counts_exactly_and_writes_nothing(data_folder: Path, ada: User, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr("leads.imports.checking.CHUNK", 2)
    run(ROWS[:2])
    before = list(Lead.objects.values())
    changed = [*ROWS[1][:8], "Rome"]
    bad = ["9", "no", *[""] * 7]
    rows = [ROWS[0], changed, ROWS[2], ["3", "", *[""] * 6, "=Bern"], bad, bad]
    lead_import = jobs.start_check(lead_import=upload(text_of(rows), ada), column_map=MAP, by=ada, at=AT)
    drain()
    lead_import.refresh_from_db()
    assert lead_import.state == "checked"
    assert lead_import.job is not None
    counts, problems = lead_import.job.result["counts"], lead_import.job.result["problems"]
    assert counts == {"rows": 6, "created": 1, "updated": 2, "unchanged": 1, "rejected": 2}
    assert [(group["code"], group["column"], group["rows"], group["lines"]) for group in problems] == [
        ("bad_email", "Email", 2, [6, 7])
    ]
    warnings = [(group["code"], group["column"], group["lines"]) for group in lead_import.job.result["warnings"]]
    assert warnings == [("formula_cell", "City", [5]), ("row_again", "", [5])]
    assert list(Lead.objects.values()) == before
    jobs.start_run(lead_import=lead_import, by=ada, at=AT)
    drain()
    lead_import.refresh_from_db()
    assert figures(lead_import) == (6, 1, 2, 1, 2)


def test_a_run_starts_once_and_scores_what_came_in(data_folder: Path, ada: User, active_terms: Any) -> None:
    lead_import = jobs.start_check(lead_import=upload(text_of(ROWS), ada), column_map=MAP, by=ada, at=AT)
    jobs.start_run(lead_import=lead_import, by=ada, at=AT)
    with pytest.raises(Refused, match="running already"):
        jobs.start_run(lead_import=lead_import, by=ada, at=AT)
    drain()
    with pytest.raises(Refused, match="running already"):
        jobs.start_check(lead_import=lead_import, column_map=MAP, by=ada, at=AT)
    lead_import.refresh_from_db()
    assert lead_import.job is not None
    assert (lead_import.state, lead_import.job.state, figures(lead_import)) == ("done", "done", (4, 4, 0, 0, 0))
    assert LeadScore.objects.count() == 4
    assert not Handoff.objects.exists()


def test_a_file_found_bad_by_the_check_fails_with_its_reason(data_folder: Path, ada: User) -> None:
    lead_import = jobs.start_check(lead_import=upload(text_of(ROWS) + '5,"cut', ada), column_map=MAP, by=ada, at=AT)
    drain()
    lead_import.refresh_from_db()
    assert (lead_import.state, lead_import.error["code"]) == ("failed", "quote_never_closed")
    assert lead_import.job is not None
    assert lead_import.job.state == "failed"


def test_the_map_is_remembered_for_the_same_headers(data_folder: Path, ada: User) -> None:
    lead_import = upload(text_of(ROWS), ada)
    samples = samples_of(running.reopened(lead_import))
    assert suggested_map(HEADERS, samples)["blank"] == ["Select"]
    jobs.start_check(lead_import=lead_import, column_map=MAP, by=ada, at=AT)
    assert suggested_map([*reversed(HEADERS)], samples) == MAP
    assert ColumnMap.objects.count() == 1


def test_the_scores_export_has_the_agreed_columns(run: Run, active_terms: Any) -> None:
    run()
    score_dirty(timezone.now())
    text = io.StringIO()
    assert write_scores(text, at=timezone.now()) == 4
    header, first, *_ = csv.reader(io.StringIO(text.getvalue()))
    assert header == ["external_id", "email", "fit", "interest", "band", "stage", "attributes.City"]
    assert first[:2] == ["1", "aiko@nordlys.example"]
    assert first[2].isdigit()
    assert (first[4][1], first[5], first[6]) == ("3", "lead", "Oslo")


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            words,
            st.sampled_from(["", "Select", "0", "1", "yes", "NO", "True"]),
            st.sampled_from(["", "Select", "2026-10-01", "10/15/2026", "2026-10-01 08:00:00.5"]),
            st.sampled_from(["", "12", "12.5", "$1,000", "0.00"]),
            st.one_of(words, st.sampled_from(["Select", "'=1", "=1", " x "])),
        ),
        max_size=4,
    )
)
def test_whatever_came_in_is_exported_as_it_was(run: Run, rows: list[tuple[str, ...]]) -> None:
    Lead.objects.all().delete()
    table = [
        [f"id {n}", "", name, "", day, "", won, money, city] for n, (name, won, day, money, city) in enumerate(rows)
    ]
    lead_import = run(table)
    assert lead_import.n_rejected == 0
    assert exported(lead_import)[1:] == [[cell.strip() for cell in row] for row in table]
    assert run(table).n_unchanged == len(table)
