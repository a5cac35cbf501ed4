"""Addresses of the agreement's pages."""

from django.urls import path

from agreements.views import drafting, reading, rules

app_name = "agreements"
urlpatterns = [
    path("", reading.agreement_list, name="agreement-list"),
    path("new/", reading.agreement_new, name="agreement-new"),
    path("rule/", rules.rule, name="rule"),
    path("<slug:slug>/", reading.agreement, name="agreement"),
    path("<slug:slug>/history/", reading.version_history, name="history"),
    path("<slug:slug>/v/<int:number>/", reading.version, name="version"),
    path("<slug:slug>/draft/", drafting.draft, name="draft"),
    path("<slug:slug>/draft/start/", drafting.draft_start, name="draft-start"),
    path("<slug:slug>/draft/proposal/", drafting.draft_propose, name="draft-propose"),
    path("<slug:slug>/draft/withdrawal/", drafting.draft_withdraw, name="draft-withdraw"),
    path("<slug:slug>/draft/discard/", drafting.draft_discard, name="draft-discard"),
    path("<slug:slug>/draft/signature/", drafting.draft_sign, name="draft-sign"),
    path("<slug:slug>/draft/<slug:chapter>/", drafting.draft_chapter, name="draft-chapter"),
]
