"""Scores by the terms in force: how far the rescore has come, and what to do with the leads that qualify then."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agreements.models import AgreementVersion
from agreements.selectors import active_version
from leads import past
from leads.models import LeadScore
from leads.scoring.rescoring import rescore_job
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.rendering import render_page, tell

MAY_HAND_OVER = ("marketer", "marketing_manager", "sales_manager", "admin")


@require_GET
@signed_in
def rescoring(request: HttpRequest) -> HttpResponse:
    """The rescore by the terms in force; a fragment of the agreement's page that asks again until it is over.

    ``?agreement=`` names whose; the company's own if left out.
    """
    context = _context(request, _asked(request.GET.get("agreement", "")))
    return render_page(request, "leads/rescoring.html", context, fragment="leads/_rescoring.html")


@require_POST
@allow(*MAY_HAND_OVER)
def rescoring_handoff(request: HttpRequest) -> HttpResponseBase:
    """Hand over the leads that qualify by an agreement's terms in force, as a job."""
    version = _asked(request.POST.get("agreement", ""))
    past.start_hand_over(asked_on=_asked_on(version), by=person(request), at=timezone.now(), version=version)
    tell(request, _("The leads that qualify are being handed over, spread over the available reps."))
    return redirect(f"{reverse('leads:rescoring')}?agreement={version.agreement.slug}")


def _asked(slug: str) -> AgreementVersion:
    version = active_version(slug.replace("\0", "") or None)
    if version is None:
        raise Http404
    return version


def _context(request: HttpRequest, version: AgreementVersion) -> dict[str, Any]:
    job, hand_over = rescore_job(), past.hand_over_job(_asked_on(version))
    is_over = job is not None and job.is_over
    return {
        "version": version,
        "job": job,
        "is_over": is_over,
        "n_scored": LeadScore.objects.filter(version=version).count() if is_over else 0,
        "hand_over": hand_over,
        "is_moving": not is_over or (hand_over is not None and not hand_over.is_over),
        "n_qualified": past.n_qualified(timezone.now(), version) if is_over else 0,
        "may_hand_over": person(request).role in MAY_HAND_OVER,
    }


def _asked_on(version: AgreementVersion) -> str:
    return f"version:{version.agreement.slug}/{version.number}"
