"""The last thirty days of each promise: a page of its own, and the figures in the margin of the agreement."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from agreements import access
from agreements.selectors import active_version
from agreements.sentences import chapters
from kpis.kept import kept_by_clause
from slaportal.accounts.reader import person
from slaportal.web.policy import signed_in
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def promises(request: HttpRequest) -> HttpResponse:
    """Kept and decided by clause; for htmx the figures go, out of band, into the margins of the clauses."""
    slug = request.GET.get("agreement", "")
    version = active_version(access.agreement_for(person(request), slug).slug if slug else None)
    if version is None:
        raise Http404
    now = timezone.now()
    kept = kept_by_clause(version.agreement, now)
    said = next(chapter for chapter in chapters(version.document) if chapter.id == "commitments")
    rows = [{"clause": clause, "kept": kept.get(clause.id)} for clause in said.clauses]
    context = {"agreement": version.agreement, "version": version, "rows": rows, "now": now}
    return render_page(request, "kpis/promises.html", context, "kpis/_kept_margins.html")
