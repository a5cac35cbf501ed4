"""Addresses of the agreement's pages."""

from django.urls import path

from agreements.views import (
    carrying,
    comments,
    comparing,
    drafting,
    history,
    paper,
    proposals,
    reading,
    review,
    rules,
    starting,
    words,
)

app_name = "agreements"
urlpatterns = [
    path("", reading.agreement_list, name="agreement-list"),
    path("new/", starting.agreement_new, name="agreement-new"),
    path("new/<slug:template>/", starting.template, name="template"),
    path("rule/", rules.rule, name="rule"),
    path("<slug:slug>/", reading.agreement, name="agreement"),
    path("<slug:slug>/history/", history.version_history, name="history"),
    path("<slug:slug>/v/<int:number>/", reading.version, name="version"),
    path("<slug:slug>/v/<int:number>/words/<slug:word>/", words.word, name="word"),
    path("<slug:slug>/compare/", comparing.compare, name="compare"),
    path("<slug:slug>/comments/", comments.comment_list, name="comment-list"),
    path("<slug:slug>/comments/<slug:clause>/", comments.comment_thread, name="comment-thread"),
    path("<slug:slug>/comments/<uuid:comment>/resolution/", comments.comment_resolution, name="comment-resolution"),
    path("<slug:slug>/proposals/", proposals.proposal_list, name="proposal-list"),
    path("<slug:slug>/proposals/new/", proposals.proposal_new, name="proposal-new"),
    path("<slug:slug>/proposals/<uuid:proposal>/taking/", proposals.proposal_take, name="proposal-take"),
    path("<slug:slug>/proposals/<uuid:proposal>/refusal/", proposals.proposal_decline, name="proposal-decline"),
    path("<slug:slug>/v/<int:number>/paper.pdf", paper.version_pdf, name="version-pdf"),
    path("<slug:slug>/v/<int:number>/print/", paper.version_print, name="version-print"),
    path("<slug:slug>/draft/", drafting.draft, name="draft"),
    path("<slug:slug>/draft/start/", drafting.draft_start, name="draft-start"),
    path("<slug:slug>/draft/proposal/", review.draft_propose, name="draft-propose"),
    path("<slug:slug>/draft/withdrawal/", review.draft_withdraw, name="draft-withdraw"),
    path("<slug:slug>/draft/discard/", drafting.draft_discard, name="draft-discard"),
    path("<slug:slug>/draft/signature/", review.draft_sign, name="draft-sign"),
    path("<slug:slug>/draft/opening/", review.draft_open, name="draft-open"),
    path("<slug:slug>/draft/change-request/", review.draft_request, name="draft-request"),
    path("<slug:slug>/draft/carry-over/", carrying.carry_over, name="draft-carry-over"),
    path("<slug:slug>/draft/<slug:chapter>/", drafting.draft_chapter, name="draft-chapter"),
]
