"""An import in a real browser, from the file to the rejected rows, with the job's work done between two looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leads.models import Lead, LeadImport
from slaportal.accounts.models import User
from tests.flows.browser import Browser, expect, needs_chromium
from tests.flows.conftest import background

pytestmark = [needs_chromium, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("active_terms")]

HEADER = "Prospect ID,Email,First Name,Last Name,Company,Country,Job,Employees,Quality\r\n"
GOOD = "p{0},lead{0}@fjord.example,Noor,Haas {0},Fjord,France,Head of Sales,400,Select\r\n"
BAD = "p98,not an address,Bo,Holm,Fjord,France,Intern,3,High\r\np99,short\r\n"


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path) -> None:
    """Uploaded files go to a folder of this test."""
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prospects.csv"
    path.write_bytes(("\ufeff" + HEADER + "".join(GOOD.format(n) for n in range(12)) + BAD).encode())
    return path


def upload(page: Any, file: Path) -> None:
    page.goto("/leads/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Go on to the columns").click()


def column(page: Any, header: str) -> Any:
    return page.get_by_role("combobox", name=header)


def test_a_file_is_mapped_checked_run_and_reported(browser: Browser, file: Path, mina: User, sam: User) -> None:
    page = browser.window(mina)
    upload(page, file)
    expect(column(page, "Email")).to_have_value("email")
    column(page, "Job").select_option("title")
    page.get_by_label("Words that mean a blank").fill("Select")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("It begins within seconds.")).to_be_visible()
    background()
    # The page asks for itself until the job is over, and shows what came of it.
    expect(page.get_by_role("heading", name="What the run would do")).to_be_visible()
    assert not Lead.objects.exists()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("heading", name="The import runs")).to_be_visible()
    background()
    expect(page.locator("#import-counts")).to_contain_text("Leads added")

    counts = page.locator("#import-counts dd").all_inner_texts()
    assert counts == ["14", "12", "0", "0", "2"]
    assert Lead.objects.filter(title="Head of Sales", attributes__Employees="400").count() == 12
    assert not Lead.objects.filter(attributes__has_key="Quality", attributes__Quality="Select").exists()
    rejected = page.get_by_role("table").get_by_role("row")
    expect(rejected.nth(1)).to_contain_text("Email")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them with their reasons").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Prospect ID", "p98", "p99"]


def test_the_same_file_again_changes_nothing(browser: Browser, file: Path, mina: User) -> None:
    page = browser.window(mina)
    for _ in range(2):
        upload(page, file)
        page.get_by_role("button", name="Check the file").click()
        background()
        page.get_by_role("button", name="Start the import").click()
        expect(page.get_by_role("heading", name="The import runs")).to_be_visible()
        background()
        expect(page.locator("#import-counts")).to_contain_text("Leads added")

    assert page.locator("#import-counts dd").all_inner_texts() == ["14", "0", "0", "12", "2"]
    assert Lead.objects.count() == 12


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The file is empty."), (b"\x89PNG\r\n\x1a\n\x00\x00", "CSV"), (b"\xff\xfe\xfa\n\xe9", "UTF")],
)
def test_what_is_no_csv_is_refused_at_once(
    browser: Browser, tmp_path: Path, mina: User, content: bytes, words: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    page = browser.window(mina)
    upload(page, path)

    expect(page.locator("main")).to_contain_text(words)
    assert not LeadImport.objects.exists()


def test_an_import_hands_nobody_over(browser: Browser, tmp_path: Path, mina: User, sam: User) -> None:
    path = tmp_path / "history.csv"
    path.write_text(HEADER + GOOD.format(1))
    page = browser.window(mina)
    upload(page, path)
    page.get_by_role("button", name="Check the file").click()
    background()
    page.get_by_role("button", name="Start the import").click()
    background()

    expect(page.get_by_role("heading", name="Leads that qualify")).to_be_visible()
    expect(page.get_by_role("button", name="Hand them over")).to_have_count(0)
    assert Lead.objects.get().handoffs.count() == 0


def test_without_javascript_one_looks_again(browser: Browser, file: Path, mina: User) -> None:
    page = browser.window(mina, javascript=False)
    upload(page, file)
    page.get_by_role("button", name="Check the file").click()
    background()
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("button", name="Start the import").click()
    background()
    page.get_by_role("link", name="Look again").click()

    expect(page.locator("#import-counts")).to_contain_text("Leads added")
    assert Lead.objects.count() == 12
