"""The account list in the browser: who sees it, who keeps it, and what stands on it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agreements.models import AgreementVersion
from leads.accounts.saving import save_accounts
from leads.handoff import hand_off
from leads.intake import save_leads
from leads.models import Account, Lead, LeadImport
from leads.scoring import score_dirty
from slaportal.accounts.models import User
from slaportal.outbox.drain import drain
from tests.leads.pages import html, reader, text

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)
LIST = "/leads/accounts/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Account:
    row = {"name": "Acme", "domains": ["acme.com"], "tier": "1", "attributes": {"arr": 5}}
    save_accounts([row, {"name": "Volta", "is_target": False}], at=NOW)
    return Account.objects.get(name="Acme")


@pytest.fixture
def page(mia: User) -> Client:
    """The browser of the marketing manager."""
    return reader(mia)


def at(account: Account, step: str = "") -> str:
    return f"{LIST}{account.public_id}/{step}"


def typed(account: Account | None = None, **changes: Any) -> dict[str, Any]:
    seen = account.updated_at.isoformat() if account else ""
    names = ("name", "domains", "country", "industry", "size", "tier", "owner")
    return {**dict.fromkeys(names, ""), "seen_at": seen, **changes}


class TestReading:
    def test_the_list_says_how_warm_each_account_is(
        self, page: Client, acme: Account, active_terms: AgreementVersion, sam: User
    ) -> None:
        rows = [{"email": f"p{n}@acme.com", "title": "Head of Sales"} for n in range(3)]
        save_leads(rows, by=None, at=NOW)
        score_dirty(NOW)
        hand_off(lead=Lead.objects.all()[0], trigger="score", at=NOW)
        found = text(page.get(LIST))
        assert "2 accounts" in found
        assert "Acme Target acme.com 1 3 1 B3" in found.replace("  ", " ")

    def test_filters_leave_what_was_asked_for(self, page: Client, acme: Account) -> None:
        assert "Volta" not in text(page.get(LIST, {"target": "yes"}))
        assert "Acme" not in text(page.get(LIST, {"target": "no"}))
        assert "Volta" not in text(page.get(LIST, {"q": "ACME.com"}))
        assert "Volta" not in text(page.get(LIST, {"tier": "1"}))
        assert "No account matches" in text(page.get(LIST, {"q": "nobody"}))
        assert "2 accounts" in text(page.get(LIST, {"target": "x", "page": "x"}))

    def test_an_empty_list_says_how_to_fill_it(self, page: Client) -> None:
        assert f'href="{LIST}import/"' in html(page.get(LIST))

    @pytest.mark.parametrize("n_accounts", [3, 60])
    def test_the_list_costs_the_same_for_any_number(
        self, page: Client, n_accounts: int, django_assert_max_num_queries: Any
    ) -> None:
        save_accounts([{"name": f"A{n}"} for n in range(n_accounts)], at=NOW)
        with django_assert_max_num_queries(14):
            assert page.get(LIST).status_code == 200

    def test_the_page_of_an_account_shows_its_leads_and_facts(self, page: Client, acme: Account) -> None:
        save_leads([{"email": "dana@mail.acme.com", "name": "Dana Roy"}], by=None, at=NOW)
        found = text(page.get(at(acme)))
        assert "Dana Roy" in found
        assert "arr 5" in found

    def test_lead_and_lists_name_the_account(self, page: Client, acme: Account) -> None:
        save_leads(
            [{"email": "dana@acme.com", "name": "Dana Roy"}, {"email": "x@y.com", "name": "Max"}], by=None, at=NOW
        )
        lead = Lead.objects.get(name="Dana Roy")
        shown = html(page.get(f"/leads/{lead.public_id}/"))
        assert at(acme) in shown
        assert "Target account" in shown
        targets = text(page.get("/leads/", {"account": "target"}))
        assert "Dana Roy" in targets
        assert "Max" not in targets
        assert "Account: Target accounts" in targets
        assert "Dana Roy" not in text(page.get("/leads/", {"account": "none"}))

    def test_the_agreement_points_to_the_list(self, page: Client, active_terms: AgreementVersion) -> None:
        assert f'href="{LIST}?target=yes"' in html(page.get("/agreements/default/"))


class TestKeeping:
    def test_who_was_overtaken_saves_from_the_page_that_says_so(self, page: Client, acme: Account) -> None:
        mine = typed(acme, name="Acme", domains="acme.com", tier="3")
        assert page.post(at(acme, "edit/"), typed(acme, name="Acme", domains="acme.com", size="90")).status_code == 302
        refused = page.post(at(acme, "edit/"), mine)
        assert refused.status_code == 422
        seen = re.search(r'name="seen_at" value="([^"]+)"', html(refused))
        assert seen is not None
        assert page.post(at(acme, "edit/"), mine | {"seen_at": seen[1]}).status_code == 302
        acme.refresh_from_db()
        assert acme.tier == "3"

    def test_an_account_is_added_by_hand(self, page: Client, mia: User) -> None:
        answer = page.post(
            f"{LIST}new/",
            typed(name="Acme", domains="acme.com\nhttps://www.acme.fr/", is_target="on", owner=str(mia.public_id),
                  attribute_name_0="arr", attribute_value_0="5"),
        )  # fmt: skip
        acme = Account.objects.get()
        assert answer["Location"] == at(acme)
        assert (acme.domains, acme.owner, acme.attributes) == (["acme.com", "acme.fr"], mia, {"arr": "5"})

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"name": ""}, "This field is required"),
            ({"name": "x", "domains": "gmail.com"}, "belongs to a mail provider"),
            ({"name": "x", "domains": "acme.com"}, "belongs to Acme already"),
            ({"name": "volta"}, "has this name already"),
            ({"name": "x" * 201}, "at most 200"),
            ({"name": "x", "owner": "nobody"}, "valid"),
            ({"name": "\N{ZERO WIDTH SPACE}\0"}, "Null characters"),
        ],
    )
    def test_what_cannot_be_is_refused(self, page: Client, acme: Account, changes: dict[str, Any], said: str) -> None:
        answer = page.post(f"{LIST}new/", typed(**changes))
        assert answer.status_code == 422
        assert said in text(answer)
        assert Account.objects.count() == 2

    def test_an_account_is_corrected_and_marked(self, page: Client, acme: Account) -> None:
        assert "acme.com" in html(page.get(at(acme, "edit/")))
        page.post(at(acme, "edit/"), typed(acme, name="Acme Group", domains="acme.com", tier="2"))
        acme.refresh_from_db()
        assert (acme.name, acme.tier, acme.is_target) == ("Acme Group", "2", False)
        page.post(at(acme, "target/"), {"is_target": "yes"})
        acme.refresh_from_db()
        assert acme.is_target

    def test_what_somebody_else_changed_is_not_overwritten(self, page: Client, acme: Account) -> None:
        page.post(at(acme, "target/"), {"is_target": "no"})
        answer = page.post(at(acme, "edit/"), typed(acme, name="Mine"))
        assert answer.status_code == 422
        assert "Somebody else changed this account" in text(answer)

    def test_an_account_goes_off_the_list(self, page: Client, acme: Account) -> None:
        assert page.post(at(acme, "removal/"))["Location"] == LIST
        assert not Account.objects.filter(pk=acme.pk).exists()
        assert page.post(at(acme, "removal/")).status_code == 404

    def test_reps_read_and_do_not_keep(self, sam: User, acme: Account) -> None:
        page = reader(sam)
        assert "Import accounts" not in text(page.get(LIST))
        assert "Edit" not in text(page.get(at(acme))).split("About this account")[0].split("Skip")[-1]
        for step in ("edit/", "target/", "removal/"):
            assert page.post(at(acme, step)).status_code == 403
        assert page.get(f"{LIST}import/").status_code == 403

    def test_forms_carry_their_token(self, mia: User, acme: Account) -> None:
        page = reader(mia, enforce_csrf_checks=True)
        for address in (at(acme), at(acme, "edit/"), f"{LIST}new/", f"{LIST}import/"):
            assert "csrfmiddlewaretoken" in html(page.get(address))
        assert page.post(at(acme, "removal/")).status_code == 403


class TestImporting:
    HEADERS = "Company name,Website,Country,Employees,Tier,Target,CSM"
    ROWS = (
        "Acme Inc,https://www.acme.com,France,250,1,yes,Li",
        "Volta GmbH,,Germany,,2,no,",
        "Bad,gmail.com,,,,,",
    )

    @pytest.fixture(autouse=True)
    def data_folder(self, settings: Any, tmp_path: Any) -> None:
        settings.DATA_DIR = tmp_path

    def all_the_way(self, page: Client) -> LeadImport:
        file = SimpleUploadedFile("accounts.csv", "\n".join([self.HEADERS, *self.ROWS]).encode())
        page.post(f"{LIST}import/", {"file": file})
        found = LeadImport.objects.latest("pk")
        start = f"/imports/{found.public_id}/"
        form = html(page.get(f"{start}map/"))
        for place, target in enumerate(("name", "domains", "country", "size", "tier", "is_target", "attribute")):
            chosen = form.split(f'name="column_{place}"')[1].split("</select>")[0]
            assert f'value="{target}" selected' in chosen
        columns = ("name", "domains", "country", "size", "tier", "is_target", "attribute")
        page.post(f"{start}map/", {f"column_{n}": name for n, name in enumerate(columns)} | {"blank": ""})
        drain(NOW)
        assert "belongs to a mail provider" in text(page.get(f"{start}check/"))
        page.post(f"{start}check/")
        drain(NOW)
        found.refresh_from_db()
        return found

    def test_a_list_goes_all_the_way_without_javascript(self, page: Client) -> None:
        lead = save_leads([{"email": "dana@acme.com"}], by=None, at=NOW).lead_ids[0]
        found = self.all_the_way(page)
        assert (found.n_created, found.n_rejected) == (2, 1)
        acme = Account.objects.get(name="Acme Inc")
        assert (acme.domains, acme.size, acme.attributes) == (["acme.com"], "250", {"CSM": "Li"})
        assert not Account.objects.get(name="Volta GmbH").is_target
        assert Lead.objects.get(pk=lead).account == acme
        report = text(page.get(f"/imports/{found.public_id}/report/"))
        assert "Accounts added 2" in report
        rejected = b"".join(page.get(f"/imports/{found.public_id}/rejected/")).decode()  # type: ignore[arg-type]
        assert "gmail.com" in rejected
        again = self.all_the_way(page)
        assert (again.n_created, again.n_updated, again.n_unchanged) == (0, 0, 2)

    def test_a_file_without_companies_is_refused(self, page: Client) -> None:
        page.post(f"{LIST}import/", {"file": SimpleUploadedFile("x.csv", b"Country,Tier\nFrance,1")})
        found = LeadImport.objects.get()
        answer = page.post(f"/imports/{found.public_id}/map/", {"column_0": "country", "column_1": "tier", "blank": ""})
        assert answer.status_code == 422
        assert "No column holds a company" in text(answer)
