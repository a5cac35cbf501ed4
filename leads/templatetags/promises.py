"""Words of promises in notices and pages."""

from __future__ import annotations

from django import template

from leads.commitments import Kind

register = template.Library()


@register.filter
def promise_word(kind: str) -> str:
    """The translated word for a kind of promise ("first_response"); an unknown kind stays as it is."""
    return str(Kind(kind).label) if kind in Kind.values else kind
