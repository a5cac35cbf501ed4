"""Several agreements: who selects which leads, in which order, and which one is the default."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from agreements import rule_fields
from agreements.models import Agreement, AgreementVersion, Status
from agreements.selectors import active_version, agreements, company_zone, versions_in_force
from agreements.services import (
    change_segment,
    create_agreement,
    make_default,
    place_agreement,
    place_of,
    retire_agreement,
    sign_by_console,
)
from agreements.terms.default import default_terms
from agreements.terms.document import Terms
from agreements.terms.rules import RuleInvalid
from slaportal.accounts.models import Role, User
from slaportal.audit.models import AuditEntry
from slaportal.web.refusals import Refused

AT = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)


def country(name: str) -> dict[str, Any]:
    return {"field": "country", "op": "eq", "value": name}


def agreement(slug: str, segment: Any = None, zone: str = "") -> Agreement:
    """An agreement whose first version is in force."""
    terms = default_terms().as_dict()
    terms["calendar"]["timezone"] = zone or terms["calendar"]["timezone"]
    version = create_agreement(slug=slug, name=slug.title(), by=None, terms=Terms.parse(terms), segment=segment, at=AT)
    return sign_by_console(version=version, at=AT).agreement


@pytest.fixture
def three(db: None) -> list[Agreement]:
    """France, then Japan, then the default one."""
    default = agreement("default")
    return [agreement("france", country("France")), agreement("japan", country("Japan")), default]


def slugs() -> list[str]:
    return [one.slug for one in agreements()]


def test_the_first_agreement_is_the_default_and_comes_last(three: list[Agreement]) -> None:
    assert slugs() == ["france", "japan", "default"]
    assert [one.is_default for one in agreements()] == [False, False, True]
    assert [version.agreement.slug for version in versions_in_force()] == ["france", "japan", "default"]


def test_a_second_agreement_needs_a_segment(three: list[Agreement]) -> None:
    with pytest.raises(Refused, match="say which leads") as refused:
        create_agreement(slug="more", name="More", by=None)
    assert refused.value.code == "segment_missing"
    assert not Agreement.objects.filter(slug="more").exists()


@pytest.mark.django_db
def test_the_first_agreement_has_none() -> None:
    with pytest.raises(Refused) as refused:
        create_agreement(slug="first", name="First", by=None, segment=country("France"))
    assert refused.value.code == "default_has_no_segment"


@pytest.fixture
def shoes() -> Iterator[None]:
    """Leads bring a single field of their own."""
    before = rule_fields._source
    known = {"attributes.shoe_size"}
    fields = [rule_fields.KnownField(name) for name in known]
    rule_fields.register_fields(rule_fields.Source(lambda: fields, dict, lambda names: names - known, ""))
    yield
    rule_fields.register_fields(before)


def over(name: str) -> dict[str, Any]:
    return {"field": f"attributes.{name}", "op": "is_not_blank"}


def test_a_segment_looks_at_what_leads_have(three: list[Agreement], shoes: None) -> None:
    with pytest.raises(RuleInvalid) as invalid:
        create_agreement(slug="more", name="More", by=None, segment={"all": [country("Spain"), over("shoe_sizes")]})
    assert [(one.path, one.code) for one in invalid.value.problems] == [("all[1].field", "field_not_in_data_near")]
    with pytest.raises(RuleInvalid):
        change_segment(agreement=three[0], segment=over("hat"), by=None)
    with pytest.raises(RuleInvalid):
        make_default(agreement=three[0], former_segment=over("hat"), by=None)
    change_segment(agreement=three[0], segment=over("shoe_size"), by=None)


def test_a_field_that_a_segment_has_may_stay_in_it(three: list[Agreement], shoes: None) -> None:
    Agreement.objects.filter(slug="france").update(segment=over("hat"))
    france = Agreement.objects.get(slug="france")
    both = {"any": [over("hat"), country("France")]}
    assert change_segment(agreement=france, segment=both, by=None).segment == both


def test_no_two_agreements_are_for_the_very_same_leads(three: list[Agreement]) -> None:
    france, japan, _default = three
    for refused_call in (
        lambda: create_agreement(slug="more", name="More", by=None, segment=country("Japan")),
        lambda: change_segment(agreement=france, segment=country("Japan"), by=None),
        lambda: make_default(agreement=france, former_segment=country("Japan"), by=None),
    ):
        with pytest.raises(Refused) as refused:
            refused_call()
        assert (refused.value.code, refused.value.facts) == ("segment_same", {"name": "Japan"})
    change_segment(agreement=japan, segment=country("Japan"), by=None)


def test_the_default_one_is_in_force(three: list[Agreement]) -> None:
    draft = create_agreement(slug="spain", name="Spain", by=None, segment=country("Spain")).agreement
    with pytest.raises(Refused) as refused:
        make_default(agreement=draft, former_segment=country("Germany"), by=None)
    assert (refused.value.code, slugs()[-1]) == ("not_in_force", "default")


def test_an_address_is_given_once_whatever_its_case(three: list[Agreement]) -> None:
    with pytest.raises(Refused) as refused:
        create_agreement(slug="JAPAN", name="Japan", by=None, segment=country("Spain"))
    assert refused.value.code == "slug_taken"


def test_an_address_is_given_once(three: list[Agreement]) -> None:
    with pytest.raises(Refused) as refused:
        create_agreement(slug="japan", name="Japan", by=None, segment=country("Japan"))
    assert refused.value.code == "slug_taken"


def test_a_segment_is_changed_and_recorded(three: list[Agreement], mia: User) -> None:
    wanted = {"any": [country("France"), country("Belgium")]}
    changed = change_segment(agreement=three[0], segment=wanted, by=mia, at=AT)
    assert (changed.segment, changed.revision) == (wanted, three[0].revision + 1)
    entry = AuditEntry.objects.get(action="agreement.segment", actor=mia)
    assert (entry.on, entry.facts) == ("agreement:france", {"old": country("France"), "new": wanted})


def test_the_same_segment_again_changes_nothing(three: list[Agreement], mia: User) -> None:
    again = change_segment(agreement=three[0], segment=country("France"), by=mia, at=AT)
    assert again.revision == three[0].revision
    assert not AuditEntry.objects.filter(action="agreement.segment").exists()


@pytest.mark.parametrize("segment", [None, {}, [], {"all": []}, {"field": "stage", "op": "eq", "value": "lead"}])
def test_what_is_no_segment_is_refused(three: list[Agreement], segment: Any) -> None:
    with pytest.raises(RuleInvalid):
        change_segment(agreement=three[0], segment=segment, by=None)


def test_the_default_one_gets_no_segment(three: list[Agreement]) -> None:
    with pytest.raises(Refused) as refused:
        change_segment(agreement=three[2], segment=country("France"), by=None)
    assert refused.value.code == "default_has_no_segment"


def test_an_agreement_is_placed_and_stays_there(three: list[Agreement], mia: User) -> None:
    for _ in range(2):
        place_agreement(agreement=three[1], place=1, by=mia, at=AT)
    assert slugs() == ["japan", "france", "default"]
    assert [place_of(one) for one in agreements()] == [1, 2, None]
    assert AuditEntry.objects.get(action="agreement.placed").facts == {"old": 2, "new": 1}


@pytest.mark.parametrize(
    ("who", "place", "code"), [(0, 0, "place_unknown"), (0, 3, "place_unknown"), (2, 1, "default_stays_last")]
)
def test_there_is_no_other_place(three: list[Agreement], who: int, place: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        place_agreement(agreement=three[who], place=place, by=None)
    assert refused.value.code == code


def test_another_one_becomes_the_default(three: list[Agreement], mia: User) -> None:
    chosen = make_default(agreement=three[0], former_segment=country("Germany"), by=mia, at=AT)
    assert (chosen.is_default, chosen.segment) == (True, {})
    assert slugs() == ["japan", "default", "france"]
    assert Agreement.objects.get(slug="default").segment == country("Germany")


def test_the_default_one_is_chosen_once(three: list[Agreement]) -> None:
    with pytest.raises(Refused) as refused:
        make_default(agreement=three[2], former_segment=country("Germany"), by=None)
    assert refused.value.code == "already_default"


def test_the_database_keeps_one_default(three: list[Agreement]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(slug="france").update(segment={})
    with pytest.raises(IntegrityError, match="must be the default"), transaction.atomic():
        Agreement.objects.filter(slug="default").update(segment=country("Spain"))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_agreement_is_retired_and_the_next_governs(three: list[Agreement], mia: User) -> None:
    version = retire_agreement(agreement=three[0], by=mia, at=AT)
    assert version.status == Status.SUPERSEDED
    assert [one.agreement.slug for one in versions_in_force()] == ["japan", "default"]
    with pytest.raises(Refused) as refused:
        retire_agreement(agreement=three[0], by=mia, at=AT)
    assert refused.value.code == "not_in_force"


def test_the_default_one_stays_in_force(three: list[Agreement]) -> None:
    with pytest.raises(Refused) as refused:
        retire_agreement(agreement=three[2], by=None)
    assert refused.value.code == "default_stays_in_force"


ACTS = {
    "segment": lambda one, by: change_segment(agreement=one, segment=country("Spain"), by=by),
    "place": lambda one, by: place_agreement(agreement=one, place=2, by=by),
    "default": lambda one, by: make_default(agreement=one, former_segment=country("Spain"), by=by),
    "retire": lambda one, by: retire_agreement(agreement=one, by=by),
    "create": lambda one, by: create_agreement(slug="x", name="X", by=by, segment=country("Spain")),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP])
def test_marketers_and_reps_arrange_nothing(
    three: list[Agreement], make_user: Callable[..., User], role: str, act: str
) -> None:
    with pytest.raises(Refused) as refused:
        ACTS[act](three[0], make_user("Nora Lind", role))
    assert refused.value.code == "not_an_editor"


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.MARKETING_MANAGER, Role.SALES_MANAGER])
def test_managers_and_admins_arrange(
    three: list[Agreement], make_user: Callable[..., User], role: str, act: str
) -> None:
    ACTS[act](three[0], by := make_user("Nora Lind", role))
    assert AuditEntry.objects.filter(actor=by).exists()


@pytest.mark.django_db
def test_the_company_lives_in_the_zone_of_the_default_agreement() -> None:
    default = agreement("default", zone="Europe/Paris")
    agreement("japan", country("Japan"), zone="Asia/Tokyo")
    assert company_zone() == "Europe/Paris"
    assert active_version() == AgreementVersion.objects.get(agreement=default)


@pytest.mark.django_db
def test_while_the_default_one_is_a_draft_the_company_follows_the_first_in_force() -> None:
    create_agreement(slug="default", name="Default", by=None, at=AT)
    agreement("japan", country("Japan"), zone="Asia/Tokyo")
    assert company_zone() == "Asia/Tokyo"


@pytest.mark.django_db(transaction=True)
def test_of_two_first_agreements_one_is_the_default() -> None:
    outcomes: list[str] = []

    def create(slug: str) -> None:
        try:
            create_agreement(slug=slug, name=slug, by=None, at=AT)
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(slug,)) for slug in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "segment_missing"]
