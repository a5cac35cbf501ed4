"""Addresses of the leads room's pages."""

from django.urls import include, path

from leads.views import (
    actions,
    arranging,
    draft_preview,
    lead,
    leads_list,
    nurture,
    rescoring,
    rule_matches,
    scores,
    set_aside,
    today,
)

app_name = "leads"

LEAD = "leads/<uuid:public_id>/"
HANDOFF = "handoffs/<uuid:public_id>/"

urlpatterns = [
    path("", today.today, name="today"),
    path("today/new/", today.news, name="today-news"),
    path("today/<uuid:public_id>/", today.step, name="today-step"),
    path("leads/", leads_list.lead_list, name="lead-list"),
    path("leads/rule-matches/", rule_matches.rule_matches, name="rule-matches"),
    path("leads/draft-preview/", draft_preview.draft_preview, name="draft-preview"),
    path("leads/draft-preview/count/", draft_preview.draft_count, name="draft-count"),
    path("leads/draft-preview/count/start/", draft_preview.draft_count_start, name="draft-count-start"),
    path("leads/governed/", arranging.governed, name="governed"),
    path("leads/would-change/", arranging.would_change, name="would-change"),
    path("leads/rescoring/", rescoring.rescoring, name="rescoring"),
    path("leads/rescoring/handoff/", rescoring.rescoring_handoff, name="rescoring-handoff"),
    path(LEAD, lead.lead, name="lead"),
    path(f"{LEAD}clock/", lead.clock, name="lead-clock"),
    path(f"{LEAD}timeline/", lead.timeline, name="lead-timeline"),
    path(f"{LEAD}score/", lead.score, name="lead-score"),
    path(f"{LEAD}scores/", scores.scores, name="lead-scores"),
    path(f"{LEAD}enrolment/", actions.lead_enrolment, name="lead-enrolment"),
    path(f"{LEAD}handoff/", actions.lead_handoff, name="lead-handoff"),
    path(f"{HANDOFF}attempts/", actions.handoff_attempts, name="handoff-attempts"),
    path(f"{HANDOFF}acceptance/", actions.handoff_acceptance, name="handoff-acceptance"),
    path(f"{HANDOFF}qualification/", actions.handoff_qualification, name="handoff-qualification"),
    path(f"{HANDOFF}win/", actions.handoff_win, name="handoff-win"),
    path(f"{HANDOFF}loss/", actions.handoff_loss, name="handoff-loss"),
    path(f"{HANDOFF}return/", actions.handoff_return, name="handoff-return"),
    path(f"{HANDOFF}assignment/", actions.handoff_assignment, name="handoff-assignment"),
    path(f"{HANDOFF}path/", actions.handoff_path, name="handoff-path"),
    path("promises/<uuid:public_id>/reason/", actions.promise_reason, name="promise-reason"),
    path("settings/events/", set_aside.set_aside_list, name="set-aside-list"),
    path("settings/events/retry/", set_aside.set_aside_retry, name="set-aside-retry"),
    path("nurture/", nurture.nurture, name="nurture"),
    path("nurture/<slug:path>/", nurture.nurture_path, name="nurture-path"),
    path("", include("leads.intake.urls")),
    path("", include("leads.sources.urls")),
]
