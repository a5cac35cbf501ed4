"""The page of the audit: who changed what, the newest first."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from slaportal.accounts.reader import PersonRequest
from slaportal.audit.models import AuditEntry
from slaportal.web.policy import allow
from slaportal.web.rendering import render_page

PER_PAGE = 50
COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """The audit only grows: counting all of it for a page number would get slower every day. Counts up to a limit."""

    @property
    def count(self) -> int:
        entries = cast("QuerySet[AuditEntry]", self.object_list)
        return entries.order_by()[:COUNTED].count()


@allow("admin", "marketing_manager", "sales_manager")
@require_GET
def entry_list(request: PersonRequest) -> HttpResponse:
    """Entries, filtered by the thing ("lead:…"), by who did it (name or address) and by the action's beginning."""
    query = {name: request.GET.get(name, "").replace("\x00", "").strip() for name in ("on", "actor", "action")}
    found = AuditEntry.objects.select_related("actor").order_by("-id").filter(**_filters(query))
    page = BoundedPaginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for entry in page:
        entry.lines = _lines(entry.facts)
    context = {"page": page, "query": query, "now": timezone.now()}
    return render_page(request, "audit/entries.html", context, fragment="audit/_entries.html")


def _filters(query: dict[str, str]) -> dict[str, Any]:
    words = {"on": "on__startswith", "actor": "actor__name__icontains", "action": "action__startswith"}
    if "@" in query["actor"]:
        words["actor"] = "actor__email__iexact"
    return {words[name]: text for name, text in query.items() if text}


def _lines(facts: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Facts as lines for people: what is nested gets a dotted name."""
    lines: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{prefix}{name}.")
        else:
            lines.append((f"{prefix}{name}", "–" if value is None else value))
    return lines
