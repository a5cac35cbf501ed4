"""Which rule of a form a request is about, as the addresses in the rule's own controls say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast, get_args

from django.http import HttpRequest

from agreements.terms.rules.tree import Scope


@dataclass(frozen=True)
class Asked:
    """The name that begins the rule's controls, its scope, and which type of event an interest rule is about."""

    name: str
    scope: Scope
    event_name: str
    event: str


def asked_rule(request: HttpRequest) -> Asked | None:
    """None where the address names no rule."""
    name, scope = request.GET.get("name", ""), request.GET.get("scope", "")
    event_name = request.GET.get("event_name", "")
    if not _NAME.fullmatch(name) or scope not in get_args(Scope) or (event_name and not _NAME.fullmatch(event_name)):
        return None
    event = request.POST.get(event_name, "").replace("\0", "").strip() if event_name else ""
    return Asked(name, cast("Scope", scope), event_name, event)


_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,20}")
