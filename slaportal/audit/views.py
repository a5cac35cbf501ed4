"""The page of the audit: who changed what, the newest first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from slaportal.audit.models import AuditEntry
from slaportal.web.policy import allow
from slaportal.web.rendering import render_page

PER_PAGE = 50


class UncountedPaginator(Paginator):  # type: ignore[type-arg]
    """The audit only grows: counting it all for a page number would get slower every day. Counts up to a limit."""

    LIMIT = 10_000

    @property
    def count(self) -> int:
        return self.object_list.order_by()[: self.LIMIT].count()  # type: ignore[union-attr]


@allow("admin", "marketing_manager", "sales_manager")
@require_GET
def entry_list(request: HttpRequest) -> HttpResponse:
    """Entries, filtered by the thing ("lead:…"), by who did it (name or address) and by the action's beginning."""
    query = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("on", "actor", "action")}
    found = AuditEntry.objects.select_related("actor").order_by("-id").filter(**_filters(query))
    page = UncountedPaginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": query, "now": timezone.now()}
    return render_page(request, "audit/entries.html", context, fragment="audit/_entries.html")


def _filters(query: dict[str, str]) -> dict[str, Any]:
    words = {"on": "on__startswith", "actor": "actor__name__icontains", "action": "action__startswith"}
    if "@" in query["actor"]:
        words["actor"] = "actor__email__iexact"
    return {words[name]: text for name, text in query.items() if text}
