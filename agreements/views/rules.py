"""One rule of a form, shown again after a button or a choice in it changed what it consists of."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agreements.rule_form import read_rule, rule_node
from agreements.rule_form.asking import asked_rule
from agreements.services import EDITORS
from slaportal.web.policy import allow
from slaportal.web.rendering import render_page


@require_POST
@allow(*EDITORS)
def rule(request: HttpRequest) -> HttpResponse:
    """The fragment alone: a form that was sent without htmx is answered by its own page."""
    asked = asked_rule(request)
    if asked is None:
        raise Http404
    tree, _errors = read_rule(request.POST, asked.name, asked.scope)
    node = rule_node(
        asked.name, asked.name, asked.scope, tree, event_name=asked.event_name, event=asked.event, sent=request.POST
    )
    return render_page(request, "agreements/_rule.html", {"rule": node}, "agreements/_rule.html")
