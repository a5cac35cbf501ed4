"""Nurture: the agreed paths, who is in them, and who came back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from agreements.selectors import active_version
from leads.nurture import path_of
from leads.selectors.paths import came_back, path_rows, step_rows
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def nurture(request: HttpRequest) -> HttpResponse:
    """All paths of the terms in force."""
    version = active_version()
    rows = path_rows(version) if version else []
    return render_page(request, "leads/nurture.html", {"rows": rows, "version": version, "now": timezone.now()})


@require_GET
@signed_in
def nurture_path(request: HttpRequest, path: str) -> HttpResponse:
    """One path: its steps, who is at each, the last who came back."""
    version = active_version()
    found = path_of(version.document, path) if version else None
    if version is None or found is None:
        raise Http404
    then = path_of(version.document, found.then) if found.then else None
    context = {
        "path": found,
        "then": then,
        "steps": step_rows(found),
        "came_back": came_back(found),
        "version": version,
        "now": timezone.now(),
    }
    return render_page(request, "leads/nurture_path.html", context)
