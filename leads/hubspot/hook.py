"""Where HubSpot delivers: what came is checked and stored, answered at once, and understood later."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from leads.hubspot.receiving import MAX_BODY, UntrustedDelivery, receive
from leads.hubspot.signing import Request
from leads.hubspot.troubles import note_trouble
from leads.models import LeadSource, SourceKind
from leads.sources.counting import count
from slaportal.web.policy import public
from slaportal.web.refusals import RefusedInput, words_for


@public
@csrf_exempt
@require_POST
def hook(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """200 {"stored", "duplicates", "refused"}; 401 without a proof, 404 unknown, 413 too large, 422 no events.

    A paused connection stores too, so that nothing is lost until it goes on.
    """
    at = timezone.now()
    source = LeadSource.objects.filter(public_id=public_id, kind=SourceKind.HUBSPOT, retired_at=None).first()
    if source is None:
        return _refusal(404, "not_found", "There is no such connection, or it has ended.")
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        note_trouble(source, "body_too_large", at=at)
        return _refusal(413, "body_too_large", f"A delivery has at most {MAX_BODY} bytes.")
    query = request.META.get("QUERY_STRING", "")
    uri = f"{settings.PUBLIC_URL}{request.path}{'?' if query else ''}{query}"
    delivery = Request(request.method or "POST", uri, request.body, request.headers)
    try:
        receipt = receive(source, delivery, at=at)
    except UntrustedDelivery as untrusted:
        count(source, "refused", at=at)
        return _refusal(401, str(untrusted), "The signature does not prove that this comes from HubSpot.")
    except RefusedInput as refused:
        return _refusal(422, refused.code, words_for(refused))
    count(source, "received", at=at, n=receipt.stored)
    return JsonResponse({"stored": receipt.stored, "duplicates": receipt.duplicates, "refused": receipt.refused})


def _refusal(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail}, status=status)
