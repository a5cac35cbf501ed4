"""Makes and revokes API tokens; the token itself is known only to whoever made it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from slaportal.accounts.models import ApiToken, Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

LIMIT = 20


def create_token(
    *, owner: User, name: str, by: User | None, days: int | None = None, at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A token with its owner's rights and its plain text, which is not stored. `days` until it ends; None: never.

    `by` is the owner, or None for an operator at the console.
    """
    at = at or timezone.now()
    if by is not None and by != owner:
        raise Refused("not_allowed")
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=owner.pk)
        if not owner.is_active:
            raise Refused("person_inactive")
        owner.auth_token_set.filter(expiry__lt=at).delete()
        if owner.auth_token_set.count() >= LIMIT:
            raise Refused("too_many_tokens", limit=LIMIT)
        digest, plain_text = get_digest_token()
        token = ApiToken(
            digest=digest,
            token_key=plain_text[: CONSTANTS.TOKEN_KEY_LENGTH],
            user=owner,
            name=name,
            expiry=at + timedelta(days=days) if days is not None else None,
        )
        token.save(force_insert=True)
        record(
            "token.created", by=by, on=_name_of(token), at=at, owner=owner.public_id, name=name, ends_at=token.expiry
        )
    return token, plain_text


def revoke_token(*, token: ApiToken, by: User, at: datetime | None = None) -> None:
    """End a token at once: one's own, or as an admin anybody's."""
    at = at or timezone.now()
    if by != token.user and by.role != Role.ADMIN:
        raise Refused("not_allowed")
    with transaction.atomic():
        n_revoked, _ = ApiToken.objects.filter(pk=token.pk).delete()
        if not n_revoked:
            raise Refused("token_unknown")
        record("token.revoked", by=by, on=_name_of(token), at=at, owner=token.user.public_id, name=token.name)


def _name_of(token: ApiToken) -> str:
    return f"token:{token.public_id}"
