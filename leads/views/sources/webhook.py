"""POST /hooks/in/<uuid>/: signed deliveries of any program, by the scheme of Standard Webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leads.intake import Rejection
from leads.models import LeadSource, SourceKind
from leads.sources.counting import count
from leads.sources.keeping import secrets_of
from leads.sources.receiving import DeliveryReport, keep_sample, receive_delivery
from leads.sources.signing import check_signature, check_time
from leads.views.sources.door import body_of, error, source_at, take_turn
from slaportal.web.json_input import MIB, BadJson, parse_json
from slaportal.web.limits import Limit
from slaportal.web.policy import public
from slaportal.web.refusals import Refused, RefusedInput, words_for

MOST_BYTES = MIB
STORM = Limit("hooks-in", 3000, 60)


@csrf_exempt
@public
@require_POST
def webhook(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """200 with what became of each item; 401 unsigned, 410 ended, 413 too large, 422 nothing taken, 429 too often."""
    at = timezone.now()
    try:
        source = source_at(public_id, SourceKind.WEBHOOK)
    except Refused as refused:
        return error(refused)
    try:
        report = _receive(request, source, at)
    except BadJson as bad:
        count(source, "refused", at=at)
        return JsonResponse({"code": bad.code, "detail": bad.detail, "fields": {}}, status=400)
    except Refused as refused:
        count(source, "refused", at=at)
        found = refused.facts.get("report")
        return error(refused, fields_of(found.rejected) if isinstance(found, DeliveryReport) else None)
    count(source, "received", at=at)
    return JsonResponse(reply(report))


def reply(report: DeliveryReport) -> dict[str, Any]:
    """What became of a delivery, for the program that sent it."""
    return {
        "is_repeated": report.is_repeated,
        "leads": {"created": report.created, "updated": report.updated, "unchanged": report.unchanged},
        "events": {"accepted": report.events, "duplicates": report.duplicates},
        "rejected": [{"index": row.index, "code": row.code, "detail": _words(row)} for row in report.rejected],
    }


def fields_of(rejected: Sequence[Rejection]) -> dict[str, list[str]]:
    """{"0.lead.email": [why]} of the first hundred mistakes."""
    fields: dict[str, list[str]] = {}
    for row in rejected[:100]:
        path = f"{row.index}.{row.field}" if row.field else str(row.index)
        fields.setdefault(path, []).append(words_for(RefusedInput(row.code, **row.facts)))
    return fields


def _receive(request: HttpRequest, source: LeadSource, at: dt.datetime) -> DeliveryReport:
    """Verify the very bytes before anything looks into them, then take what they say."""
    delivery = request.headers.get("webhook-id", "")
    timestamp = request.headers.get("webhook-timestamp", "")
    check_time(delivery=delivery, timestamp=timestamp, at=at)
    raw = body_of(request, MOST_BYTES)
    check_signature(
        known=secrets_of(source, at=at),
        delivery=delivery,
        timestamp=timestamp,
        body=raw,
        signatures=request.headers.get("webhook-signature", ""),
    )
    # Only what is signed counts: nobody else uses up what the sender may send.
    take_turn(STORM, source, None, at=at)
    body = parse_json(raw, MOST_BYTES)
    keep_sample(source, body, at=at)
    return receive_delivery(source=source, delivery=delivery, body=body, at=at)


def _words(row: Rejection) -> str:
    words = words_for(RefusedInput(row.code, **row.facts))
    return _("%(field)s: %(words)s") % {"field": row.field, "words": words} if row.field else words
