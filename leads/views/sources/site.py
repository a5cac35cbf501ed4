"""GET /hooks/site.js and POST /hooks/visit/<uuid>/: the visits of any web site, as its pages report them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from leads import sources
from leads.models import LeadSource, SourceKind
from leads.sources.counting import count
from leads.sources.visits import count_visit, is_robot, source_of, tell_page_view, tie_browser
from leads.views.sources.door import WrongOrigin, body_of, error, source_at, take_turn
from leads.views.sources.form import is_own_page
from slaportal.web.callers import caller_address
from slaportal.web.json_input import BadJson, parse_json
from slaportal.web.limits import Limit, take
from slaportal.web.policy import public
from slaportal.web.refusals import Refused, RefusedInput

MOST_BYTES = 8192
OF_ONE = Limit("hooks-visit-address", 120, 60)
OF_ALL = Limit("hooks-visit", 6000, 60)
# Nobody reads more pages in a day; a program that pretends to would only raise a score.
VIEWS = Limit("hooks-visit-browser", 200, 86_400)
LONGEST = 2048


@public
@require_GET
def script(request: HttpRequest) -> HttpResponse:
    """The script that sites load; the same for all of them."""
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers=headers)


@csrf_exempt
@public
@require_POST
def visit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """204 for what was counted, and for what is not to be counted: robots, and people who asked not to be tracked."""
    at = timezone.now()
    try:
        site = source_at(public_id, SourceKind.SITE)
    except Refused as refused:
        return error(refused)
    if _is_unwanted(request):
        return HttpResponse(status=204)
    try:
        take_turn(OF_ONE, site, request, at=at)
        take_turn(OF_ALL, site, None, at=at)
        if not is_own_page(request, frozenset(site.options.get("origins", []))):
            raise WrongOrigin("origin_unknown")
        _count(site, request, _told(request), at)
    except BadJson as bad:
        count(site, "refused", at=at)
        return HttpResponse(bad.detail, status=400, content_type="text/plain; charset=utf-8")
    except Refused as refused:
        count(site, "refused", at=at)
        return error(refused)
    count(site, "received", at=at)
    return HttpResponse(status=204)


def _is_unwanted(request: HttpRequest) -> bool:
    asked_not_to = "1" in (request.headers.get("DNT"), request.headers.get("Sec-GPC"))
    return asked_not_to or is_robot(request.headers.get("User-Agent", ""))


def _told(request: HttpRequest) -> dict[str, str]:
    """The texts of the report, cut to a bearable length."""
    sent = parse_json(body_of(request, MOST_BYTES), MOST_BYTES, max_depth=2)
    if not isinstance(sent, dict):
        raise RefusedInput("row_not_an_object")
    return {name: value[:LONGEST] for name, value in sent.items() if isinstance(value, str)}


def _count(site: LeadSource, request: HttpRequest, told: dict[str, str], at: dt.datetime) -> None:
    page = told.get("page", "")
    count_visit(
        site=site,
        source=source_of(page, told.get("before", "")),
        address=caller_address(request),
        agent=request.headers.get("User-Agent", ""),
        at=at,
    )
    browser, view = _uuid(told.get("browser", "")), _uuid(told.get("view", ""))
    if browser is None or view is None:
        return
    if told.get("token"):
        tie_browser(browser=browser, token=told["token"], at=at)
    if take(VIEWS, str(browser), at=at).is_granted:
        tell_page_view(site=site, browser=browser, view=str(view), page=page, title=told.get("title", ""), at=at)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@cache
def _script() -> bytes:
    return (Path(sources.__file__).parent / "site.js").read_bytes()
