"""POST /hooks/form/<uuid>/: the forms of any web site, from a page without a script or by fetch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from leads.forms.submitted import SubmittedForm
from leads.models import LeadSource, SourceKind
from leads.sources.counting import count
from leads.sources.designs import FormDesign, origin_of
from leads.sources.submitting import take_submission
from leads.views.sources.door import WrongOrigin, error, headers_of, refuse_large, source_at, take_turn
from slaportal.web.json_input import BadJson, parse_json
from slaportal.web.limits import Limit
from slaportal.web.middleware import CONTENT_SECURITY_POLICY
from slaportal.web.policy import public
from slaportal.web.refusals import Refused, RefusedInput, words_for
from slaportal.web.rendering import render_page

MOST_BYTES = 65_536
# An office behind one address fills in a few; a robot does not stop.
OF_ONE = Limit("hooks-form-address", 20, 600)
OF_ALL = Limit("hooks-form", 300, 60)
PREFLIGHT = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}


@csrf_exempt
@public
@require_http_methods(["POST", "OPTIONS"])
def form(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """303 to the page of thanks, or 201 as JSON; 422 with the entries and what is wrong with them."""
    at = timezone.now()
    try:
        source = source_at(public_id, SourceKind.FORM)
    except Refused as refused:
        return _refused(request, refused)
    design = FormDesign.of(source)
    if request.method == "OPTIONS":
        return _readable_there(HttpResponse(status=204, headers=PREFLIGHT), request, design)
    try:
        answer = _answer(request, source, design, at)
    except BadJson as bad:
        count(source, "refused", at=at)
        answer = JsonResponse({"code": bad.code, "detail": bad.detail, "fields": {}}, status=400)
    except Refused as refused:
        count(source, "refused", at=at)
        answer = _refused(request, refused)
    return _readable_there(answer, request, design)


@public
@require_GET
def thanks(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a visitor sees who sent a form, where its site has no page of its own for that."""
    try:
        source = source_at(public_id, SourceKind.FORM)
    except Refused as refused:
        return _refused(request, refused)
    return render_page(request, "leads/sources/thanks.html", {"thanks": FormDesign.of(source).thanks})


def origin_sent(request: HttpRequest) -> str:
    """The site of the page that sends, as its browser says; "" where that keeps it to itself."""
    origin = request.headers.get("Origin", "")
    return origin_of(origin if origin not in ("", "null") else request.headers.get("Referer", ""))


def is_own_page(request: HttpRequest, origins: frozenset[str]) -> bool:
    """Whether the sending page is of one of these sites or of ours, or nobody says whose it is; without sites: any."""
    sent = origin_sent(request)
    own = {origin_of(settings.PUBLIC_URL), f"{request.scheme}://{request.get_host()}"}
    return not sent or not origins or sent in origins | own


def _answer(request: HttpRequest, source: LeadSource, design: FormDesign, at: dt.datetime) -> HttpResponse:
    take_turn(OF_ONE, source, request, at=at)
    take_turn(OF_ALL, source, None, at=at)
    if not is_own_page(request, design.origins):
        raise WrongOrigin("origin_unknown")
    refuse_large(request, MOST_BYTES)
    filled = SubmittedForm(_entries(request), design=design)
    if filled.is_of_a_robot:
        count(source, "spam", at=at)
        return _thanked(request, source, design)
    if not filled.is_valid() or not _taken(source, filled, at):
        count(source, "refused", at=at)
        return _wrong(request, source, filled)
    count(source, "received", at=at)
    return _thanked(request, source, design)


def _taken(source: LeadSource, filled: SubmittedForm, at: dt.datetime) -> bool:
    """Take it; where intake refuses an entry after all, that stands beside its field."""
    try:
        take_submission(
            source=source,
            entries=filled.entries(),
            about=filled.about(),
            has_consented=bool(filled.cleaned_data.get("consent")),
            browser=filled.browser(),
            at=at,
        )
    except RefusedInput as refused:
        field = refused.facts.get("field", "")
        filled.add_error(field if field in filled.fields else None, words_for(refused))
        return False
    return True


def _entries(request: HttpRequest) -> Mapping[str, Any]:
    """The entries of a form, or of a JSON object of texts."""
    if request.content_type != "application/json":
        return request.POST
    sent = parse_json(request.body, MOST_BYTES)
    if not isinstance(sent, dict):
        raise RefusedInput("row_not_an_object")
    return {name: value for name, value in sent.items() if isinstance(value, str | bool)}


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _thanked(request: HttpRequest, source: LeadSource, design: FormDesign) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"is_taken": True, "thanks": design.thanks, "redirect": design.redirect}, status=201)
    # See other: a reload then shows the page again and sends nothing.
    there = design.redirect or reverse("leads:hooks-form-thanks", args=[source.public_id])
    response = HttpResponseRedirect(there)
    response.status_code = 303
    return response


def _wrong(request: HttpRequest, source: LeadSource, filled: SubmittedForm) -> HttpResponse:
    """The form again on a page of ours, with what was entered; it may go on to the site's own page afterwards."""
    if _wants_json(request):
        fields = {name or "": [str(one) for one in errors] for name, errors in filled.errors.items()}
        return error(RefusedInput("form_wrong"), fields)
    response = render_page(request, "leads/sources/again.html", {"source": source, "form": filled}, status=422)
    if there := origin_of(filled.design.redirect):
        policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {there}")
        response.headers["Content-Security-Policy"] = policy
    return response


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    if _wants_json(request):
        return error(refused)
    context = {"title": _("This form could not be sent"), "text": words_for(refused)}
    response = render_page(request, "leads/sources/not_taken.html", context, status=refused.status)
    for name, value in headers_of(refused).items():
        response.headers[name] = value
    return response


def _readable_there(response: HttpResponse, request: HttpRequest, design: FormDesign) -> HttpResponse:
    """Let a page of an allowed site read the answer; no cookie of ours ever goes with it."""
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and is_own_page(request, design.origins):
        response.headers["Access-Control-Allow-Origin"] = origin_of(origin)
    return response
