"""Where a request comes from: the address that may be believed."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# One household or company has a whole network of them.
IPV6_PREFIX = 64


def caller_address(request: HttpRequest) -> str:
    """The address of the caller, of IPv6 its /64 network; behind proxies of ours the hop that the outermost one saw.

    TRUSTED_PROXY_COUNT says how many proxies are ours. Each appends the address it was called from to
    X-Forwarded-For, so that we count from the right: whatever stands further left, anybody can write.
    """
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")] if proxies else []
    text = hops[-proxies] if proxies and len(hops) >= proxies else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)
