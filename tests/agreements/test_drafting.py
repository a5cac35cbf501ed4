"""Two people at one draft, a draft on an older text: nothing is lost, and what meets is named."""

from __future__ import annotations

from typing import Any

import pytest

from agreements import services
from agreements.models import AgreementVersion, DraftEdit, StoredText
from agreements.selectors import edits_since, newer_than_base, open_version
from agreements.terms.document import TermsInvalid
from slaportal.accounts.models import User
from slaportal.outbox.models import Notification
from slaportal.web.refusals import Refused
from tests.agreements.conftest import AT, at_once, edited, refused_code, signed_by


def chapter(version: AgreementVersion, name: str, **values: Any) -> dict[str, Any]:
    return {"version": version, "chapter": name, "value": version.document.as_dict()[name] | values, "at": AT}


def promises(version: AgreementVersion, minutes: int, place: int = 0) -> dict[str, Any]:
    value = version.document.as_dict()["commitments"]
    value[place]["working_minutes"] = minutes
    return {"version": version, "chapter": "commitments", "value": value, "base_digest": version.digest, "at": AT}


def minutes_of(version: AgreementVersion) -> list[int | None]:
    version.refresh_from_db()
    return [promise.working_minutes for promise in version.document.commitments[:2]]


def test_every_text_of_a_draft_is_kept(second: AgreementVersion, mia: User) -> None:
    before = second.digest
    edited(second, mia)
    assert StoredText.objects.get(digest=before).document.digest() == before
    assert StoredText.objects.get(digest=second.digest).document == second.document
    assert list(DraftEdit.objects.values_list("version", "old", "new", "by")) == [
        (second.pk, before, second.digest, mia.pk)
    ]


def test_saving_the_same_text_again_is_no_edit(second: AgreementVersion, mia: User) -> None:
    services.save_chapter(**chapter(second, "returns"), base_digest=second.digest, by=mia)
    assert not DraftEdit.objects.exists()


def test_edits_of_different_clauses_are_both_kept(second: AgreementVersion, mia: User, maya: User) -> None:
    mine, hers = promises(second, 120), promises(second, 90, place=1)
    assert services.save_chapter(**mine, by=mia) == []
    (others,) = services.save_chapter(**hers, by=maya)
    assert minutes_of(second) == [120, 90]
    assert others.by == mia


def test_edits_of_different_values_of_a_clause_are_both_kept(second: AgreementVersion, mia: User, maya: User) -> None:
    mine, hers = promises(second, 120), promises(second, 60)
    hers["value"][0] = second.document.as_dict()["commitments"][0] | {"text": "On weekdays."}
    services.save_chapter(**mine, by=mia)
    services.save_chapter(**hers, by=maya)
    assert minutes_of(second)[0] == 120
    assert second.document.commitments[0].text == "On weekdays."


def test_the_same_value_is_refused_with_both(second: AgreementVersion, mia: User, maya: User) -> None:
    mine, hers = promises(second, 120), promises(second, 90)
    services.save_chapter(**mine, by=mia)
    with pytest.raises(Refused) as refused:
        services.save_chapter(**hers, by=maya)
    assert refused.value.code == "same_values_changed"
    (conflict,) = refused.value.facts["merged"].conflicts
    assert (conflict.mine, conflict.theirs) == (90, 120)
    assert minutes_of(second)[0] == 120


def test_two_sound_edits_that_contradict_each_other_are_refused(
    second: AgreementVersion, mia: User, maya: User
) -> None:
    """One drops a nurture path, the other sends a reason to it: both alone are fine."""
    terms = second.document.as_dict()
    path: dict[str, Any] = {"id": "nurture-spare", "name": "Spare", "stage": "decision", "steps": [], "then": None}
    terms["nurture"]["paths"].append(path)
    services.edit_draft(version=second, terms=terms, expected_digest=second.digest, by=mia, at=AT)
    base = second.digest
    reasons = second.document.as_dict()["returns"]["reasons"]
    reasons[0]["path"] = "nurture-spare"
    paths = second.document.as_dict()["nurture"]["paths"][:-1]
    dropped, sent = chapter(second, "nurture", paths=paths), chapter(second, "returns", reasons=reasons)
    services.save_chapter(**dropped, base_digest=base, by=mia)
    with pytest.raises(TermsInvalid):
        services.save_chapter(**sent, base_digest=base, by=maya)


def test_a_text_the_draft_never_had_is_no_base(second: AgreementVersion, mia: User) -> None:
    facts = chapter(second, "returns", max_returns=5)
    assert refused_code(services.save_chapter, **facts, base_digest="0" * 64, by=mia) == "draft_changed"


def test_a_signed_version_takes_no_chapter(first: AgreementVersion, mia: User) -> None:
    facts = chapter(first, "returns", max_returns=5) | {"base_digest": first.digest}
    assert refused_code(services.save_chapter, **facts, by=mia) == "version_is_signed"


