"""Exports of HubSpot, Salesforce, Pipedrive and Marketo: their headers map by themselves, and their files come in."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from leads.imports.guessing import guess_map, samples_of, suggested_map
from leads.imports.reading import open_csv
from leads.imports.running import counts_of, run_import
from leads.imports.storing import import_of_path
from leads.imports.systems import system_of
from leads.models import Lead

AT = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "formats"
with_formats = pytest.mark.skipif(not FORMATS.is_dir(), reason="../shared is absent: no sample exports to read")

HUBSPOT = {
    "Record ID": "external_id",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Phone Number": "phone",
    "Job Title": "title",
    "Company Name": "company",
    "Country/Region": "country",
    "Lifecycle Stage": "stage",
    "Original Source": "source",
    "Create Date": "created_at",
    "Close Date": "converted_at",
    "Total Revenue": "deal_amount",
}
HUBSPOT_NAMES = {
    "hs_object_id": "external_id",
    "firstname": "first_name",
    "lastname": "last_name",
    "email": "email",
    "phone": "phone",
    "jobtitle": "title",
    "company": "company",
    "country": "country",
    "lifecyclestage": "stage",
    "hs_analytics_source": "source",
    "createdate": "created_at",
    "closedate": "converted_at",
    "total_revenue": "deal_amount",
}
SALESFORCE = {
    "Lead ID": "external_id",
    "Email": "email",
    "Full Name": "name",
    "Company": "company",
    "Phone": "phone",
    "Country": "country",
    "Lead Source": "source",
}
SALESFORCE_NAMES = {
    "Id": "external_id",
    "Email": "email",
    "Name": "name",
    "Company": "company",
    "Title": "title",
    "Phone": "phone",
    "Country": "country",
    "LeadSource": "source",
    "CreatedDate": "created_at",
    "IsConverted": "converted",
    "ConvertedDate": "converted_at",
}
MARKETO = {
    "Id": "external_id",
    "Email Address": "email",
    "Full Name": "name",
    "Company Name": "company",
    "Job Title": "title",
    "Phone Number": "phone",
    "Country": "country",
    "Lead Source": "source",
    "Created At": "created_at",
}
MARKETO_NAMES = {
    "id": "external_id",
    "email": "email",
    "mktoName": "name",
    "company": "company",
    "title": "title",
    "phone": "phone",
    "country": "country",
    "leadSource": "source",
    "createdAt": "created_at",
}
PIPEDRIVE_LEADS = {
    "Lead - Pipedrive System ID": "external_id",
    "Contact person": "name",
    "Organization": "company",
    "Lead - Source channel": "source",
}
PIPEDRIVE_OTHERS = {
    "Person": {
        "Person - Pipedrive System ID": "external_id",
        "Person - Email": "email",
        "Person - Name": "name",
        "Organization name": "company",
        "Person - Phone": "phone",
        "Person - Creation date": "created_at",
    },
    "Deal": {
        "Deal - Pipedrive System ID": "external_id",
        "Contact person": "name",
        "Organization": "company",
        "Deal - Creation date": "created_at",
        "Deal - Won time": "converted_at",
        "Deal - Value": "deal_amount",
    },
    # An activity names no lead that a row could be: whoever wants it says so.
    "Activity": {"Contact person": "name", "Organization": "company"},
}


def table(path: str, column: str) -> list[str]:
    """The different filled cells of a column."""
    with (FORMATS / path).open(encoding="utf-8-sig", newline="") as file:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(file) if row[column]))


def recognised(headers: list[str]) -> tuple[str, dict[str, str]]:
    system = system_of(headers)
    return system.name if system else "", guess_map(headers, [])["columns"]


@with_formats
@pytest.mark.parametrize(
    ("name", "path", "column", "expected"),
    [
        ("HubSpot", "hubspot/contacts_export_columns.csv", "export_label", HUBSPOT),
        ("HubSpot", "hubspot/contacts_export_columns.csv", "internal_name", HUBSPOT_NAMES),
        ("Salesforce", "salesforce/lead_field_reference.csv", "import_wizard_label", SALESFORCE),
        ("Salesforce", "salesforce/lead_field_reference.csv", "api_name", SALESFORCE_NAMES),
        ("Marketo", "marketo/fivetran_marketo_lead_describe_data.csv", "display_name", MARKETO),
        ("Marketo", "marketo/fivetran_marketo_lead_describe_data.csv", "restname", MARKETO_NAMES),
    ],
)
def test_every_known_header_maps_as_it_is_meant(name: str, path: str, column: str, expected: dict[str, str]) -> None:
    assert recognised(table(path, column)) == (name, expected)


@with_formats
def test_the_labels_of_salesforce_are_known_too() -> None:
    _, columns = recognised(table("salesforce/lead_field_reference.csv", "field_label"))
    assert columns["Created Date"] == "created_at"
    assert columns["Converted"] == "converted"
    assert columns["Converted Date"] == "converted_at"
    assert columns["Title"] == "title"
    assert not {"Address", "Lead Owner", "Lead Status", "Mobile"} & columns.keys()


@with_formats
def test_the_headers_of_pipedrive_name_their_entity() -> None:
    leads = (FORMATS / "pipedrive/leads_export_headers.csv").read_text().strip().split(",")
    assert recognised(leads) == ("Pipedrive", PIPEDRIVE_LEADS)
    others = json.loads((FORMATS / "pipedrive/other_export_headers.json").read_text())
    assert {entity: recognised(others[entity]) for entity in PIPEDRIVE_OTHERS} == {
        entity: ("Pipedrive", columns) for entity, columns in PIPEDRIVE_OTHERS.items()
    }


@pytest.mark.parametrize(
    "headers",
    [
        ["email", "name"],
        ["Name", "Email", "Company", "Title", "Phone", "Country", "City", "Status", "Lead Source"],
        ["Email", "First Name", "Last Name"],
        ["Name", "City", "Budget", "Colour"],
        ["Email", "Name", "Notes", "Colour", "Height", "Weight"],
    ],
)
def test_what_anybody_could_have_written_is_no_systems_export(headers: list[str]) -> None:
    assert system_of(headers) is None


@pytest.mark.parametrize(
    ("headers", "column"),
    [
        (["Record ID", "Email", "Lifecycle Stage", "Mobile Phone Number"], "Mobile Phone Number"),
        (["Lead ID", "Email", "Company / Account", "Lead Owner", "Mobile"], "Mobile"),
    ],
)
def test_a_mobile_number_stands_in_where_there_is_no_other(headers: list[str], column: str) -> None:
    assert guess_map(headers, [])["columns"][column] == "phone"


@pytest.mark.django_db
@with_formats
@pytest.mark.parametrize(
    ("path", "figures", "told"),
    [
        ("hubspot/fivetran_contact_data.csv", (22, 22), {"external_id": "78971951", "company": "SampleCompany"}),
        ("salesforce/fivetran_sf_lead_data.csv", (1, 1), {"email": "h@gmail.com", "converted": True, "company": "Z"}),
        (
            "marketo/fivetran_marketo_lead_data.csv",
            (100, 100),
            {"external_id": "1031229", "email": "first_last_001@email.com", "name": "first_001 last_001"},
        ),
    ],
)
def test_a_sample_file_comes_in_as_it_is(path: str, figures: tuple[int, int], told: dict[str, object]) -> None:
    file = open_csv(FORMATS / path)
    column_map = suggested_map(file.headers, samples_of(file))
    lead_import = import_of_path(FORMATS / path, file, column_map=column_map, by=None, at=AT)
    run_import(lead_import, file, progress=lambda done, total: None, at=AT)
    counts = counts_of(lead_import)
    assert (counts["rows"], counts["created"] + counts["updated"]) == figures
    first = Lead.objects.order_by("id").values(*told)[0]
    assert first == told


HUBSPOT_EXPORT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lifecycle Stage,Create Date\n"
    "201,Test,Testerson,testingapis@hubspot.example,555-122-2323,Ana,Marketing Qualified Lead,2021-01-14 14:26\n"
    "202,Eva,Ngo,eva@nordlys.example,,Ana,Evangelist,2021-01-15 14:26\n"
    "203,Ola,Berg,ola@nordlys.example,,Ana,Other,2021-01-16 14:26\n"
)
PIPEDRIVE_EXPORT = (
    "Person - Name,Person - Email,Person - Phone,Organization name,Person - Pipedrive System ID\n"
    'Ana Fjord,"ana@fjord.example, ana@home.example","+47 22 33 44 55, +47 99 88 77 66",Fjord,7\n'
)


@pytest.mark.django_db
def test_stages_are_told_by_their_labels_and_owners_stay_attributes(tmp_path: Path) -> None:
    assert taken(tmp_path, HUBSPOT_EXPORT) == {"created": 3, "rejected": 0}
    found = Lead.objects.order_by("id").values_list("external_id", "stage", "name", "attributes")
    assert list(found) == [
        ("201", "mql", "Test Testerson", {"Contact owner": "Ana"}),
        ("202", "customer", "Eva Ngo", {"Contact owner": "Ana"}),
        ("203", "lead", "Ola Berg", {"Contact owner": "Ana"}),
    ]


@pytest.mark.django_db
def test_of_several_addresses_in_a_cell_the_first_is_the_leads(tmp_path: Path) -> None:
    assert taken(tmp_path, PIPEDRIVE_EXPORT) == {"created": 1, "rejected": 0}
    lead = Lead.objects.get()
    assert (lead.email, lead.phone, lead.company) == ("ana@fjord.example", "+47 22 33 44 55", "Fjord")
    assert lead.as_read["Person - Email"] == "ana@fjord.example, ana@home.example"


def taken(folder: Path, text: str) -> dict[str, int]:
    path = folder / "export.csv"
    path.write_text(text)
    file = open_csv(path)
    column_map = suggested_map(file.headers, samples_of(file))
    lead_import = import_of_path(path, file, column_map=column_map, by=None, at=AT)
    run_import(lead_import, file, progress=lambda done, total: None, at=AT)
    counts = counts_of(lead_import)
    return {name: counts[name] for name in ("created", "rejected")}
