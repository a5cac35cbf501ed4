"""The only door through which views get an agreement or one of its versions: everyone who is logged in may read."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from agreements.models import Agreement, AgreementVersion, Comment, Proposal
from agreements.selectors import active_version, open_version
from slaportal.accounts.models import User


def agreement_for(user: User, slug: str) -> Agreement:
    """The agreement with this address; 404 for strangers and for unknown addresses alike."""
    if not user.is_active:
        raise Http404
    return get_object_or_404(Agreement, slug=slug)


def version_for(user: User, slug: str, number: int) -> AgreementVersion:
    """One numbered version."""
    agreement = agreement_for(user, slug)
    return get_object_or_404(AgreementVersion.objects.select_related("agreement"), agreement=agreement, number=number)


def active_for(user: User, slug: str) -> AgreementVersion:
    """The version in force; 404 while there is none."""
    version = active_version(agreement_for(user, slug).slug)
    if version is None:
        raise Http404
    return version


def draft_for(user: User, slug: str) -> AgreementVersion:
    """The open version (draft or proposed); 404 while there is none."""
    version = open_version(agreement_for(user, slug))
    if version is None:
        raise Http404
    return version


def comment_for(user: User, slug: str, comment: UUID) -> Comment:
    """One comment."""
    said = Comment.objects.select_related("agreement", "version")
    return get_object_or_404(said, agreement=agreement_for(user, slug), public_id=comment)


def proposal_for(user: User, slug: str, proposal: UUID) -> Proposal:
    """One proposed change."""
    made = Proposal.objects.select_related("agreement", "by")
    return get_object_or_404(made, agreement=agreement_for(user, slug), public_id=proposal)