def test_reps_save_no_chapter(second: AgreementVersion, sam: User) -> None:
    facts = chapter(second, "returns", max_returns=5) | {"base_digest": second.digest}
    assert refused_code(services.save_chapter, **facts, by=sam) == "not_an_editor"


@pytest.mark.django_db(transaction=True)
def test_chapters_saved_at_the_same_instant_are_both_kept(second: AgreementVersion, mia: User, maya: User) -> None:
    saves = [promises(AgreementVersion.objects.get(pk=second.pk), 120), promises(second, 90, place=1)]
    refused = at_once(
        lambda: services.save_chapter(**saves[0], by=mia), lambda: services.save_chapter(**saves[1], by=maya)
    )
    assert refused == []
    assert minutes_of(second) == [120, 90]


def test_edits_since_a_text_are_those_after_it_was_last_there(second: AgreementVersion, mia: User) -> None:
    start = second.digest
    edited(second, mia, 120)
    middle = second.digest
    edited(second, mia, second.based_on.document.commitments[0].working_minutes or 0)  # type: ignore[union-attr]
    assert second.digest == start
    edited(second, mia, 90)
    assert [edit.new for edit in edits_since(second, start)] == [second.digest]
    assert len(edits_since(second, middle)) == 2
    assert edits_since(second, second.digest) == []


def test_an_edit_voids_signatures_and_tells_who_signed(second: AgreementVersion, mia: User, maya: User) -> None:
    edited(second, mia)
    services.propose_version(version=second, by=mia, at=AT)
    signed_by(second, maya)
    edited(second, mia, 90)
    told = Notification.objects.filter(kind="version.text_changed").values_list("recipient", flat=True)
    assert list(told) == [maya.pk]


@pytest.fixture
def restored(first: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    """Version 3, which takes up version 1 again, while version 2 is in force."""
    newer = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia, 120)
    signed_by(services.propose_version(version=newer, by=mia, at=AT), mia, maya)
    first.refresh_from_db()
    return services.start_draft(agreement=first.agreement, source=first, by=mia, at=AT)


def test_a_draft_on_a_superseded_text_is_proposed_only_when_confirmed(restored: AgreementVersion, mia: User) -> None:
    assert newer_than_base(restored).number == 2  # type: ignore[union-attr]
    assert refused_code(services.propose_version, version=restored, by=mia, at=AT) == "based_on_superseded"
    services.propose_version(version=restored, by=mia, on_older_text=True, at=AT)
    assert restored.status == "proposed"


def test_a_draft_is_carried_over_to_the_newer_text(restored: AgreementVersion, mia: User) -> None:
    edited(restored, mia, 45, place=1)
    services.carry_over(version=restored, expected_digest=restored.digest, choices={}, by=mia, at=AT)
    assert minutes_of(restored) == [120, 45]
    assert restored.based_on.number == 2  # type: ignore[union-attr]
    assert newer_than_base(restored) is None
    again = {"version": restored, "expected_digest": restored.digest, "choices": {}, "by": mia, "at": AT}
    assert refused_code(services.carry_over, **again) == "nothing_newer"


@pytest.mark.parametrize(("choice", "kept"), [("mine", 30), ("theirs", 120)])
def test_conflicts_of_carrying_over_are_decided_one_by_one(
    restored: AgreementVersion, mia: User, choice: str, kept: int
) -> None:
    edited(restored, mia, 30)
    facts = {"version": restored, "expected_digest": restored.digest, "by": mia, "at": AT}
    with pytest.raises(Refused) as refused:
        services.carry_over(choices={}, **facts)  # type: ignore[arg-type]
    (conflict,) = refused.value.facts["merged"].conflicts
    services.carry_over(choices={conflict.path: choice}, **facts)  # type: ignore[arg-type]
    assert minutes_of(restored)[0] == kept


def test_carrying_over_an_older_look_at_the_draft_is_refused(restored: AgreementVersion, mia: User, maya: User) -> None:
    seen = restored.digest
    edited(restored, maya, 45, place=1)
    facts = {"version": restored, "expected_digest": seen, "choices": {}, "by": mia, "at": AT}
    assert refused_code(services.carry_over, **facts) == "draft_changed"


def test_only_editors_carry_over(restored: AgreementVersion, sam: User) -> None:
    facts = {"version": restored, "expected_digest": restored.digest, "choices": {}, "by": sam, "at": AT}
    assert refused_code(services.carry_over, **facts) == "not_an_editor"


def test_a_discarded_draft_takes_its_edits_along(second: AgreementVersion, mia: User) -> None:
    edited(second, mia)
    services.discard_draft(version=second, by=mia, at=AT)
    assert open_version(second.agreement) is None
    assert not DraftEdit.objects.exists()


def test_a_draft_that_was_discussed_stays(second: AgreementVersion, mia: User, sam: User) -> None:
    services.add_comment(version=second, clause="goal-revenue", text="Too high.", by=sam, at=AT)
    assert refused_code(services.discard_draft, version=second, by=mia) == "draft_has_history"
