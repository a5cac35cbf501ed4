"""What the two sides do with a proposed text: open it, ask for changes, sign, on a day that comes once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from agreements import services
from agreements.checks import verify_versions
from agreements.models import AgreementVersion, ChangeRequest, Opening, VersionChange
from agreements.selectors import active_version, standing_requests
from slaportal.accounts.models import Role, User
from slaportal.outbox.models import Notification
from tests.agreements.conftest import AT, at_once, edited, refused_code, signed_by
from tests.conftest import MakeUser


@pytest.fixture
def proposed(second: AgreementVersion, mia: User) -> AgreementVersion:
    """Version 2, changed and proposed."""
    return services.propose_version(version=edited(second, mia), by=mia, why="Mondays", at=AT)


def asked(version: AgreementVersion, by: User, text: str = "An hour is enough.") -> ChangeRequest:
    return services.request_changes(version=version, by=by, text=text, digest=version.digest, at=AT)


def test_the_first_opening_of_a_text_is_kept(proposed: AgreementVersion, maya: User) -> None:
    facts = {"version": proposed, "by": maya, "digest": proposed.digest}
    services.note_opening(**facts, language="fr", at=AT)  # type: ignore[arg-type]
    services.note_opening(**facts, language="en", at=AT + timedelta(hours=1))  # type: ignore[arg-type]
    assert list(Opening.objects.values_list("user", "language", "at")) == [(maya.pk, "fr", AT)]


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.ADMIN])
def test_only_signers_open_and_ask(proposed: AgreementVersion, make_user: MakeUser, role: str) -> None:
    facts = {"version": proposed, "by": make_user("Someone Else", role), "digest": proposed.digest}
    assert refused_code(services.note_opening, **facts) == "not_a_signer"
    assert refused_code(services.request_changes, text="No", **facts) == "not_a_signer"


def test_another_text_than_the_one_read_is_neither_opened_nor_asked_about(
    proposed: AgreementVersion, maya: User, mia: User
) -> None:
    read = proposed.digest
    edited(proposed, mia, 90)
    facts = {"version": proposed, "by": maya, "digest": read}
    assert refused_code(services.note_opening, **facts) == "text_changed"
    assert refused_code(services.request_changes, text="No", **facts) == "text_changed"


def test_a_draft_is_neither_opened_nor_asked_about(second: AgreementVersion, maya: User) -> None:
    facts = {"version": second, "by": maya, "digest": second.digest}
    assert refused_code(services.note_opening, **facts) == "not_proposed"
    assert refused_code(services.request_changes, text="No", **facts) == "not_proposed"


def test_a_request_stands_until_the_text_changes(proposed: AgreementVersion, mia: User, maya: User) -> None:
    request = asked(proposed, maya)
    assert standing_requests(proposed) == [request]
    assert proposed.status == "proposed"
    edited(proposed, mia, 60)
    assert standing_requests(proposed) == []


def test_a_request_tells_the_editor_and_the_other_manager(
    second: AgreementVersion, ada: User, mia: User, maya: User
) -> None:
    services.propose_version(version=edited(second, ada), by=mia, at=AT)
    asked(second, maya)
    told = Notification.objects.filter(kind="version.changes_requested").values_list("recipient", flat=True)
    assert set(told) == {mia.pk, ada.pk}


def test_who_signs_after_all_no_longer_asks(proposed: AgreementVersion, maya: User) -> None:
    asked(proposed, maya)
    signed_by(proposed, maya)
    assert standing_requests(proposed) == []
    facts = {"version": proposed, "by": maya, "text": "No", "digest": proposed.digest}
    assert refused_code(services.request_changes, **facts) == "already_signed"


def test_a_later_day_that_is_signed_is_not_overtaken(first: AgreementVersion, mia: User, maya: User) -> None:
    due = AT + timedelta(days=3)
    waiting = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia)
    signed_by(services.propose_version(version=waiting, by=mia, effective_from=due, at=AT), mia, maya)
    third = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia, 30)
    facts = {"version": third, "by": mia, "at": AT}
    assert refused_code(services.propose_version, **facts) == "effective_before_signed"
    early = due - timedelta(seconds=1)
    assert refused_code(services.propose_version, effective_from=early, **facts) == "effective_before_signed"
    services.propose_version(effective_from=due, **facts)  # type: ignore[arg-type]
    for person in (mia, maya):
        services.sign_version(version=third, by=person, digest=third.digest, effective_from=due, at=due)
    assert active_version("main") == third
    assert services.activate_due(at=due) == []
    assert list(VersionChange.objects.filter(version=waiting, at=due).values_list("new", flat=True)) == [
        "active",
        "superseded",
    ]


def test_an_earlier_day_takes_the_place_of_a_later_one_when_both_sign_it(
    first: AgreementVersion, mia: User, maya: User
) -> None:
    due = AT + timedelta(days=300)
    waiting = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia)
    signed_by(services.propose_version(version=waiting, by=mia, effective_from=due, at=AT), mia, maya)
    third = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia, 30)
    sooner = AT + timedelta(days=3)
    services.propose_version(version=third, by=mia, effective_from=sooner, in_place_of_waiting=True, at=AT)
    services.sign_version(version=third, by=mia, digest=third.digest, effective_from=sooner, at=AT)
    waiting.refresh_from_db()
    assert waiting.status == "signed"
    services.sign_version(version=third, by=maya, digest=third.digest, effective_from=sooner, at=AT)
    waiting.refresh_from_db()
    assert (waiting.status, active_version("main")) == ("superseded", first)
    assert services.activate_due(at=due) == [third]
    assert list(verify_versions()) == []


def test_the_database_lets_no_signed_version_go_without_a_newer_one(
    first: AgreementVersion, mia: User, maya: User
) -> None:
    due = AT + timedelta(days=300)
    waiting = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia)
    signed_by(services.propose_version(version=waiting, by=mia, effective_from=due, at=AT), mia, maya)
    with pytest.raises(DatabaseError, match="cannot go from signed to superseded"), transaction.atomic():
        AgreementVersion.objects.filter(pk=waiting.pk).update(status="superseded")


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_the_same_instant_activate_once(first: AgreementVersion, mia: User, maya: User) -> None:
    due = AT + timedelta(days=3)
    waiting = edited(services.start_draft(agreement=first.agreement, by=mia, at=AT), mia)
    signed_by(services.propose_version(version=waiting, by=mia, effective_from=due, at=AT), mia, maya)
    assert at_once(*[lambda: services.activate_due(at=due)] * 3) == []
    assert VersionChange.objects.filter(version=waiting, new="active").count() == 1
    assert active_version("main") == waiting


@pytest.mark.django_db(transaction=True)
def test_a_signature_and_an_edit_at_the_same_instant_never_sign_an_unread_text(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    mine, hers = (AgreementVersion.objects.select_related("agreement").get(pk=proposed.pk) for _ in range(2))
    refused = at_once(
        lambda: services.sign_version(version=mine, by=maya, digest=proposed.digest, at=AT),
        lambda: edited(hers, mia, 30),
    )
    proposed.refresh_from_db()
    assert proposed.status == "proposed"
    signed = proposed.signatures.filter(digest=proposed.digest)
    assert refused in ([], ["text_changed"])
    assert not signed.exists()
