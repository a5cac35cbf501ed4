"""Where the audit's page hangs."""

from django.urls import path

from slaportal.audit import views

app_name = "audit"

urlpatterns = [path("settings/audit/", views.entry_list, name="entries")]
