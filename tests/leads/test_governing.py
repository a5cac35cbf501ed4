"""Which agreement governs a lead: one meaning in Python and in SQL, for one lead and for many."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from agreements.compile import Sql, sql
from agreements.models import Agreement, AgreementVersion, Status
from agreements.services import change_segment, create_agreement, place_agreement, retire_agreement
from leads.models import Lead
from leads.scoring import governing, governing_version_of
from leads.scoring.fragments import run
from leads.selectors.lists import NOBODY, governed
from tests.leads.several import SINCE, country, next_version, put_in_force

MakeLead = Callable[..., Lead]
TEXTS = ["France", "Japan", "Acme", "web", "", " France ", "12", "3.5"]
FIELDS = ["country", "company", "source", "title", "domain", "attributes.size", "attributes.region", "created_at"]


@pytest.fixture
def default(db: None) -> AgreementVersion:
    return put_in_force("default")


def any_rule(dice: random.Random, depth: int = 0) -> dict[str, Any]:
    if depth < 3 and dice.random() < 0.45:
        inner = [any_rule(dice, depth + 1) for _ in range(dice.randint(1, 3))]
        return dice.choice([{"all": inner}, {"any": inner}, {"not": inner[0]}])
    field, op = dice.choice(FIELDS), dice.choice(["eq", "ne", "in", "contains", "is_blank", "gt", "between"])
    value = {"in": dice.sample(TEXTS[:4], 2), "gt": 5, "between": [1, 20], "is_blank": None}.get(
        op, dice.choice(TEXTS[:4])
    )
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def test_both_judges_agree_on_random_segments(default: AgreementVersion, make_lead: MakeLead) -> None:
    dice = random.Random(11)
    leads = [
        make_lead(
            country=dice.choice(TEXTS),
            company=dice.choice(TEXTS),
            source=dice.choice(TEXTS),
            title=dice.choice(TEXTS),
            attributes={"size": dice.choice([3, "12", "many", None]), "region": dice.choice(TEXTS)},
        )
        for _ in range(80)
    ]
    others = [put_in_force(f"a{n}", country(f"Nowhere {n}")) for n in range(4)]
    met = set()
    for _ in range(25):
        for version in others:
            # Two agreements for the very same leads are refused: each has a condition of its own, which always holds.
            own = {"field": "title", "op": "ne", "value": version.agreement.slug}
            segment = {"all": [any_rule(dice), {"any": [own, {"not": own}]}]}
            change_segment(agreement=version.agreement, segment=segment, by=None, at=SINCE)
        place_agreement(agreement=dice.choice(others).agreement, place=dice.randint(1, 4), by=None, at=SINCE)
        in_force = governing()
        judged = {lead.pk: version.pk for lead in leads if (version := in_force.of(lead))}
        assert dict(run(sql("SELECT l.id, {} FROM leads_lead l", in_force.version_id()))) == judged
        for version in in_force.versions:
            chosen = {lead_id for (lead_id,) in run(selected(in_force.governed_by(version)))}
            assert chosen == {lead_id for lead_id, pk in judged.items() if pk == version.pk}
        met |= set(judged.values())
    assert met == {default.pk, *(version.pk for version in others)}


def selected(condition: Sql) -> Sql:
    return sql("SELECT l.id FROM leads_lead l WHERE {}", condition)


def test_the_first_segment_that_holds_governs(default: AgreementVersion, make_lead: MakeLead) -> None:
    france = put_in_force("france", country("France"))
    acme = put_in_force("acme", {"field": "company", "op": "eq", "value": "Acme"})
    both, one, none = make_lead(country="France"), make_lead(country="Japan"), make_lead(company="Volta")
    assert [governing_version_of(lead) for lead in (both, one, none)] == [france, acme, default]
    place_agreement(agreement=acme.agreement, place=1, by=None)
    assert governing_version_of(both) == acme


def test_an_agreement_without_a_version_in_force_governs_nothing(
    default: AgreementVersion, make_lead: MakeLead
) -> None:
    lead = make_lead(country="France")
    create_agreement(slug="france", name="France", by=None, segment=country("France"), at=SINCE)
    assert governing_version_of(lead) == default
    europe = put_in_force("europe", {"any": [country("France"), country("Spain")]})
    assert governing_version_of(lead) == europe
    retire_agreement(agreement=europe.agreement, by=None)
    assert governing_version_of(lead) == default


@pytest.mark.django_db
def test_without_a_default_in_force_other_leads_are_governed_by_none(make_lead: MakeLead) -> None:
    create_agreement(slug="default", name="Default", by=None, at=SINCE)
    france = put_in_force("france", country("France"))
    inside, outside = make_lead(country="France"), make_lead(country="Japan")
    assert (governing_version_of(inside), governing_version_of(outside)) == (france, None)
    assert not governing().covers_all
    assert list(Lead.objects.filter(governed("france", governing()))) == [inside]
    assert list(Lead.objects.filter(governed(NOBODY, governing()))) == [outside]
    assert not Lead.objects.filter(governed("unknown", governing())).exists()


def test_no_arrangement_ever_comes_back(default: AgreementVersion) -> None:
    keys = {governing().key}
    france = put_in_force("france", country("France"))
    keys.add(governing().key)
    for name in ("Japan", "France"):
        change_segment(agreement=france.agreement, segment=country(name), by=None)
        keys.add(governing().key)
    japan = put_in_force("japan", country("Japan"))
    keys.add(governing().key)
    for place in (1, 2):
        place_agreement(agreement=japan.agreement, place=place, by=None)
        keys.add(governing().key)
    next_version(default)
    keys.add(governing().key)
    for version in (japan, france):
        retire_agreement(agreement=version.agreement, by=None)
        keys.add(governing().key)
    assert len(keys) == 10


def test_a_draft_changes_no_arrangement(default: AgreementVersion) -> None:
    key = governing().key
    create_agreement(slug="france", name="France", by=None, segment=country("France"))
    change_segment(agreement=Agreement.objects.get(slug="france"), segment=country("Japan"), by=None)
    assert governing().key == key
    assert AgreementVersion.objects.filter(status=Status.ACTIVE).count() == 1
