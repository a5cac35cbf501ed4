"""What is said about an agreement: comments on clauses, and changes that anybody proposes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from agreements import services
from agreements.models import AgreementVersion, Comment, Proposal
from agreements.selectors import open_comment_counts, open_proposal_counts, open_version, proposals_of
from slaportal.accounts.models import User
from slaportal.audit.models import AuditEntry
from slaportal.outbox.models import Notification
from tests.agreements.conftest import AT, at_once, edited, refused_code

CLAUSE = "goal-revenue"


@pytest.fixture
def comment(first: AgreementVersion, sam: User) -> Comment:
    return services.add_comment(version=first, clause=CLAUSE, text="Too high.", by=sam, at=AT)


@pytest.fixture
def proposal(first: AgreementVersion, sam: User) -> Proposal:
    return services.propose_change(
        agreement=first.agreement, clause=CLAUSE, what="Two hours", why="Mondays", by=sam, at=AT
    )


def told(kind: str) -> set[int]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))


@pytest.mark.parametrize("who", ["sam", "mina", "mia", "maya", "ada"])
def test_everybody_comments(request: pytest.FixtureRequest, first: AgreementVersion, who: str) -> None:
    services.add_comment(version=first, clause=CLAUSE, text="Why?", by=request.getfixturevalue(who), at=AT)
    assert open_comment_counts(first.agreement) == {CLAUSE: 1}


def test_who_took_part_and_the_managers_are_told_in_the_app_alone(
    comment: Comment, first: AgreementVersion, sam: User, mina: User, mia: User, maya: User
) -> None:
    assert told("comment.added") == {mia.pk, maya.pk}
    Notification.objects.all().delete()
    services.add_comment(version=first, clause=CLAUSE, text="I agree.", by=mina, at=AT)
    assert told("comment.added") == {mia.pk, maya.pk, sam.pk}


def test_a_comment_is_resolved_once_and_reopened_once(comment: Comment, mina: User) -> None:
    services.resolve_comment(comment=comment, by=mina, at=AT)
    assert (comment.resolved_by, comment.resolved_at) == (mina, AT)
    assert open_comment_counts(comment.agreement) == {}
    assert refused_code(services.resolve_comment, comment=comment, by=mina) == "comment_resolved"
    services.reopen_comment(comment=comment, by=mina, at=AT)
    assert (comment.resolved_by, comment.resolved_at) == (None, None)
    assert refused_code(services.reopen_comment, comment=comment, by=mina) == "comment_open"
    assert AuditEntry.objects.filter(action__in=["comment.resolved", "comment.reopened"]).count() == 2


def test_both_managers_hear_of_a_proposal(proposal: Proposal, mia: User, maya: User) -> None:
    assert (proposal.origin, proposal.state) == ("clause", "open")
    assert told("proposal.made") == {mia.pk, maya.pk}
    assert open_proposal_counts(proposal.agreement) == {CLAUSE: 1}


def test_a_proposal_names_the_meeting_it_comes_from(first: AgreementVersion, mina: User) -> None:
    made = services.propose_change(
        agreement=first.agreement,
        what="Two hours",
        why="Agreed",
        meeting_on=date(2026, 3, 1),
        decision="Try it for a month",
        by=mina,
        at=AT,
    )
    assert (made.origin, made.decision) == ("meeting", "Try it for a month")


def test_a_proposal_taken_starts_the_draft_and_its_proposer_is_told(proposal: Proposal, mia: User, sam: User) -> None:
    services.take_proposal(proposal=proposal, by=mia, at=AT)
    draft = open_version(proposal.agreement)
    assert draft is not None
    assert (proposal.state, proposal.version, draft.number) == ("taken", draft, 2)
    assert told("proposal.taken") == {sam.pk}


def test_a_second_proposal_goes_into_the_same_draft(proposal: Proposal, mia: User, sam: User) -> None:
    other = services.propose_change(agreement=proposal.agreement, what="More", why="Growth", by=sam, at=AT)
    services.take_proposal(proposal=proposal, by=mia, at=AT)
    services.take_proposal(proposal=other, by=mia, at=AT)
    assert other.version == proposal.version


def test_a_declined_proposal_says_why(proposal: Proposal, maya: User, sam: User) -> None:
    services.decline_proposal(proposal=proposal, reason="Next quarter", by=maya, at=AT)
    assert (proposal.state, proposal.reason, proposal.decided_by) == ("declined", "Next quarter", maya)
    assert told("proposal.declined") == {sam.pk}


@pytest.mark.parametrize("who", ["sam", "mina"])
def test_only_editors_decide(request: pytest.FixtureRequest, proposal: Proposal, who: str) -> None:
    person = request.getfixturevalue(who)
    assert refused_code(services.take_proposal, proposal=proposal, by=person) == "not_an_editor"
    assert refused_code(services.decline_proposal, proposal=proposal, reason="No", by=person) == "not_an_editor"


def test_a_proposal_is_decided_once(proposal: Proposal, mia: User) -> None:
    services.decline_proposal(proposal=proposal, reason="No", by=mia, at=AT)
    assert refused_code(services.take_proposal, proposal=proposal, by=mia) == "proposal_decided"
    assert open_version(proposal.agreement) is None


@pytest.mark.django_db(transaction=True)
def test_two_managers_decide_at_the_same_instant_and_one_is_told(proposal: Proposal, mia: User, maya: User) -> None:
    mine, hers = (Proposal.objects.select_related("agreement").get(pk=proposal.pk) for _ in range(2))
    refused = at_once(
        lambda: services.take_proposal(proposal=mine, by=mia, at=AT),
        lambda: services.decline_proposal(proposal=hers, reason="No", by=maya, at=AT),
    )
    assert refused == ["proposal_decided"]
    proposal.refresh_from_db()
    assert (proposal.state == "taken") == (open_version(proposal.agreement) is not None)


def test_proposals_of_a_discarded_draft_are_open_again(proposal: Proposal, mia: User) -> None:
    services.take_proposal(proposal=proposal, by=mia, at=AT)
    assert proposal.version is not None
    services.discard_draft(version=proposal.version, by=mia, at=AT)
    assert [one.state for one in proposals_of(proposal.agreement)] == ["open"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agreements_storedtext SET terms = '{}'",
        "DELETE FROM agreements_storedtext",
        "TRUNCATE agreements_storedtext",
        "UPDATE agreements_draftedit SET by_id = NULL",
        "DELETE FROM agreements_draftedit",
        "UPDATE agreements_opening SET at = now()",
        "DELETE FROM agreements_opening",
        "UPDATE agreements_changerequest SET text = 'Fine.'",
        "DELETE FROM agreements_changerequest",
        "UPDATE agreements_comment SET text = 'Fine.'",
        "UPDATE agreements_comment SET resolved_at = now(), clause = 'other'",
        "DELETE FROM agreements_comment",
        "UPDATE agreements_proposal SET what = 'Nothing'",
        "UPDATE agreements_proposal SET state = 'taken'",
        "DELETE FROM agreements_proposal",
    ],
)
def test_the_database_refuses_to_rewrite_what_was_said(
    second: AgreementVersion, comment: Comment, proposal: Proposal, mia: User, maya: User, statement: str
) -> None:
    services.propose_version(version=edited(second, mia), by=mia, at=AT)
    services.note_opening(version=second, by=maya, digest=second.digest, at=AT)
    services.request_changes(version=second, by=maya, text="No", digest=second.digest, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)
