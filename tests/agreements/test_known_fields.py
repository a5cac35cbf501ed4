"""Terms that look at a field which no lead has are refused with its path; what was agreed before stays agreed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agreements.models import AgreementVersion
from agreements.services import create_agreement, edit_draft, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms, TermsInvalid
from slaportal.accounts.models import User
from tests.agreements.test_agreement_api import client_of

pytestmark = pytest.mark.django_db

PLACE = "qualification.fit.rules[0].when.any[1].not.field"


def looking_at(field: str) -> dict[str, Any]:
    terms = default_terms().as_dict()
    known = {"field": "title", "op": "is_not_blank"}
    terms["qualification"]["fit"]["rules"][0]["when"] = {"any": [known, {"not": {"field": field, "op": "is_blank"}}]}
    return terms


def refused(change: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(TermsInvalid) as invalid:
        change()
    return invalid.value.errors


def test_a_misspelt_field_is_refused_with_what_it_may_be(active_terms: AgreementVersion, make_lead: Any) -> None:
    make_lead(attributes={"Employees": "40", "budget": "9"})
    terms = Terms.parse(looking_at("attributes.Emploiees"))
    [(path, message)] = refused(lambda: start_draft(agreement=active_terms.agreement, by=None, terms=terms))
    assert path == PLACE
    assert message == "No lead has the field “attributes.Emploiees”. Is it one of these: attributes.Employees?"


def test_a_field_that_some_lead_has_is_taken(active_terms: AgreementVersion, make_lead: Any) -> None:
    make_lead(attributes={"budget": "9"})
    terms = Terms.parse(looking_at("attributes.budget"))
    assert start_draft(agreement=active_terms.agreement, by=None, terms=terms).document == terms


def test_before_any_data_nothing_can_be_told(active_terms: AgreementVersion, make_lead: Any) -> None:
    make_lead()
    terms = Terms.parse(looking_at("attributes.whatever"))
    assert start_draft(agreement=active_terms.agreement, by=None, terms=terms).document == terms


def test_what_was_agreed_stays_agreed(make_lead: Any) -> None:
    make_lead(attributes={"budget": "9"})
    draft = create_agreement(slug="default", name="Default", by=None, terms=Terms.parse(looking_at("attributes.gone")))
    terms = looking_at("attributes.gone")
    terms["returns"]["attempts"]["min_attempts"] = 7
    edit_draft(version=draft, terms=terms, expected_digest=draft.digest, by=None)
    assert draft.document.returns.attempts.min_attempts == 7
    [(path, _message)] = refused(
        lambda: edit_draft(version=draft, terms=looking_at("attributes.new"), expected_digest=draft.digest, by=None)
    )
    assert path == PLACE


def test_the_api_names_the_path(mia: User, active_terms: AgreementVersion, make_lead: Any) -> None:
    make_lead(attributes={"budget": "9"})
    answer = client_of(mia).put("/api/agreements/default/draft/", looking_at("attributes.budgets"), format="json")
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [PLACE]


def test_the_command_names_the_path(active_terms: AgreementVersion, make_lead: Any, tmp_path: Path) -> None:
    make_lead(attributes={"budget": "9"})
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(looking_at("attributes.budgets")))
    with pytest.raises(CommandError, match=r"attributes\.budgets.*attributes\.budget\?"):
        call_command("import_terms", str(file), stdout=io.StringIO())
