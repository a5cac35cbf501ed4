"""A form as its visitors fill it in, for those who made it: a test takes the same way, and shows the lead."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from leads.forms.submitted import SubmittedForm
from leads.models import SourceKind
from leads.sources.designs import FormDesign
from leads.sources.lookup import hand_raises, source_for
from leads.sources.submitting import take_submission
from leads.views.sources.pages import READERS
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused, RefusedInput
from slaportal.web.rendering import refuse, render_page

PAGE = "leads/sources/preview.html"


@require_http_methods(["GET", "POST"])
@allow(*READERS)
def source_preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form with one's own address; sent from here it makes a lead like any other."""
    found = source_for(public_id, SourceKind.FORM)
    design = FormDesign.of(found)
    form = SubmittedForm(request.POST or None, design=design, initial={"email": person(request).email})
    context = {"source": found, "form": form, "design": design, "is_hand_raise": design.event_type in hand_raises()}
    if form.is_bound and not found.is_active:
        return refuse(request, PAGE, context, Refused("source_retired" if found.retired_at else "source_paused"))
    if not form.is_valid():
        return render_page(request, PAGE, context, status=422 if form.is_bound else 200)
    try:
        sent = take_submission(
            source=found,
            entries=form.entries(),
            about={"page": request.path},
            has_consented=bool(form.cleaned_data.get("consent")),
            at=timezone.now(),
        )
    except RefusedInput as refused:
        return refuse(request, PAGE, context, refused)
    return render_page(request, PAGE, {**context, "sent": sent})
