"""Events that could not be counted: for admins, with the error and a way to try again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from leads.drain import retry_set_aside_events, set_aside_events
from slaportal.web.policy import allow
from slaportal.web.rendering import render_page, tell

SHOWN = 200


@require_GET
@allow("admin")
def set_aside_list(request: HttpRequest) -> HttpResponse:
    """The newest of them; all are tried again together."""
    waiting = set_aside_events()
    context = {"waiting": waiting[:SHOWN], "count": waiting.count()}
    return render_page(request, "leads/set_aside.html", context)


@require_POST
@allow("admin")
def set_aside_retry(request: HttpRequest) -> HttpResponseBase:
    """Let the next tick try all of them."""
    n = retry_set_aside_events(timezone.now())
    tell(request, ngettext("%(n)s event is tried again.", "%(n)s events are tried again.", n) % {"n": n})
    return redirect("leads:set-aside-list")
