"""What a draft would make of the leads that are here: a part of the draft's page, counted before anybody signs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agreements import access
from agreements.models import Agreement, AgreementVersion
from agreements.selectors import active_version
from leads.scoring import governing
from leads.scoring.preview import Preview, preview
from leads.scoring.preview_count import MAY_COUNT, count_job, start_count
from slaportal.accounts.reader import person
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused, words_for
from slaportal.web.rendering import render_page


@require_GET
@signed_in
def draft_preview(request: HttpRequest) -> HttpResponse:
    """``?agreement=`` names whose draft; the default agreement's if left out."""
    draft = _draft(request, request.GET.get("agreement", ""))
    active = active_version(draft.agreement.slug)
    context = _counting(request, draft) | {"draft": draft, "active": active, "shown": None}
    context["is_same"] = active is not None and active.document.qualification == draft.document.qualification
    if not context["is_same"]:
        try:
            context["shown"] = _shown(preview(draft, governing(), timezone.now()))
        except Refused as refused:
            context["refusal"] = words_for(refused)
    return render_page(request, "leads/draft_preview.html", context, fragment="leads/_draft_preview.html")


@require_GET
@signed_in
def draft_count(request: HttpRequest) -> HttpResponse:
    """How far the count of all leads has come; a fragment of the preview that asks again until it is over."""
    draft = _draft(request, request.GET.get("agreement", ""))
    context = _counting(request, draft) | {"draft": draft, "is_news": True}
    return render_page(request, "leads/draft_count.html", context, fragment="leads/_draft_count.html")


@require_POST
@allow(*MAY_COUNT)
def draft_count_start(request: HttpRequest) -> HttpResponseBase:
    """Count all leads for the draft, as a job; whoever asks meanwhile joins it."""
    draft = _draft(request, request.POST.get("agreement", ""))
    start_count(draft=draft, by=person(request), at=timezone.now())
    return redirect(f"{reverse('leads:draft-preview')}?agreement={draft.agreement.slug}")


def _draft(request: HttpRequest, slug: str) -> AgreementVersion:
    slug = slug or Agreement.objects.filter(is_default=True).values_list("slug", flat=True).first() or ""
    return access.draft_for(person(request), slug.replace("\0", ""))


def _counting(request: HttpRequest, draft: AgreementVersion) -> dict[str, Any]:
    may_count = person(request).role in MAY_COUNT
    return {"agreement": draft.agreement, "job": count_job(draft), "may_count": may_count}


def _shown(found: Preview) -> dict[str, Any]:
    """The grid row by row: fit from A to C, in each interest from 1 to 3."""
    rows = [[(fit + interest, *found.bands[fit + interest]) for interest in "123"] for fit in "ABC"]
    return {"found": found, "rows": rows, "ways": [("up", found.up), ("down", found.down)], "is_many": found.is_many}
