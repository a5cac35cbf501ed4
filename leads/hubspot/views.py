"""The connection's own pages: set up step by step, what came of it, and what an admin does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.forms.hubspot import ConnectionForm, SecretsForm
from leads.forms.sources import NameForm
from leads.hubspot import connecting
from leads.hubspot.applying import retry_set_aside
from leads.hubspot.options import Options
from leads.hubspot.state import connection_for, state_of_connection
from leads.models import LeadSource, SourceKind
from leads.sources import keeping
from slaportal.accounts.reader import person
from slaportal.outbox.registry import title_of
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell

NEW, PAGE, EDIT = "leads/hubspot/new.html", "leads/hubspot/connection.html", "leads/hubspot/edit.html"


@require_http_methods(["GET", "POST"])
@allow("admin")
def connection_new(request: HttpRequest) -> HttpResponse:
    """A name; all else follows on the connection's page."""
    form = NameForm(request.POST or None, initial={"name": "HubSpot"})
    if not form.is_valid():
        return render_page(request, NEW, {"form": form}, status=422 if form.is_bound else 200)
    try:
        source, _secret = keeping.add_source(
            kind=SourceKind.HUBSPOT,
            name=form.cleaned_data["name"],
            options={},
            by=person(request),
            at=timezone.now(),
        )
    except Refused as refused:
        return refuse(request, NEW, {"form": form}, refused)
    return redirect("hubspot:connection", source.public_id)


@require_GET
@allow("admin")
def connection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What to do in HubSpot, how it stands, and why something was refused."""
    return render_page(request, PAGE, _context(connection_for(public_id)))


@require_http_methods(["GET", "POST"])
@allow("admin")
def connection_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What comes in, how stages map, what is written back."""
    source = connection_for(public_id)
    form = ConnectionForm(request.POST or None, options=Options.of(source))
    context = {"form": form, "source": source}
    if not form.is_valid():
        return render_page(request, EDIT, context, status=422 if form.is_bound else 200)
    try:
        keeping.change_source(public_id=public_id, options=form.options(), by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, EDIT, context, refused)
    tell(request, _("Saved."))
    return redirect("hubspot:connection", public_id)


@require_POST
@allow("admin")
def connection_secrets(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Enter or replace the client secret and the token; neither is ever shown."""
    source = connection_for(public_id)
    form = SecretsForm(request.POST)
    if not form.is_valid():
        return render_page(request, PAGE, {**_context(source), "form": form}, status=422)
    return _done(
        request,
        source,
        lambda: connecting.set_secrets(source=source, secrets=form.cleaned_data, by=person(request), at=timezone.now()),
        _("Saved. What was left blank stays as it was."),
    )


@require_POST
@allow("admin")
def connection_state(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause it, or let it go on."""
    is_active = request.POST.get("is_active") == "yes"
    said = _("It goes on.") if is_active else _("It is paused: what HubSpot sends is stored, and counts later.")
    return _done(
        request,
        connection_for(public_id),
        lambda: keeping.set_source_active(
            public_id=public_id, is_active=is_active, by=person(request), at=timezone.now()
        ),
        said,
    )


@require_POST
@allow("admin")
def connection_pull(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask HubSpot now, as a job."""
    source = connection_for(public_id)
    return _done(
        request,
        source,
        lambda: connecting.pull_now(source=source, by=person(request), at=timezone.now()),
        _("HubSpot is asked now."),
    )


@require_POST
@allow("admin")
def connection_retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Try again what was set aside."""
    n = retry_set_aside(connection_for(public_id))
    tell(request, ngettext("%(n)s event is tried again.", "%(n)s events are tried again.", n) % {"n": n})
    return redirect("hubspot:connection", public_id)


@require_POST
@allow("admin")
def connection_retirement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End it for good; what came from it stays."""
    return _done(
        request,
        connection_for(public_id),
        lambda: keeping.retire_source(public_id=public_id, by=person(request), at=timezone.now()),
        _("The source has ended. Its leads and events stay."),
    )


def _done(request: HttpRequest, source: LeadSource, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return refuse(request, PAGE, _context(source), refused)
    tell(request, said)
    return redirect("hubspot:connection", source.public_id)


def _context(source: LeadSource) -> dict[str, Any]:
    return {**state_of_connection(source), "form": SecretsForm(), "job_title": title_of("leads.hubspot")}
