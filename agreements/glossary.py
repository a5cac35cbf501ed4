"""The agreed words wherever they stand: each is a link to its clause, and opens its definition beside itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from agreements.models import AgreementVersion, Status

_TAG = re.compile(r"(<[^>]*>)")
# Within these nothing is marked: a link must not stand in a link.
_CLOSED = re.compile(r"<(/?)(?:a|button|code)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Word:
    """A defined word and the id of its clause."""

    id: str
    word: str


@dataclass(frozen=True)
class Glossary:
    """The words of one version, and the page that holds their clauses."""

    page: str
    words: tuple[Word, ...]
    # Which words are marked already in which clause.
    _done: dict[str, set[str]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, name: str) -> Word | None:
        """By the word itself or by its clause's id, as “mql”, “MQL” or “definition-mql”."""
        wanted = name.strip().casefold()
        names = {wanted, f"definition-{wanted}"}
        return next((one for one in self.words if one.word.strip().casefold() == wanted or one.id in names), None)

    def link(self, word: Word, label: str) -> SafeString:
        """The word as a link to its clause; a script shows the definition at once instead."""
        return format_html(
            '<a class="word" href="{0}#{1}" data-word="{0}words/{1}/">{2}</a>', self.page, word.id, label
        )

    def mark(self, text: str, clause: str = "") -> SafeString:
        """The text (HTML if it is marked safe) with the first place of each word made its link.

        Within a ``clause`` only the first of all its texts; a definition does not link to itself.
        """
        html = conditional_escape(text)
        if self._pattern is None:
            return SafeString(html)
        done: set[str] = self._done.setdefault(clause, {clause}) if clause else set()
        depth, parts = 0, []
        for part in _TAG.split(html):
            if tag := _CLOSED.match(part):
                depth += -1 if tag[1] else 1
            is_text = depth == 0 and not part.startswith("<")
            parts.append(self._marked(part, done) if is_text else part)
        return mark_safe("".join(parts))  # noqa: S308 - escaped above; only links of ours are added

    def _marked(self, text: str, done: set[str]) -> str:
        def linked(found: re.Match[str]) -> str:
            word = self._by_text[found[1].casefold()]
            if word.id in done:
                return found[0]
            done.add(word.id)
            return self.link(word, mark_safe(found[0]))  # noqa: S308 - a piece of escaped text

        return self._pattern.sub(linked, text) if self._pattern else text

    @cached_property
    def _by_text(self) -> dict[str, Word]:
        return {escape(one.word.strip()).casefold(): one for one in reversed(self.words) if one.word.strip()}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Whole words, longest first, with a plural's s; an abbreviation as it is written, others in any case."""
        texts = sorted({escape(one.word.strip()) for one in self.words if one.word.strip()}, key=len, reverse=True)
        if not texts:
            return None
        choices = "|".join(f"(?-i:{re.escape(text)})" if text.isupper() else re.escape(text) for text in texts)
        # Scripts without spaces between words have no edges to look for.
        before, after = (r"(?<![A-Za-z0-9_&;#])", r"(?=s?(?![A-Za-z0-9_]))s?")
        return re.compile(f"{before}({choices}){after}", re.IGNORECASE)


def glossary_of(version: AgreementVersion) -> Glossary:
    """The words of this version."""
    return _glossary(version.agreement.slug, version.number, version.terms.get("definitions") or [])


def current_glossary(request: HttpRequest | None) -> Glossary:
    """The words of the first agreement in force; read once for each request, empty before any is in force."""
    if request is None:
        return Glossary("", ())
    known: Glossary | None = getattr(request, "glossary", None)
    if known is None:
        known = request.glossary = _in_force()  # type: ignore[attr-defined]
    return known


def remember_words(request: HttpRequest, version: AgreementVersion | None) -> None:
    """Spare this request the look-up: the view has the version in force at hand, or knows that there is none."""
    request.glossary = glossary_of(version) if version else Glossary("", ())  # type: ignore[attr-defined]


def _in_force() -> Glossary:
    active = AgreementVersion.objects.filter(status=Status.ACTIVE).order_by("agreement__order", "agreement_id")
    found = active.values_list("agreement__slug", "number", "terms__definitions").first()
    return _glossary(*found) if found else Glossary("", ())


def _glossary(slug: str, number: int, definitions: Iterable[dict[str, Any]]) -> Glossary:
    page = reverse("agreements:version", args=[slug, number])
    return Glossary(page, tuple(Word(one["id"], one["word"]) for one in definitions or []))
