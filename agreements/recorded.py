"""Holds what was done and said against the audit, whose chain nobody can change in silence: for `verify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from agreements.models import (
    Agreement,
    AgreementVersion,
    ChangeRequest,
    Comment,
    DraftEdit,
    Opening,
    Proposal,
    ProposalState,
    Status,
    VersionChange,
)
from agreements.services.commenting import name_of_comment
from agreements.services.proposals import name_of_proposal, said_in
from agreements.services.shared import digest_of_words, name_of
from slaportal.audit.checks import register
from slaportal.audit.models import AuditEntry

# Of these a row is never taken away again.
KEPT_FOR_GOOD = (
    *("version.opened", "version.changes_requested", "comment.added", "proposal.made"),
    *(f"version.{status}" for status in Status.values),
)
VERSION, ONE = "version__agreement", "agreement"


class Record:
    """The entries about agreements; each can stand for one row only."""

    def __init__(self) -> None:
        kinds = ("version:", "comment:", "proposal:")
        self.entries: dict[tuple[str, str], list[AuditEntry]] = {}
        for entry in AuditEntry.objects.filter(on__regex=f"^({'|'.join(kinds)})").iterator(chunk_size=2000):
            # A version moves to “signed”, and a side signs it, which is checked apart: two things by one name.
            if "side" not in entry.facts:
                self.entries.setdefault((entry.action, entry.on), []).append(entry)

    def take(self, action: str, on: str, by: int | None, at: datetime | None, **facts: Any) -> bool:
        """Whether an entry says so; a fact that was not yet recorded in its day says nothing."""
        left = self.entries.get((action, on), [])
        for place, entry in enumerate(left):
            same = all(entry.facts.get(name, value) == value for name, value in facts.items())
            if same and entry.actor_id == by and entry.at == at:
                del left[place]
                return True
        return False

    def left_of(self, action: str) -> Iterable[str]:
        """What entries of this action speak of and no row does."""
        return (on for (found, on), left in self.entries.items() if found == action for _entry in left)


@register
def verify_record() -> Iterator[str]:
    """Every opening, request, move, edit, comment and proposal that the audit knows otherwise or not."""
    record = Record()
    for what, version in (*_asked_of_versions(record), *_done_to_versions(record)):
        yield f"agreement: {what} of {version} is not in the audit as it stands"
    for what in _talk(record):
        yield f"agreement: {what} is not in the audit as it stands"
    for action in KEPT_FOR_GOOD:
        for on in record.left_of(action):
            yield f"agreement: the audit has {action} on {on}, and there is no such row as it says"


@register
def verify_segments() -> Iterator[str]:
    """Every agreement whose segment is not the one that the audit saw last."""
    last: dict[str, Any] = {}
    for entry in AuditEntry.objects.filter(action__in=["agreement.created", "agreement.segment"]).order_by("id"):
        segment = entry.facts.get("new" if entry.action == "agreement.segment" else "segment")
        if segment is not None:
            last[entry.on] = segment
    for agreement in Agreement.objects.all():
        on = f"agreement:{agreement.slug}"
        if on in last and last[on] != agreement.segment:
            yield f"agreement: the segment of {agreement.slug} is not in the audit as it stands"


def _asked_of_versions(record: Record) -> Iterator[tuple[str, AgreementVersion]]:
    for opening in Opening.objects.select_related(VERSION):
        facts = {"digest": opening.digest, "language": opening.language}
        if not record.take("version.opened", name_of(opening.version), opening.user_id, opening.at, **facts):
            yield "an opening", opening.version
    for request in ChangeRequest.objects.select_related(VERSION):
        facts = {"digest": request.digest, "text": request.text}
        if not record.take("version.changes_requested", name_of(request.version), request.by_id, request.at, **facts):
            yield f"the request “{request}”", request.version


def _done_to_versions(record: Record) -> Iterator[tuple[str, AgreementVersion]]:
    for change in VersionChange.objects.select_related(VERSION):
        if not record.take(f"version.{change.new}", name_of(change.version), change.by_id, change.at):
            yield f"the move {change}", change.version
    for edit in DraftEdit.objects.select_related(VERSION):
        facts = {"old": edit.old, "new": edit.new}
        if not record.take("version.edited", name_of(edit.version), edit.by_id, edit.at, **facts):
            yield f"the edit {edit}", edit.version
    for version in AgreementVersion.objects.select_related(ONE).defer("terms"):
        if not record.take("version.drafted", name_of(version), version.created_by_id, version.created_at):
            yield "the beginning", version


def _talk(record: Record) -> Iterator[str]:
    for comment in Comment.objects.select_related(ONE, "version"):
        facts = {
            "clause": comment.clause,
            "version": comment.version.number,
            "said": digest_of_words(text=comment.text),
        }
        if not record.take("comment.added", name_of_comment(comment), comment.by_id, comment.at, **facts):
            yield f"the comment “{comment}”"
    for proposal in Proposal.objects.select_related(ONE):
        on = name_of_proposal(proposal)
        facts = {"clause": proposal.clause, "origin": proposal.origin, "said": said_in(proposal)}
        is_made = record.take("proposal.made", on, proposal.by_id, proposal.at, **facts)
        decided = proposal.decided_by_id, proposal.decided_at
        is_decided = proposal.state == ProposalState.OPEN or record.take(
            f"proposal.{proposal.state}", on, *decided, reason=proposal.reason
        )
        if not (is_made and is_decided):
            yield f"the proposal “{proposal}”"
