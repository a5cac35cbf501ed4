"""The people of the demo world, who may be played without a password on the machine that runs it."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.http.request import split_domain_port

from slaportal.accounts.models import Role, User

# Only the demo world's seed gives addresses of this domain; the name can never exist on the internet.
DOMAIN = "demo.example"
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
ORDER = (Role.REP, Role.SALES_MANAGER, Role.MARKETER, Role.MARKETING_MANAGER, Role.ADMIN)


def demo_people(request: HttpRequest) -> QuerySet[User]:
    """Whom a visitor may play: nobody, unless DEMO is on and browser and server are the same machine."""
    if not (settings.DEMO and _is_this_machine(request)):
        return User.objects.none()
    rank = Case(*(When(role=role, then=Value(n)) for n, role in enumerate(ORDER)), output_field=IntegerField())
    return User.objects.filter(is_active=True, email__endswith=f"@{DOMAIN}").select_related("team").order_by(rank, "id")


def _is_this_machine(request: HttpRequest) -> bool:
    """The name in the address bar and the caller are both loopback, and no proxy stands between."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    name, _ = split_domain_port(request.get_host())
    try:
        caller = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return name in LOOPBACK_NAMES and caller.is_loopback
