"""Where each room's pages hang."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("slaportal.web.urls")),
]

handler400 = "slaportal.web.views.bad_request"
handler403 = "slaportal.web.views.forbidden"
handler404 = "slaportal.web.views.not_found"
handler500 = "slaportal.web.views.server_error"
