"""`{% load glossary %}`: agreed words as links that open their definition, for the pages of all rooms."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from agreements.glossary import Glossary, current_glossary

register = template.Library()


@register.simple_tag(takes_context=True)
def word(context: Context, name: str, label: str = "") -> SafeString:
    """An agreed word by its name: `{% word "mql" %}`, with another label `{% word "mql" text %}`; else plain text."""
    glossary = current_glossary(_request(context))
    found = glossary.find(name)
    if found is None:
        return conditional_escape(label or name)
    return glossary.link(found, label or found.word)


@register.simple_tag(takes_context=True)
def marked(context: Context, text: str, glossary: Glossary | None = None, clause: str = "") -> SafeString:
    """A text with its agreed words marked: `{% marked figure.name %}`; by the words in force unless given others."""
    return (glossary or current_glossary(_request(context))).mark(text, clause)


def _request(context: Context) -> HttpRequest | None:
    """Also within an include that passes nothing on."""
    found: HttpRequest | None = getattr(context, "request", None) or context.get("request")
    return found
