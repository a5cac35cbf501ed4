"""The account list: saved in batches, corrected by hand, and each lead with the account it belongs to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from leads.accounts.editing import add_account, edit_account, remove_account
from leads.accounts.matching import match_unseen_leads
from leads.accounts.rows import AccountRow, clean_account
from leads.accounts.saving import AccountsReport, preview_accounts, save_accounts
from leads.intake import edit_lead, save_leads
from leads.models import Account, AccountDomain, DirtyLead, Lead
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)

pytestmark = pytest.mark.django_db


def accounts(*rows: dict[str, Any], at: dt.datetime = NOW) -> AccountsReport:
    return save_accounts(rows, at=at)


def counts(report: AccountsReport) -> tuple[int, int, int, list[str]]:
    return report.created, report.updated, report.unchanged, [one.code for one in report.rejected]


def lead(email: str = "", company: str = "") -> Lead:
    """A lead as intake saves it."""
    report = save_leads([{"source": "web", "external_id": f"{email}/{company}", "email": email, "company": company}],
                        by=None, at=NOW)  # fmt: skip
    return Lead.objects.get(pk=report.lead_ids[0])


def account_of(lead: Lead) -> str | None:
    lead.refresh_from_db()
    return lead.account.name if lead.account else None


def dirty() -> set[int]:
    return set(DirtyLead.objects.values_list("lead_id", flat=True))


class TestSaving:
    def test_a_batch_is_taken_row_by_row(self) -> None:
        report = accounts(
            {"name": "Acme", "domains": ["acme.com", "acme.fr"], "tier": "1", "attributes": {"arr": 1200}},
            {"name": "Volta"},
            {"domains": "nordlys.no"},
            {"name": "Bad", "domains": ["gmail.com"]},
            {"tier": "2"},
            {"name": "Bad", "colour": "red"},
        )
        assert counts(report) == (3, 0, 0, ["free_mail_domain", "account_nameless", "unknown_field"])
        assert [one.index for one in report.rejected] == [3, 4, 5]
        acme = Account.objects.get(name="Acme")
        assert (acme.domains, acme.tier, acme.is_target, acme.attributes) == (
            ["acme.com", "acme.fr"], "1", True, {"arr": 1200},
        )  # fmt: skip
        assert Account.objects.get(name="nordlys.no").domains == ["nordlys.no"]
        assert set(AccountDomain.objects.values_list("domain", flat=True)) == {"acme.com", "acme.fr", "nordlys.no"}

    def test_the_same_list_twice_changes_nothing(self) -> None:
        rows = [{"name": "Acme", "domains": ["acme.com"], "is_target": "no", "size": 250}, {"name": "Volta GmbH"}]
        accounts(*rows)
        report = accounts(*rows, at=LATER)
        assert counts(report) == (0, 0, 2, [])
        assert set(Account.objects.values_list("updated_at", flat=True)) == {NOW}

    def test_blanks_erase_nothing_and_domains_are_added(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"], "tier": "1", "country": "France"})
        report = accounts({"name": "", "domains": ["acme.fr", "acme.com"], "tier": "", "country": "Japan"}, at=LATER)
        acme = Account.objects.get()
        assert counts(report) == (0, 1, 0, [])
        assert (acme.name, acme.domains, acme.tier, acme.country) == ("Acme", ["acme.com", "acme.fr"], "1", "Japan")
        assert acme.updated_at == LATER

    def test_rows_of_one_batch_may_speak_of_one_account(self) -> None:
        report = accounts(
            {"name": "Acme", "domains": ["acme.com"]}, {"name": "Acme Group", "domains": ["acme.com", "acme.fr"]}
        )
        assert counts(report) == (1, 1, 0, [])
        assert Account.objects.get().name == "Acme Group"

    def test_an_account_known_by_name_gains_its_domain(self) -> None:
        accounts({"name": "Acme"})
        assert counts(accounts({"name": "ACME Inc.", "domains": ["acme.com"]})) == (0, 1, 0, [])
        assert Account.objects.get().domains == ["acme.com"]

    def test_a_row_that_may_speak_of_two_accounts_is_rejected(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"]}, {"name": "Acme Inc", "domains": ["acme.fr"]})
        report = accounts({"name": "Acme", "domains": ["acme.com", "acme.fr"]}, {"name": "ACME"})
        assert counts(report) == (0, 0, 0, ["domains_of_two_accounts", "account_name_of_several"])

    def test_a_look_ahead_writes_nothing(self) -> None:
        accounts({"name": "Acme"})
        rows = [clean_account({"name": name, "tier": "1"}) for name in ("Acme", "Volta")]
        assert counts(preview_accounts(rows, at=NOW)) == (1, 1, 0, [])
        assert [one.tier for one in Account.objects.all()] == [""]

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("Acme", "row_not_an_object"),
            ({"name": "\0"}, "bad_character"),
            ({"name": "\ud800"}, "bad_character"),
            ({"name": "x" * 201}, "text_too_long"),
            ({"name": ["Acme"]}, "not_text"),
            ({"name": "\N{ZERO WIDTH SPACE}", "domains": []}, "bad_character"),
            ({"name": "Acme", "domains": {"a": 1}}, "domains_not_a_list"),
            ({"name": "Acme", "domains": [1]}, "domains_not_a_list"),
            ({"name": "Acme", "domains": ["a\0.com"]}, "bad_character"),
            ({"name": "Acme", "domains": [f"a{n}.com" for n in range(101)]}, "too_many_domains"),
            ({"name": "Acme", "is_target": "maybe"}, "bad_yes_no"),
            ({"name": "Acme", "attributes": [1]}, "attributes_not_an_object"),
            ({"name": "\u202e\u2066"}, "bad_character"),
            ({"name": "Acme", "attributes": {"x": {"y": 1}}}, "bad_attribute"),
        ],
    )
    def test_nasty_rows(self, row: Any, code: str | None) -> None:
        assert [one.code for one in save_accounts([row], at=NOW).rejected] == ([code] if code else [])

    def test_the_database_holds_each_domain_and_each_bare_name_once(self) -> None:
        accounts({"name": "Acme"}, {"name": "Volta", "domains": ["volta.com"]})
        made = {"name": "x", "created_at": NOW, "updated_at": NOW}
        other = Account.objects.create(name_key="x", domains=["x.com"], **made)
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountDomain.objects.create(domain="volta.com", account=other)
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(name_key="acme", **made)


class TestMatching:
    def test_a_new_lead_finds_its_account(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com", "müller.de"]}, {"name": "Volta"})
        assert account_of(lead("dana@acme.com", "Something else")) == "Acme"
        assert account_of(lead("dana@mail.acme.com")) == "Acme"
        assert account_of(lead("dana@müller.de")) == "Acme"
        assert account_of(lead("dana@gmail.com", "VOLTA GmbH")) == "Volta"
        assert account_of(lead("", "Volta, Inc.")) == "Volta"
        assert account_of(lead("dana@notacme.com", "Acme Labs")) is None

    def test_the_nearest_domain_wins(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"]}, {"name": "Acme Labs", "domains": ["labs.acme.com"]})
        assert account_of(lead("dana@labs.acme.com")) == "Acme Labs"
        assert account_of(lead("dana@shop.acme.com")) == "Acme"

    def test_a_name_of_two_accounts_tells_none(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"]})
        dana = lead("dana@gmail.com", "Acme")
        assert account_of(dana) == "Acme"
        accounts({"name": "Acme Inc", "domains": ["acme.fr"]})
        assert account_of(dana) is None

    def test_the_list_finds_the_leads_that_are_here(self) -> None:
        by_domain, below, by_letters = lead("a@acme.com"), lead("b@x.acme.com"), lead("c@müller.de")
        by_name, other = lead("d@gmail.com", "Volta SARL"), lead("e@acme-labs.com", "Acmé Labs")
        DirtyLead.objects.all().delete()
        report = accounts({"name": "Acme", "domains": ["acme.com", "müller.de"]}, {"name": "Volta"})
        assert report.matched == 4
        assert [account_of(one) for one in (by_domain, below, by_letters, by_name, other)] == [
            *["Acme"] * 3, "Volta", None,
        ]  # fmt: skip
        assert dirty() == {by_domain.pk, below.pk, by_letters.pk, by_name.pk}

    def test_a_changed_fact_waits_for_the_scores_of_its_leads_alone(self) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"]}, {"name": "Volta", "domains": ["volta.com"]})
        dana, _other = lead("dana@acme.com"), lead("lea@volta.com")
        DirtyLead.objects.all().delete()
        report = accounts({"name": "Acme", "domains": ["acme.com"], "tier": "1"})
        assert (report.matched, dirty()) == (0, {dana.pk})

    def test_a_corrected_lead_changes_its_account(self, mia: User) -> None:
        accounts({"name": "Acme", "domains": ["acme.com"]}, {"name": "Volta"})
        dana = lead("dana@acme.com")
        edit_lead(public_id=dana.public_id, changes={"email": "dana@gmail.com", "company": "Volta"}, by=mia, at=NOW)
        assert account_of(dana) == "Volta"
        save_leads([{"email": "dana@gmail.com", "company": "Nobody"}], by=None, at=LATER)
        assert account_of(dana) is None

    def test_leads_written_past_the_intake_are_seen_to(self) -> None:
        accounts({"name": "Acme"})
        old = Lead.objects.create(company="Acme Ltd", created_at=NOW, entered_at=NOW, updated_at=NOW, stage_at=NOW)
        assert match_unseen_leads(NOW) == 1
        assert (account_of(old), dirty()) == ("Acme", {old.pk})
        assert match_unseen_leads(NOW) == 0


class TestByHand:
    @pytest.fixture
    def acme(self) -> Account:
        accounts({"name": "Acme", "domains": ["acme.com"], "tier": "1", "attributes": {"arr": "5", "csm": "Li"}})
        return Account.objects.get()

    def test_what_is_said_is_set_exactly(self, acme: Account, mia: User) -> None:
        dana, lea = lead("dana@acme.com"), lead("lea@acme.fr")
        edit_account(
            public_id=acme.public_id,
            changes={"domains": ["acme.fr"], "tier": "", "is_target": False},
            attributes={"arr": ""},
            by=mia,
            at=LATER,
            seen_at=acme.updated_at,
        )
        acme.refresh_from_db()
        assert (acme.domains, acme.tier, acme.is_target, acme.attributes) == (["acme.fr"], "", False, {"csm": "Li"})
        assert (account_of(dana), account_of(lea)) == (None, "Acme")
        entry = AuditEntry.objects.get(action="account.edited")
        assert entry.facts == {"fields": ["attributes", "domains", "is_target", "tier"]}

    def test_twice_is_once(self, acme: Account, mia: User) -> None:
        for _ in range(2):
            edit_account(public_id=acme.public_id, changes={"tier": "2"}, by=mia, at=LATER)
        assert AuditEntry.objects.filter(action="account.edited").count() == 1

    def test_who_changed_it_meanwhile_is_not_overwritten(self, acme: Account, mia: User) -> None:
        edit_account(public_id=acme.public_id, changes={"tier": "2"}, by=mia, at=LATER)
        with pytest.raises(Refused) as refused:
            edit_account(public_id=acme.public_id, changes={"tier": "3"}, by=mia, at=LATER, seen_at=NOW)
        assert refused.value.code == "account_changed_meanwhile"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"domains": ["volta.com"]}, "account_domain_taken"),
            ({"domains": [], "name": "Nord Ltd"}, "account_name_taken"),
            ({"name": ""}, "account_nameless"),
        ],
    )
    def test_a_name_of_somebody_else_is_refused(
        self, acme: Account, mia: User, changes: dict[str, Any], code: str
    ) -> None:
        accounts({"name": "Volta", "domains": ["volta.com"]}, {"name": "Nord"})
        with pytest.raises(Refused) as refused:
            edit_account(public_id=acme.public_id, changes=changes, by=mia, at=LATER)
        assert refused.value.code == code

    def test_an_account_is_added_once(self, mia: User) -> None:
        added = add_account(row=AccountRow(name="Acme", domains=["acme.com"]), by=mia, at=NOW)
        with pytest.raises(Refused) as refused:
            add_account(row=AccountRow(name="Acme", domains=["acme.fr", "acme.com"]), by=mia, at=NOW)
        assert (refused.value.code, refused.value.facts["account"]) == ("account_domain_taken", str(added.public_id))

    def test_removed_for_good_its_leads_stay(self, acme: Account, mia: User) -> None:
        accounts({"name": "Acme Inc", "domains": ["acme.fr"]})
        dana, lea = lead("dana@acme.com"), lead("lea@gmail.com", "Acme")
        remove_account(public_id=acme.public_id, by=mia, at=LATER)
        assert (account_of(dana), account_of(lea)) == (None, "Acme Inc")
        assert AuditEntry.objects.get(action="account.removed").facts == {"name": "Acme", "leads": 1}
