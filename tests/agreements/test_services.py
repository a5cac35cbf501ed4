"""Drafting, proposing, signing and bringing into force: each works, is refused, and survives a race."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from agreements import services
from agreements.models import AgreementVersion, Signature, Status, VersionChange
from agreements.selectors import active_version, counting_signatures, open_version
from agreements.terms.default import default_terms
from agreements.terms.document import TermsInvalid, digest_of
from slaportal.accounts.models import Role, User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.models import Notification
from slaportal.web.refusals import Refused

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def draft(mia: User) -> AgreementVersion:
    return services.create_agreement(slug="main", name="Main", by=mia, at=AT)


@pytest.fixture
def proposed(draft: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    return services.propose_version(version=draft, by=mia, why="Start", at=AT)


@pytest.fixture
def active(proposed: AgreementVersion, mia: User, maya: User) -> AgreementVersion:
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    return services.sign_version(version=proposed, by=maya, digest=proposed.digest, at=AT)


def changed(version: AgreementVersion, minutes: int = 120) -> dict[str, Any]:
    terms = version.document.as_dict()
    terms["commitments"][0]["working_minutes"] = minutes
    return terms


def refused_code(action: Any, **facts: Any) -> str:
    with pytest.raises(Refused) as refused:
        action(**facts)
    return refused.value.code


def test_a_new_agreement_starts_as_a_draft_of_the_default_terms(draft: AgreementVersion) -> None:
    assert (draft.number, draft.status, draft.digest) == (1, Status.DRAFT, default_terms().digest())


def test_an_address_is_given_once(draft: AgreementVersion, mia: User) -> None:
    assert refused_code(services.create_agreement, slug="main", name="Other", by=mia) == "slug_taken"


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP])
def test_only_managers_and_admins_edit(draft: AgreementVersion, make_user: Any, role: str) -> None:
    person = make_user("Someone Else", role)
    facts = {"version": draft, "terms": changed(draft), "expected_digest": draft.digest, "by": person}
    assert refused_code(services.edit_draft, **facts) == "not_an_editor"


def test_an_edit_changes_the_digest_and_is_logged(draft: AgreementVersion, mia: User) -> None:
    old = draft.digest
    services.edit_draft(version=draft, terms=changed(draft), expected_digest=old, by=mia, at=AT)
    draft.refresh_from_db()
    assert draft.digest == draft.document.digest() != old
    assert AuditEntry.objects.filter(action="version.edited", on="version:main/1").count() == 1


def test_the_slower_of_two_editors_is_told_and_overwrites_nothing(
    draft: AgreementVersion, mia: User, maya: User
) -> None:
    seen = draft.digest
    services.edit_draft(version=draft, terms=changed(draft, 90), expected_digest=seen, by=mia, at=AT)
    facts = {"version": draft, "terms": changed(draft, 45), "expected_digest": seen, "by": maya}
    assert refused_code(services.edit_draft, **facts) == "draft_changed"
    draft.refresh_from_db()
    assert draft.terms["commitments"][0]["working_minutes"] == 90


def test_wrong_terms_are_refused_as_a_whole(draft: AgreementVersion, mia: User) -> None:
    with pytest.raises(TermsInvalid) as invalid:
        services.edit_draft(version=draft, terms=changed(draft, -1), expected_digest=draft.digest, by=mia)
    assert "commitments[0].working_minutes" in dict(invalid.value.errors)
    draft.refresh_from_db()
    assert draft.digest == default_terms().digest()


def test_a_draft_of_terms_that_would_be_refused_today_can_be_started_and_mended(
    active: AgreementVersion, mia: User
) -> None:
    terms = active.document.as_dict()
    terms["calendar"]["hours"] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE agreements_agreementversion DISABLE TRIGGER USER")
    digest = digest_of(terms)
    AgreementVersion.objects.filter(id=active.id).update(terms=terms, digest=digest)
    draft = services.start_draft(agreement=active.agreement, by=mia, at=AT)
    assert draft.digest == digest
    facts = {"version": draft, "expected_digest": digest, "by": mia}
    with pytest.raises(TermsInvalid):
        services.edit_draft(terms=draft.document.as_dict() | {"kpis": []}, **facts)
    services.edit_draft(terms=default_terms(), **facts)


def test_a_proposal_tells_both_managers_once(proposed: AgreementVersion, mia: User, maya: User) -> None:
    told = Notification.objects.filter(kind="version.proposed").values_list("recipient__email", flat=True)
    assert sorted(told) == sorted([mia.email, maya.email])


def test_proposing_twice_is_refused(proposed: AgreementVersion, mia: User) -> None:
    assert refused_code(services.propose_version, version=proposed, by=mia, at=AT) == "version_moved_on"


def test_an_effective_date_in_the_past_is_refused(draft: AgreementVersion, mia: User) -> None:
    facts = {"version": draft, "by": mia, "effective_from": AT - timedelta(days=1), "at": AT}
    assert refused_code(services.propose_version, **facts) == "effective_date_past"


def test_an_effective_date_in_another_age_is_refused(draft: AgreementVersion, mia: User) -> None:
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert refused_code(services.propose_version, version=draft, by=mia, effective_from=far, at=AT) == (
        "effective_date_far"
    )


def test_a_draft_cannot_be_signed(draft: AgreementVersion, mia: User) -> None:
    assert refused_code(services.sign_version, version=draft, by=mia, digest=draft.digest) == "not_proposed"


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.ADMIN])
def test_only_the_two_managers_sign(proposed: AgreementVersion, make_user: Any, role: str) -> None:
    facts = {"version": proposed, "by": make_user("Someone Else", role), "digest": proposed.digest}
    assert refused_code(services.sign_version, **facts) == "not_a_signer"


def test_signing_another_text_than_the_one_read_is_refused(proposed: AgreementVersion, mia: User, maya: User) -> None:
    read = proposed.digest
    services.edit_draft(version=proposed, terms=changed(proposed), expected_digest=read, by=maya, at=AT)
    assert refused_code(services.sign_version, version=proposed, by=mia, digest=read) == "text_changed"


def test_one_side_signs_once(proposed: AgreementVersion, mia: User) -> None:
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    facts = {"version": proposed, "by": mia, "digest": proposed.digest}
    assert refused_code(services.sign_version, **facts) == "already_signed"


def test_one_person_never_signs_for_both_sides(proposed: AgreementVersion, mia: User) -> None:
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    mia.role = Role.SALES_MANAGER
    mia.save()
    facts = {"version": proposed, "by": mia, "digest": proposed.digest}
    assert refused_code(services.sign_version, **facts) == "same_person"


def test_an_edit_leaves_old_signatures_as_history_that_no_longer_counts(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    facts = {"terms": changed(proposed), "expected_digest": proposed.digest}
    services.edit_draft(version=proposed, by=maya, at=AT, **facts)
    services.sign_version(version=proposed, by=maya, digest=proposed.digest, at=AT)
    assert proposed.status == Status.PROPOSED
    assert set(counting_signatures(proposed)) == {"sales"}
    assert proposed.signatures.count() == 2


def test_a_signature_for_another_day_does_not_count(draft: AgreementVersion, mia: User, maya: User) -> None:
    due = AT + timedelta(days=900)
    services.propose_version(version=draft, by=mia, effective_from=due, at=AT)
    services.sign_version(version=draft, by=mia, digest=draft.digest, effective_from=due, at=AT)
    services.withdraw_version(version=draft, by=maya, at=AT)
    services.propose_version(version=draft, by=maya, at=AT)
    services.sign_version(version=draft, by=maya, digest=draft.digest, at=AT)
    assert draft.status == Status.PROPOSED
    assert set(counting_signatures(draft)) == {"sales"}
    services.sign_version(version=draft, by=mia, digest=draft.digest, at=AT)
    assert draft.status == Status.ACTIVE
    assert draft.signatures.count() == 3


def test_the_same_text_proposed_for_the_same_day_keeps_its_signatures(
    draft: AgreementVersion, mia: User, maya: User
) -> None:
    due = AT + timedelta(days=3)
    services.propose_version(version=draft, by=mia, effective_from=due, at=AT)
    services.sign_version(version=draft, by=mia, digest=draft.digest, effective_from=due, at=AT)
    services.withdraw_version(version=draft, by=maya, at=AT)
    services.propose_version(version=draft, by=mia, effective_from=due, at=AT)
    assert set(counting_signatures(draft)) == {"marketing"}


@pytest.mark.parametrize("read", [None, AT + timedelta(days=3, microseconds=1)])
def test_signing_for_another_day_than_the_one_read_is_refused(
    draft: AgreementVersion, mia: User, read: datetime | None
) -> None:
    services.propose_version(version=draft, by=mia, effective_from=AT + timedelta(days=3), at=AT)
    facts = {"version": draft, "by": mia, "digest": draft.digest, "effective_from": read}
    assert refused_code(services.sign_version, **facts) == "day_changed"


def test_the_second_signature_brings_the_version_into_force(active: AgreementVersion) -> None:
    assert active.status == Status.ACTIVE
    assert active_version() == active
    moves = list(VersionChange.objects.order_by("id").values_list("old", "new"))
    assert moves == [("draft", "proposed"), ("proposed", "signed"), ("signed", "active")]


def test_a_later_version_waits_for_its_day_and_then_supersedes(active: AgreementVersion, mia: User, maya: User) -> None:
    due = AT + timedelta(days=3)
    draft = services.start_draft(agreement=active.agreement, by=mia, at=AT)
    services.edit_draft(version=draft, terms=changed(draft), expected_digest=draft.digest, by=mia, at=AT)
    services.propose_version(version=draft, by=mia, effective_from=due, at=AT)
    services.sign_version(version=draft, by=mia, digest=draft.digest, effective_from=due, at=AT)
    services.sign_version(version=draft, by=maya, digest=draft.digest, effective_from=due, at=AT)
    assert draft.status == Status.SIGNED
    assert services.activate_due(at=due - timedelta(seconds=1)) == []
    assert services.activate_due(at=due) == [draft]
    assert services.activate_due(at=due) == []
    active.refresh_from_db()
    assert active.status == Status.SUPERSEDED
    assert active_version() == draft


def test_there_is_one_open_draft_per_agreement(active: AgreementVersion, mia: User) -> None:
    services.start_draft(agreement=active.agreement, by=mia, at=AT)
    assert refused_code(services.start_draft, agreement=active.agreement, by=mia) == "draft_exists"


def test_a_draft_nobody_was_shown_can_be_discarded(active: AgreementVersion, mia: User) -> None:
    draft = services.start_draft(agreement=active.agreement, by=mia, at=AT)
    services.discard_draft(version=draft, by=mia)
    assert open_version(active.agreement) is None


def test_what_was_proposed_cannot_be_discarded(proposed: AgreementVersion, mia: User) -> None:
    services.withdraw_version(version=proposed, by=mia, at=AT)
    assert refused_code(services.discard_draft, version=proposed, by=mia) == "draft_has_history"


def test_a_signed_version_cannot_be_edited(active: AgreementVersion, mia: User) -> None:
    facts = {"version": active, "terms": changed(active), "expected_digest": active.digest, "by": mia}
    assert refused_code(services.edit_draft, **facts) == "version_is_signed"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agreements_agreementversion SET terms = '{}'",
        "UPDATE agreements_agreementversion SET digest = 'x'",
        "UPDATE agreements_agreementversion SET number = 7",
        "UPDATE agreements_agreementversion SET effective_from = now()",
        "UPDATE agreements_agreementversion SET status = 'draft'",
        "UPDATE agreements_agreementversion SET status = 'signed'",
        "DELETE FROM agreements_agreementversion",
        "TRUNCATE agreements_agreementversion CASCADE",
        "UPDATE agreements_signature SET signer_name = 'Somebody'",
        "DELETE FROM agreements_signature",
        "TRUNCATE agreements_signature",
        "UPDATE agreements_versionchange SET new = 'draft'",
        "DELETE FROM agreements_versionchange",
    ],
)
def test_the_database_refuses_to_change_what_is_signed(active: AgreementVersion, statement: str) -> None:
    with connection.cursor() as cursor:
        # What the fixtures left to be checked at commit would refuse a TRUNCATE on its own.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)


def test_the_database_refuses_signed_without_two_signatures(proposed: AgreementVersion, mia: User) -> None:
    services.sign_version(version=proposed, by=mia, digest=proposed.digest, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.filter(id=proposed.id).update(status=Status.SIGNED)


def test_the_database_refuses_signed_with_signatures_for_another_day(
    proposed: AgreementVersion, mia: User, maya: User
) -> None:
    for person, side in ((mia, "marketing"), (maya, "sales")):
        facts = {"digest": proposed.digest, "effective_from": AT, "at": AT}
        Signature.objects.create(version=proposed, side=side, user=person, signer_name=person.name, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.filter(id=proposed.id).update(status=Status.SIGNED)


def test_the_database_refuses_a_version_born_active(draft: AgreementVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.create(
            agreement=draft.agreement, number=9, status=Status.ACTIVE, terms={}, digest="", created_at=AT, changed_at=AT
        )


def test_the_console_signs_plainly_as_console(draft: AgreementVersion) -> None:
    services.sign_by_console(version=draft, at=AT)
    assert draft.status == Status.ACTIVE
    assert list(draft.signatures.values_list("signer_name", "user")) == [("console", None)] * 2


def test_the_stored_terms_keep_their_digest(active: AgreementVersion) -> None:
    stored = AgreementVersion.objects.get(id=active.id)
    assert stored.document.digest() == stored.digest == default_terms().digest()


@pytest.mark.django_db(transaction=True)
def test_two_signatures_at_the_same_instant_activate_once(mia: User, maya: User) -> None:
    draft = services.create_agreement(slug="main", name="Main", by=mia, at=AT)
    services.propose_version(version=draft, by=mia, at=AT)
    start = threading.Barrier(2)

    def sign(person: User) -> None:
        start.wait()
        try:
            mine = AgreementVersion.objects.select_related("agreement").get(id=draft.id)
            services.sign_version(version=mine, by=person, digest=mine.digest, at=AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign, args=(person,)) for person in (mia, maya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AgreementVersion.objects.get(id=draft.id).status == Status.ACTIVE
    assert Signature.objects.filter(version=draft).count() == 2
    assert VersionChange.objects.filter(version=draft, new=Status.ACTIVE).count() == 1
