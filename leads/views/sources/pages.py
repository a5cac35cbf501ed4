"""Settings of the sources: the list, a new one, one source with what it needs, and what admins do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.forms.designs import DesignForm
from leads.forms.sites import SiteForm
from leads.forms.sources import NameForm, SourceForm, WebhookForm
from leads.models import LeadSource, SourceKind
from leads.sources import keeping
from leads.sources.counting import today_of
from leads.sources.designs import snippet
from leads.sources.lookup import hand_raises, source_for, source_rows, state_of, visits_by_source
from slaportal.accounts.models import Role
from slaportal.accounts.reader import person
from slaportal.outbox.texts import absolute
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page

READERS = ("marketer", "marketing_manager", "sales_manager", "admin")
LIST, FORM, PAGE = "leads/sources/list.html", "leads/sources/edit.html", "leads/sources/source.html"
FORMS: dict[str, type[SourceForm]] = {
    SourceKind.FORM: DesignForm,
    SourceKind.WEBHOOK: WebhookForm,
    SourceKind.SITE: SiteForm,
}


@require_GET
@allow(*READERS)
def source_list(request: HttpRequest) -> HttpResponse:
    """All of them, with what came today and what was refused lately."""
    context = {"rows": source_rows(timezone.now()), "kinds": _kinds(), "may_change": _may_change(request)}
    return render_page(request, LIST, context)


@require_http_methods(["GET", "POST"])
@allow("admin")
def source_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new source of this kind; a secret is shown in the answer, once."""
    if kind not in FORMS:
        raise Http404
    raises = hand_raises()
    # Most forms are there to be contacted.
    form = FORMS[kind](
        request.POST or None, initial={"event_type": raises[0]} if raises and kind == SourceKind.FORM else {}
    )
    name = NameForm(request.POST or None)
    context = {"name": name, "form": form, "kind": SourceKind(kind), "hand_raises": raises}
    if request.method == "GET":
        return render_page(request, FORM, context)
    if not (name.is_valid() & form.is_valid()):
        return render_page(request, FORM, context, status=422)
    try:
        source, secret = keeping.add_source(
            kind=SourceKind(kind),
            name=name.cleaned_data["name"],
            options=form.options(),
            by=person(request),
            at=timezone.now(),
        )
    except Refused as refused:
        return refuse(request, FORM, context, refused)
    if secret:
        return render_page(request, PAGE, {**_context(request, source), "secret": secret}, status=201)
    return redirect("leads:source", source.public_id)


@require_GET
@allow(*READERS)
def source(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One source: its address, what it took, how to connect it."""
    return render_page(request, PAGE, _context(request, source_for(public_id)))


@require_http_methods(["GET", "POST"])
@allow("admin")
def source_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change what a source takes; its name stays."""
    found = source_for(public_id)
    form = FORMS[found.kind](request.POST or None, initial=FORMS[found.kind].initial_of(found.options))
    context = {"form": form, "source": found, "kind": SourceKind(found.kind), "hand_raises": hand_raises()}
    if not form.is_valid():
        return render_page(request, FORM, context, status=422 if form.is_bound else 200)
    try:
        keeping.change_source(public_id=public_id, options=form.options(), by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, FORM, context, refused)
    messages.success(request, _("Saved."))
    return redirect("leads:source", public_id)


@require_POST
@allow("admin")
def source_state(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause it, or let it go on."""
    is_active = request.POST.get("is_active") == "yes"
    said = _("It takes what comes again.") if is_active else _("It is paused: programs are asked to send again later.")
    return _done(
        request,
        public_id,
        lambda found: keeping.set_source_active(
            public_id=found.public_id, is_active=is_active, by=person(request), at=timezone.now()
        ),
        said,
    )


@require_POST
@allow("admin")
def source_secret(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A new secret, shown in the answer and never again."""
    found = source_for(public_id)
    try:
        found, secret = keeping.renew_secret(public_id=public_id, by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, PAGE, _context(request, found), refused)
    return render_page(request, PAGE, {**_context(request, found), "secret": secret})


@require_POST
@allow("admin")
def source_retirement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End it for good; what came from it stays."""
    return _done(
        request,
        public_id,
        lambda found: keeping.retire_source(public_id=found.public_id, by=person(request), at=timezone.now()),
        _("The source has ended. Its leads and events stay."),
    )


def _done(request: HttpRequest, public_id: UUID, act: Callable[[LeadSource], object], said: str) -> HttpResponse:
    found = source_for(public_id)
    try:
        act(found)
    except Refused as refused:
        return refuse(request, PAGE, _context(request, found), refused)
    messages.success(request, said)
    return redirect("leads:source", public_id)


def _context(request: HttpRequest, source: LeadSource) -> dict[str, Any]:
    return {
        "visits": visits_by_source(source, timezone.now()) if source.kind == SourceKind.SITE else [],
        "script": absolute(reverse("leads:hooks-script")),
        "snippet": snippet(source) if source.kind == SourceKind.FORM else "",
        "source": source,
        "state": state_of(source),
        "today": today_of(source, timezone.now()),
        "may_change": _may_change(request),
        "address": absolute(reverse(f"leads:hooks-{source.kind}", args=[source.public_id])),
    }


def _may_change(request: HttpRequest) -> bool:
    return person(request).role == Role.ADMIN


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, str(kind.label)) for kind in SourceKind if kind in FORMS]
