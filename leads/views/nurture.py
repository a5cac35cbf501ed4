"""Nurture: the agreed paths, who is in them, and who came back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from agreements.models import AgreementVersion
from agreements.selectors import company_version
from leads.nurture import path_of
from leads.scoring import Governing, governing
from leads.selectors.paths import came_back, path_rows, step_rows
from leads.views.leads_list import is_shown
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def nurture(request: HttpRequest) -> HttpResponse:
    """All paths of the terms in force, agreement by agreement."""
    in_force = governing()
    parts = [{"version": version, "rows": path_rows(version)} for version in in_force.versions]
    context = {"parts": parts, "version": company_version(in_force.versions), "now": timezone.now()}
    return render_page(request, "leads/nurture.html", context)


@require_GET
@signed_in
def nurture_path(request: HttpRequest, path: str) -> HttpResponse:
    """One path: its steps, who is at each, the last who came back. ``?agreement=`` where several have one so named."""
    in_force = governing()
    version = _having(in_force, path, request.GET.get("agreement", ""))
    found = path_of(version.document, path) if version else None
    if version is None or found is None:
        raise Http404
    then = path_of(version.document, found.then) if found.then else None
    context = {
        "path": found,
        "then": then,
        "steps": step_rows(version, found),
        "came_back": came_back(version, found),
        "version": version,
        "names_agreement": is_shown(in_force),
        "now": timezone.now(),
    }
    return render_page(request, "leads/nurture_path.html", context)


def _having(in_force: Governing, path: str, slug: str) -> AgreementVersion | None:
    """The version in force with this path: the asked agreement's, else the company's, else the first that has it."""
    versions = [one for one in in_force.versions if path_of(one.document, path) is not None]
    if slug:
        return next((one for one in versions if one.agreement.slug == slug), None)
    return company_version(versions)
