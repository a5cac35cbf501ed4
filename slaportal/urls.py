"""Where each room's pages hang."""

from django.urls import URLPattern, URLResolver, include, path

from slaportal.web.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("slaportal.web.urls")),
    path("accounts/", include("slaportal.accounts.entrance_urls")),
    path("", include("slaportal.accounts.urls")),
    path("", include("slaportal.outbox.urls")),
    path("", include("slaportal.audit.urls")),
    path("agreements/<slug:slug>/goals/", include("kpis.goal_urls")),
    path("agreements/", include("agreements.urls")),
    path("results/", include("kpis.urls")),
    path("api/", include("agreements.api.urls")),
    path("api/", include("kpis.api")),
    path("api/", include("kpis.calibration.api")),
    path("api/", include("leads.api.urls")),
    path("api/", include("leads.api.handoffs")),
    path("", include("leads.hubspot.urls")),
    path("", include("leads.urls")),
]

handler400 = "slaportal.web.views.bad_request"
handler403 = "slaportal.web.views.forbidden"
handler404 = "slaportal.web.views.not_found"
handler500 = "slaportal.web.views.server_error"
