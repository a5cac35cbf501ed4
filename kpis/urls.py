"""Addresses of the results pages."""

from django.urls import path

from kpis.views import calibration, promises, results, spend

app_name = "kpis"
urlpatterns = [
    path("", results.results, name="results"),
    path("calibration/", calibration.calibration, name="calibration"),
    path("calibration/start/", calibration.calibration_start, name="calibration-start"),
    path("calibration/draft/", calibration.calibration_draft, name="calibration-draft"),
    path("promises/", promises.promises, name="promises"),
    path("spend/", spend.spend, name="spend"),
    path("spend/entries/", spend.spend_entry, name="spend-entry"),
    path("visitors/", results.visitors, name="visitors"),
]
