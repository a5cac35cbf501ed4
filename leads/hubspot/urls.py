"""Where HubSpot delivers, and where an admin sets the connection up."""

from django.urls import path

from leads.hubspot import views
from leads.hubspot.hook import hook

app_name = "hubspot"

CONNECTION = "settings/sources/hubspot/<uuid:public_id>/"

urlpatterns = [
    path("hooks/hubspot/<uuid:public_id>/", hook, name="hook"),
    path("settings/sources/hubspot/new/", views.connection_new, name="connection-new"),
    path(CONNECTION, views.connection, name="connection"),
    path(f"{CONNECTION}edit/", views.connection_edit, name="connection-edit"),
    path(f"{CONNECTION}secrets/", views.connection_secrets, name="connection-secrets"),
    path(f"{CONNECTION}state/", views.connection_state, name="connection-state"),
    path(f"{CONNECTION}pull/", views.connection_pull, name="connection-pull"),
    path(f"{CONNECTION}retry/", views.connection_retry, name="connection-retry"),
    path(f"{CONNECTION}retirement/", views.connection_retirement, name="connection-retirement"),
]
