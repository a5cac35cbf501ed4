"""Answers a request with a page, or with the one fragment of it that htmx asked for; tells refusals with 422."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.messages import SUCCESS, add_message, get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from slaportal.web.refusals import Refused, words_for

UNDO = "undo "


def render_page(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any],
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or for an htmx request only the template `fragment`, with the same context.

    Messages that the request left behind travel with the fragment, out of band, into the page's notices.
    """
    if fragment is not None and wants_fragment(request):
        html = render_to_string(fragment, dict(context), request) + _notices_out_of_band(request)
    else:
        html = render_to_string(page, dict(context), request)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def refuse(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any],
    refused: Refused,
    fragment: str | None = None,
) -> HttpResponse:
    """The same page or fragment with status 422 and the reason in words as `refusal`."""
    return render_page(request, page, {**context, "refusal": words_for(refused)}, fragment=fragment, status=422)


def announce(response: HttpResponse, text: str) -> HttpResponse:
    """Say `text` in the page's one role=status region after the swap; the same response, for chaining."""
    return trigger_client_event(response, "announce", {"text": str(text)}, after="swap")


def tell(request: HttpRequest, text: str, *, undo_url: str = "", level: int = SUCCESS) -> None:
    """Queue a notice for the top of the page; it stays until dismissed. `undo_url` gets a POST from its Undo button."""
    add_message(request, level, text, extra_tags=f"{UNDO}{undo_url}" if undo_url else "")


def undo_url_of(notice: Message) -> str:
    """The address that `tell` put into a notice."""
    tags = notice.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into the page; boosted links and history need the whole page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _notices_out_of_band(request: HttpRequest) -> str:
    """The queued messages as an htmx out-of-band swap, or nothing."""
    notices = list(get_messages(request))
    if not notices:
        return ""
    return render_to_string("_notices.html", {"notices": notices, "out_of_band": True}, request)
