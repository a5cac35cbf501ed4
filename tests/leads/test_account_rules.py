"""Rules about a lead's account: both judges see the same, and a change of the list brings new scores."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from agreements.compile import compile_rule
from agreements.models import AgreementVersion
from agreements.services import sign_by_console, start_draft
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.rules import Rule, holds, parse
from leads.accounts.saving import save_accounts
from leads.field_map import LEAD_FIELDS, facts_of
from leads.intake import save_leads
from leads.models import Account, Lead, LeadScore
from leads.scoring import current_score, rescore, score_dirty, score_rows
from tests.agreements.test_compile import batches, edges, is_rule, scalars, texts

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
FIELDS = (
    *("account.name", "account.domain", "account.is_target", "account.tier", "account.country", "account.industry"),
    *("account.size", "account.x", "account.y y", "account.id", "title"),
)
WORDS = ("", " ", "1", "9.50", "CFO", "tête", "true", "no", "2026-06-01", "[x]^$", "%s", "日本", "250", "-3")
TREES = 150


def comparison(op: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = {"field": st.sampled_from(FIELDS), "op": st.just(op), "value": values}
    return st.fixed_dictionaries(known).filter(is_rule)


leaves = st.one_of(
    *(comparison(op, scalars | st.sampled_from(WORDS)) for op in ("eq", "ne")),
    *(comparison(op, st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)) for op in ("in", "not_in")),
    *(comparison(op, texts) for op in ("contains", "starts_with")),
    *(comparison(op, edges) for op in ("gt", "gte", "lt", "lte")),
    *(comparison(op, st.none()) for op in ("is_blank", "is_not_blank", "is_true")),
    *(comparison(op, st.integers(0, 40)) for op in ("within_days", "older_than_days")),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda rules: {"all": rules}),
        st.lists(inner, max_size=3).map(lambda rules: {"any": rules}),
        inner.map(lambda rule: {"not": rule}),
    ),
    max_leaves=5,
)


@pytest.fixture
def crowd(db: None) -> list[Lead]:
    """Leads with and without an account; the accounts' facts are as odd as an import may bring them."""
    dice = random.Random(7)
    save_accounts([_account(number, dice) for number in range(40)], at=NOW)
    rows = [{"email": f"p{number}@c{number}.com", "title": dice.choice(WORDS)} for number in range(60)]
    save_leads(rows, by=None, at=NOW)
    assert Lead.objects.exclude(account=None).count() == 40
    return list(Lead.objects.select_related("account"))


def _account(number: int, dice: random.Random) -> dict[str, Any]:
    texts = {name: dice.choice(WORDS) for name in ("name", "tier", "country", "industry", "size")}
    attributes = {"x": dice.choice([*WORDS, 7, 0.5, True]), "y y": dice.choice(WORDS), "tier": "hidden"}
    return {**texts, "domains": [f"c{number}.com"], "is_target": dice.choice([True, False]), "attributes": attributes}


@batches(TREES)
@given(st.lists(trees.map(parse), min_size=6, max_size=6))
def test_both_judges_agree_on_random_trees(crowd: list[Lead], rules: list[Rule]) -> None:
    conditions = [compile_rule(rule, LEAD_FIELDS, NOW) for rule in rules]
    columns = ", ".join(one.text for one in conditions)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.id, {columns} FROM leads_lead l",  # noqa: S608 - compiled rules with bound values
            [value for one in conditions for value in one.params],
        )
        answers = {lead_id: verdicts for lead_id, *verdicts in cursor.fetchall()}
    for lead in crowd:
        assert answers[lead.pk] == [holds(rule, facts_of(lead), NOW) for rule in rules]


def test_a_lead_without_an_account_misses_all_its_fields(crowd: list[Lead]) -> None:
    facts = facts_of(next(lead for lead in crowd if lead.account is None))
    assert not any(name.startswith("account.") for name in facts)
    for op, verdict in (("is_blank", True), ("is_true", False)):
        assert holds(parse({"field": "account.is_target", "op": op}), facts, NOW) is verdict


@pytest.fixture
def target_terms(active_terms: AgreementVersion) -> AgreementVersion:
    """Terms by which a target account of tier 1 is worth 30 points of fit, and nothing else is."""
    plain = default_terms().as_dict()
    wanted = {"all": [
        {"field": "account.is_target", "op": "is_true"}, {"field": "account.tier", "op": "eq", "value": "1"}
    ]}  # fmt: skip
    fit = {"max": 100, "rules": [{"id": "fit-target", "points": 30, "when": wanted}]}
    terms = Terms.parse(plain | {"qualification": plain["qualification"] | {"fit": fit}})
    return sign_by_console(version=start_draft(agreement=active_terms.agreement, by=None, terms=terms, at=NOW), at=NOW)


def test_a_change_of_the_list_brings_new_scores(target_terms: AgreementVersion) -> None:
    save_leads([{"email": "dana@acme.com"}, {"email": "lea@volta.com"}], by=None, at=NOW)
    rescore(at=NOW)
    assert set(LeadScore.objects.values_list("fit", flat=True)) == {0}
    save_accounts([{"name": "Acme", "domains": ["acme.com"], "tier": "1"}], at=NOW)
    assert score_dirty(NOW) == 1
    assert LeadScore.objects.get(lead__email="dana@acme.com").fit == 30
    save_accounts([{"domains": ["acme.com"], "is_target": "no"}], at=NOW)
    assert score_dirty(NOW) == 1
    assert set(LeadScore.objects.values_list("fit", flat=True)) == {0}


def test_receipt_and_lists_judge_by_the_account_too(
    target_terms: AgreementVersion, django_assert_num_queries: Any
) -> None:
    save_accounts([{"name": f"A{n}", "domains": [f"a{n}.com"], "tier": "1"} for n in range(20)], at=NOW)
    save_leads([{"email": f"dana@a{n}.com"} for n in range(20)], by=None, at=NOW)
    rescore(at=NOW)
    leads = list(Lead.objects.all())
    score = current_score(leads[0], NOW)
    assert score is not None
    assert score.fit == 30
    assert Account.objects.count() == 20
    fresh = list(Lead.objects.all())
    with django_assert_num_queries(3):
        assert {row.fit for row in score_rows(fresh, NOW).values()} == {30}
