"""A small site of test pages: one view per policy, a page with a fragment, a gallery of all that the styles know."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from slaportal.web.parsers import StrictJSONParser
from slaportal.web.policy import PUBLIC, allow, public, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import announce, refuse, render_page, tell
from slaportal.web.states import STATES

GALLERY = "web_gallery/gallery.html"


class SampleForm(forms.Form):
    name = forms.CharField(label="Full name", help_text="As it should appear in e-mails.")
    email = forms.EmailField(label="E-mail", required=False)
    channel = forms.ChoiceField(
        label="Channel", choices=[("phone", "Phone"), ("email", "E-mail")], widget=forms.RadioSelect
    )
    source = forms.ChoiceField(label="Source", choices=[("web", "Web form"), ("fair", "Fair")])
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="Send me the minutes", required=False, help_text="Once a month.")
    file = forms.FileField(label="File", required=False)


def sample_figures() -> dict[str, Any]:
    weeks = [("40", 82, 9), ("41", 88, 12), ("42", 93, 10), ("43", None, 0), ("44", 91, 13)]
    points = [{"label": f"w{week}", "value": share, "note": f"n={n}"} for week, share, n in weeks]
    steps = [
        {"label": "Visitors", "value": 5200, "text": "5,200", "tone": "marketing"},
        {
            "label": "Leads",
            "value": 1400,
            "text": "1,400",
            "note": "27 %",
            "tone": "marketing",
            "tick": 1600,
            "url": "/l/",
        },
        {"label": "MQL", "value": 320, "note": "23 %", "tone": "marketing", "ghost": 400},
        {"label": "Customers", "value": 48, "note": "15 %", "tone": "sales"},
    ]
    return {"series": [{"label": "on time", "tone": "sales", "points": points}], "steps": steps}


@public
def gallery(request: HttpRequest) -> HttpResponse:
    form = SampleForm({"email": "not an address", "channel": "phone"} if "wrong" in request.GET else None)
    context = {"form": form, "states": list(STATES), "now": timezone.now(), **sample_figures()}
    return render_page(request, GALLERY, context)


@public
def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@signed_in
def inner_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inner")


@allow("rep", "sales_manager")
def sales_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sales")


def undeclared_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never seen")


@public
def fragment_page(request: HttpRequest) -> HttpResponse:
    if "say" in request.GET:
        tell(request, "Attempt 2 logged.", undo_url="/undo/2/")
    response = render_page(
        request, "web_gallery/page.html", {"count": 3, "refusal": ""}, fragment="web_gallery/_count.html"
    )
    return announce(response, "Três tentativas ✓")


@public
def refusing_page(request: HttpRequest) -> HttpResponse:
    refused = Refused("web_test_refusal", needed=6, logged=2)
    return refuse(request, "web_gallery/page.html", {"count": 3}, refused, fragment="web_gallery/_count.html")


@public
def noticing_page(request: HttpRequest) -> HttpResponse:
    messages.info(request, "<b>Saved</b>")
    return render_page(request, "web_gallery/page.html", {"count": 1})


@public
def forbidden_page(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@public
def broken_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


class OpenApi(APIView):
    """Takes JSON from anybody and gives it back."""

    policy = PUBLIC
    permission_classes = (AllowAny,)
    authentication_classes = ()
    parser_classes = (StrictJSONParser,)
    max_body_bytes = 2000

    def post(self, request: Request) -> Response:
        return Response({"got": request.data})


class UndeclaredApi(OpenApi):
    policy = None


class TokenApi(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("", gallery),
    path("open/", open_page),
    path("inner/", inner_page),
    path("sales/", sales_page),
    path("undeclared/", undeclared_page),
    path("fragment/", fragment_page),
    path("refusing/", refusing_page),
    path("noticing/", noticing_page),
    path("forbidden/", forbidden_page),
    path("broken/", broken_page),
    path("leads/", signed_in(lambda request: HttpResponse("leads"))),
    path("nurture/", signed_in(lambda request: HttpResponse("nurture"))),
    path("agreements/", signed_in(lambda request: HttpResponse("agreements"))),
    path("results/", signed_in(lambda request: HttpResponse("results"))),
    path("meetings/", undeclared_page),
    path("settings/", allow("admin")(lambda request: HttpResponse("settings"))),
    path("me/", signed_in(lambda request: HttpResponse("me"))),
    path("notifications/", signed_in(lambda request: HttpResponse("notifications"))),
    path("login/", open_page, name="account_login"),
    path("logout/", open_page, name="account_logout"),
    path("api/open/", OpenApi.as_view()),
    path("api/undeclared/", UndeclaredApi.as_view()),
    path("api/token/", TokenApi.as_view()),
    path("api/broken/", broken_page),
    path("i18n/", include("slaportal.web.urls")),
]
handler400 = "slaportal.web.views.bad_request"
handler403 = "slaportal.web.views.forbidden"
handler404 = "slaportal.web.views.not_found"
handler500 = "slaportal.web.views.server_error"
