"""Pages of what was told and what is running: notifications, a job's progress, deliveries that failed."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HTMX_STOP_POLLING, trigger_client_event

from slaportal.accounts.reader import PersonRequest
from slaportal.outbox import access, selectors, services
from slaportal.outbox.models import OutboxMessage
from slaportal.outbox.registry import title_of
from slaportal.web.policy import allow, signed_in
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, wants_fragment

PER_PAGE = 50


@signed_in
@require_GET
def notification_list(request: PersonRequest) -> HttpResponse:
    """What I was told, the newest first."""
    found = request.user.notifications.select_related("recipient").order_by("-created_at", "id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "notices": selectors.notices_in(list(page.object_list)), "now": timezone.now()}
    return render_page(request, "outbox/notifications.html", context)


@signed_in
@require_GET
def bell(request: PersonRequest) -> HttpResponse:
    """The bell with its count, as a fragment."""
    context = {"path": reverse("outbox:notifications")}
    return render_page(request, "outbox/bell.html", context, fragment="outbox/_bell.html")


@signed_in
@require_POST
def notification_reading(request: PersonRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark it as read and go where it leads."""
    found = access.notification_for(request.user, notification_id)
    services.mark_read(by=request.user, notification=found)
    return redirect(found.url or "outbox:notifications")


@signed_in
@require_POST
def all_notifications_reading(request: PersonRequest) -> HttpResponse:
    """Mark all of mine as read."""
    services.mark_read(by=request.user)
    return redirect("outbox:notifications")


@signed_in
@require_GET
def job(request: PersonRequest, job_id: uuid.UUID) -> HttpResponse:
    """A job's progress: a page, or the fragment that asks for itself each second until the job is over."""
    found = access.job_for(request.user, job_id)
    is_fragment = wants_fragment(request)
    context = {
        "job": found,
        "title": title_of(found.kind),
        "has_details": access.may_see_details(request.user, found),
    }
    status = HTMX_STOP_POLLING if found.is_over and is_fragment else 200
    response = render_page(request, "outbox/job.html", context, fragment="outbox/_job.html", status=status)
    return trigger_client_event(response, "job-over") if found.is_over and is_fragment else response


@allow("admin")
@require_GET
def deliveries(request: PersonRequest) -> HttpResponse:
    """What waits, what failed, and whether the background work is alive."""
    return render_page(request, "outbox/deliveries.html", _deliveries(request))


@allow("admin")
@require_POST
def delivery_replay(request: PersonRequest, message_id: uuid.UUID) -> HttpResponse:
    """Offer a dead message anew."""
    message = get_object_or_404(OutboxMessage, pk=message_id)
    if not services.replay(message=message):
        refused = Refused("message_not_dead")
        return refuse(request, "outbox/deliveries.html", _deliveries(request), refused)
    messages.success(request, gettext("It is tried again within seconds."))
    return redirect("outbox:deliveries")


def _deliveries(request: PersonRequest) -> dict[str, object]:
    now = timezone.now()
    return {
        "backlog": selectors.backlog(),
        "page": Paginator(selectors.dead_messages(), PER_PAGE).get_page(request.GET.get("page")),
        "failed_jobs": [{"job": each, "title": title_of(each.kind)} for each in selectors.failed_jobs()[:20]],
        "pulses": selectors.pulses(now),
        "now": now,
    }
