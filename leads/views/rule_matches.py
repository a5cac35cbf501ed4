"""What a rule that somebody is writing says and whom it matches: a part of the rule's form, asked while they type."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from agreements.rule_form import read_rule
from agreements.rule_form.asking import Asked, asked_rule
from agreements.sentences.rules import rule_html
from agreements.terms.document import TermsInvalid
from agreements.terms.document.reading import clean
from agreements.terms.rules import RuleInvalid, dump, parse
from leads.rules.asking import Asked as Scope
from leads.rules.counting import count_matches
from slaportal.web.policy import signed_in
from slaportal.web.refusals import Refused, words_for
from slaportal.web.rendering import render_page

# Longer addresses are refused on their way by some servers.
MOST_LETTERS = 4000


@require_POST
@signed_in
def rule_matches(request: HttpRequest) -> HttpResponse:
    """The rule in words and its matches; while it is not complete, what it still lacks."""
    asked = asked_rule(request)
    if asked is None:
        raise Http404
    context = {"control_id": f"id_{asked.name}".replace(".", "-"), **_told(request, asked)}
    return render_page(request, "leads/rule_matches.html", context, "leads/_rule_matches.html")


def _told(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    tree, errors = read_rule(request.POST, asked.name, asked.scope)
    if errors:
        return {"lacks": errors[0][1]}
    try:
        rule = parse(clean(tree), asked.scope)
    except (TermsInvalid, RuleInvalid) as invalid:
        return {"lacks": invalid.errors[0][1]}
    scope: Scope = "lead" if asked.scope == "any" else asked.scope
    told: dict[str, Any] = {"sentence": rule_html(rule)}
    try:
        told["matches"] = count_matches(rule, scope, timezone.now(), asked.event)
    except Refused as refused:
        return told | {"refusal": words_for(refused)}
    query = urlencode(
        {"rule": json.dumps(dump(rule), ensure_ascii=False), "rule_scope": scope, "rule_event": asked.event}
    )
    return told | {"list_url": f"{reverse('leads:lead-list')}?{query}" if len(query) <= MOST_LETTERS else ""}
