"""Addresses of the results pages."""

from django.urls import path

from kpis.views import results

app_name = "kpis"
urlpatterns = [
    path("", results.results, name="results"),
    path("visitors/", results.visitors, name="visitors"),
]
