"""Where the API of leads hangs, and the schema of the whole API."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from leads.api.accounts import AccountItem, AccountList
from leads.api.events import EventList, EventsOfLead
from leads.api.leads import LeadItem, LeadList
from leads.api.rule_matches import RuleMatches
from slaportal.web.policy import PUBLIC


class Schema(SpectacularAPIView):
    """OpenAPI; holds no secret, so that tools may fetch it without a token."""

    policy = PUBLIC
    authentication_classes = ()
    custom_settings = {"TITLE": "SLA Portal", "VERSION": "1"}  # noqa: RUF012 - the base class's own attribute


urlpatterns = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("leads/", LeadList.as_view(), name="api-leads"),
    path("leads/<uuid:public_id>/", LeadItem.as_view(), name="api-lead"),
    path("leads/<uuid:public_id>/events/", EventsOfLead.as_view(), name="api-lead-events"),
    path("accounts/", AccountList.as_view(), name="api-accounts"),
    path("accounts/<uuid:public_id>/", AccountItem.as_view(), name="api-account"),
    path("rule-matches/", RuleMatches.as_view(), name="api-rule-matches"),
    path("events/", EventList.as_view(), name="api-events"),
]
