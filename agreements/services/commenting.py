"""Comments on clauses: anybody who is signed in says something, settles it, or takes it up again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from agreements.models import AgreementVersion, Comment
from agreements.services.shared import digest_of_words, managers, tell
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def add_comment(*, version: AgreementVersion, clause: str, text: str, by: User, at: datetime | None = None) -> Comment:
    """Say something about a clause of this text; who took part and both managers are told, except the writer."""
    at = at or timezone.now()
    with transaction.atomic():
        comment = Comment.objects.create(
            agreement=version.agreement, version=version, digest=version.digest, clause=clause, text=text, by=by, at=at
        )
        said = digest_of_words(text=text)
        on = name_of_comment(comment)
        record("comment.added", by=by, on=on, at=at, clause=clause, version=version.number, said=said)
        thread = Comment.objects.filter(agreement=version.agreement, clause=clause).select_related("by")
        told = [one for one in [*managers(), *(said.by for said in thread)] if one.pk != by.pk]
        facts = {"agreement": version.agreement.name, "clause": clause, "name": by.name, "text": text}
        tell(told, "comment.added", f"comment:{comment.public_id}", facts, url_of_thread(comment), at, by_email=False)
    return comment


def resolve_comment(*, comment: Comment, by: User, at: datetime | None = None) -> Comment:
    """Settle a comment; who comes second is refused."""
    at = at or timezone.now()
    return _mark(comment, "comment.resolved", "comment_resolved", by, at, {"resolved_at": None}, by, at)


def reopen_comment(*, comment: Comment, by: User, at: datetime | None = None) -> Comment:
    """Take a settled comment up again."""
    at = at or timezone.now()
    return _mark(comment, "comment.reopened", "comment_open", by, at, {"resolved_at__isnull": False}, None, None)


def url_of_thread(comment: Comment) -> str:
    """Where all that is said about the clause is read."""
    return f"/agreements/{comment.agreement.slug}/comments/{comment.clause}/#comment-{comment.public_id}"


def _mark(
    comment: Comment,
    action: str,
    refusal: str,
    by: User,
    at: datetime,
    only: dict[str, object],
    resolved_by: User | None,
    resolved_at: datetime | None,
) -> Comment:
    with transaction.atomic():
        left = Comment.objects.filter(pk=comment.pk, **only)
        if not left.update(resolved_by=resolved_by, resolved_at=resolved_at):
            raise Refused(refusal)
        record(action, by=by, on=name_of_comment(comment), at=at, clause=comment.clause)
    comment.refresh_from_db()
    return comment


def name_of_comment(comment: Comment) -> str:
    """The comment in the audit."""
    return f"comment:{comment.agreement.slug}/{comment.public_id}"
