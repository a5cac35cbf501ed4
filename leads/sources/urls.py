"""Where the pages of the sources hang, and the doors for other sites and programs; included in "leads"."""

from django.urls import path

from leads.views.sources import form, mapping, pages, preview, site, webhook

SOURCE = "settings/sources/<uuid:public_id>/"

urlpatterns = [
    path("settings/sources/", pages.source_list, name="source-list"),
    path("settings/sources/new/<slug:kind>/", pages.source_new, name="source-new"),
    path(SOURCE, pages.source, name="source"),
    path(f"{SOURCE}edit/", pages.source_edit, name="source-edit"),
    path(f"{SOURCE}state/", pages.source_state, name="source-state"),
    path(f"{SOURCE}secret/", pages.source_secret, name="source-secret"),
    path(f"{SOURCE}retirement/", pages.source_retirement, name="source-retirement"),
    path(f"{SOURCE}mapping/", mapping.source_mapping, name="source-mapping"),
    path(f"{SOURCE}preview/", preview.source_preview, name="source-preview"),
    path("hooks/form/<uuid:public_id>/", form.form, name="hooks-form"),
    path("hooks/form/<uuid:public_id>/thanks/", form.thanks, name="hooks-form-thanks"),
    path("hooks/site.js", site.script, name="hooks-script"),
    path("hooks/visit/<uuid:public_id>/", site.visit, name="hooks-site"),
    path("hooks/in/<uuid:public_id>/", webhook.webhook, name="hooks-webhook"),
]
