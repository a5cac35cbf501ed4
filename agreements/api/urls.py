"""Addresses of the agreements over HTTP."""

from django.urls import path

from agreements.api import agreements
from agreements.api.arranging import Default, Order, Retirement, Segment
from agreements.api.talking import (
    CommentList,
    CommentResolution,
    ProposalAcceptance,
    ProposalList,
    ProposalRefusal,
)
from agreements.api.versions import Diff, TermsOfVersion, Validation, VersionItem, VersionList

AGREEMENT = "agreements/<slug:slug>/"
COMMENT = f"{AGREEMENT}comments/<uuid:comment>/"
PROPOSAL = f"{AGREEMENT}proposals/<uuid:proposal>/"

urlpatterns = [
    *agreements.urlpatterns,
    path(f"{AGREEMENT}segment/", Segment.as_view(), name="agreement-segment"),
    path(f"{AGREEMENT}order/", Order.as_view(), name="agreement-order"),
    path(f"{AGREEMENT}default/", Default.as_view(), name="agreement-default"),
    path(f"{AGREEMENT}retirement/", Retirement.as_view(), name="agreement-retirement"),
    path(f"{AGREEMENT}draft/validation/", Validation.as_view(), name="agreement-validation"),
    path(f"{AGREEMENT}diff/", Diff.as_view(), name="agreement-diff"),
    path(f"{AGREEMENT}versions/", VersionList.as_view(), name="agreement-versions"),
    path(f"{AGREEMENT}versions/<int:number>/", VersionItem.as_view(), name="agreement-version"),
    path(f"{AGREEMENT}versions/<int:number>/terms/", TermsOfVersion.as_view(), name="agreement-version-terms"),
    path(f"{AGREEMENT}comments/", CommentList.as_view(), name="agreement-comments"),
    path(f"{COMMENT}resolution/", CommentResolution.as_view(), name="agreement-comment-resolution"),
    path(f"{AGREEMENT}proposals/", ProposalList.as_view(), name="agreement-proposals"),
    path(f"{PROPOSAL}acceptance/", ProposalAcceptance.as_view(), name="agreement-proposal-acceptance"),
    path(f"{PROPOSAL}refusal/", ProposalRefusal.as_view(), name="agreement-proposal-refusal"),
]
