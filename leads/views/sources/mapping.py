"""The mapping of a webhook: paths of the sender's JSON, seen on the body that came last."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads.forms.sources import FIELD_LABELS, MappingForm
from leads.intake.rows import RowRejected, shown_short
from leads.models import LeadSource, SourceKind, SourceSample
from leads.sources import keeping
from leads.sources.lookup import source_for
from leads.sources.mapping import paths_of
from leads.sources.receiving import Item, read_item
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused, RefusedInput, words_for
from slaportal.web.rendering import refuse, render_page

PAGE = "leads/sources/mapping.html"


@require_http_methods(["GET", "POST"])
@allow("admin")
def source_mapping(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save the mapping, or with the other button only look at what it makes of the last body."""
    found = source_for(public_id, SourceKind.WEBHOOK)
    form = MappingForm(request.POST or None, kept=found.options.get("mapping") or {})
    if not form.is_valid():
        return render_page(request, PAGE, _context(found, form), status=422 if form.is_bound else 200)
    if "look" in request.POST:
        return render_page(request, PAGE, _context(found, form, {"mapping": form.mapping()}))
    options = {"mapping": form.mapping()}
    try:
        keeping.change_source(public_id=public_id, options=options, by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, PAGE, _context(found, form), refused)
    messages.success(request, _("The mapping is saved."))
    return redirect("leads:source-mapping", public_id)


def _context(source: LeadSource, form: MappingForm, tried: dict[str, Any] | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {"source": source, "form": form}
    sample = SourceSample.objects.filter(source=source).first()
    if sample is None:
        return context
    first = sample.body[0] if isinstance(sample.body, list) and sample.body else sample.body
    context |= {"sample": sample, "paths": paths_of(first)}
    try:
        context["preview"] = _shown(read_item(first, {**source.options, **(tried or {})}))
    except RowRejected as error:
        context["mistake"] = words_for(RefusedInput(error.code, **error.facts))
    return context


def _shown(item: Item) -> list[tuple[str, str]]:
    """What the mapping makes of it, each of our fields with its value."""
    rows = []
    for part in (item.lead or {}, item.event or {}):
        for name, value in part.items():
            if name in {"attributes", "properties"} and isinstance(value, dict):
                rows += [(str(key), shown_short(one)) for key, one in value.items()]
            else:
                rows.append((str(FIELD_LABELS.get(name, name)), shown_short(value)))
    return rows
