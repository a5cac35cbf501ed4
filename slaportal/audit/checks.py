"""What `manage.py verify` checks: the audit's chain, and whatever other rooms register."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from slaportal.audit.models import AuditEntry
from slaportal.audit.services import digest_of

Check = Callable[[], Iterable[str]]

_checks: dict[str, Check] = {}


def register(check: Check) -> Check:
    """Add a check, called without arguments: yields one sentence per problem. For use in an AppConfig.ready()."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check
    return check


def registered() -> dict[str, Check]:
    """All checks by name, in the order of their registration."""
    return dict(_checks)


@register
def verify_chain() -> list[str]:
    """Every place where the chain is broken: a missing number, a wrong link, a changed row."""
    problems = []
    seq, prev = 0, ""
    for entry in AuditEntry.objects.exclude(seq=None).order_by("seq").iterator(chunk_size=2000):
        seq += 1
        if entry.seq != seq:
            problems.append(f"audit: entries {seq} to {(entry.seq or 0) - 1} are missing")
            seq = entry.seq or seq
        if entry.prev != prev:
            problems.append(f"audit: entry {seq} does not follow the entry before it")
        if entry.digest != digest_of(entry, seq=seq, prev=entry.prev):
            problems.append(f"audit: entry {seq} is not what was sealed")
        prev = entry.digest
    return problems
