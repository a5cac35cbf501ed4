"""Addresses of the results pages."""

from django.urls import path

from kpis.views import promises, results

app_name = "kpis"
urlpatterns = [
    path("", results.results, name="results"),
    path("promises/", promises.promises, name="promises"),
    path("visitors/", results.visitors, name="visitors"),
]
