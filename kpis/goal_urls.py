"""Addresses of the goals pages, under their agreement's."""

from django.urls import path

from kpis.views import goals

app_name = "goals"
urlpatterns = [
    path("", goals.goals, name="goals"),
    path("draft/", goals.goals_draft, name="goals-draft"),
]
