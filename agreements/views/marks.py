"""What changed inside a sentence, word by word: `<del>` and `<ins>` with a sign, and words for those who do not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

# A live value is one word; scripts without blanks between words are compared sign by sign.
CLOSE_SET = r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]"
TOKENS = re.compile(rf'<b class="pill">.*?</b>|<[^>]+>|&[#\w]+;|{CLOSE_SET}|(?:(?!{CLOSE_SET})\w)+|\s+|.', re.DOTALL)
BLOCKS = ("<ul", "<ol", "<li", "<p", "<div", "<table")
# Below this share of common words two sentences are two sentences.
ALIKE = 0.4


@dataclass(frozen=True)
class MarkedLine:
    """A sentence or line of a clause on both sides and in one; "" on the side where it does not stand."""

    before: SafeString
    after: SafeString
    both: SafeString
    is_changed: bool


def marked_lines(before: list[str], after: list[str]) -> list[MarkedLine]:
    """The lines of both sides beside each other, each with its words marked."""
    lines = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            kept = (conditional_escape(line) for line in before[a:b])
            lines += [MarkedLine(line, line, line, is_changed=False) for line in kept]
        else:
            lines += [marked(old, new) for old, new in zip_longest(before[a:b], after[c:d])]
    return lines


def marked(before: str | None, after: str | None) -> MarkedLine:
    """One line on both sides; None where it does not stand."""
    old, new = (conditional_escape(line or "") for line in (before, after))
    if not old or not new or any(block in side for block in BLOCKS for side in (old, new)):
        return _whole(old, new)
    was, will = TOKENS.findall(old), TOKENS.findall(new)
    matcher = SequenceMatcher(None, was, will, autojunk=False)
    if matcher.ratio() < ALIKE:
        return _whole(old, new)
    runs = _runs(matcher, was)
    parts = [(kind == "equal", "".join(was[a:b]), "".join(will[c:d])) for kind, a, b, c, d in runs]
    return MarkedLine(
        SafeString("".join(same if is_same else _gone(same) for is_same, same, _new in parts)),
        SafeString("".join(new if is_same else _come(new) for is_same, _same, new in parts)),
        SafeString("".join(same if is_same else _gone(same) + _come(new) for is_same, same, new in parts)),
        is_changed=True,
    )


def _runs(matcher: SequenceMatcher[str], was: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """The runs of equal and unequal words; a lone blank between two changes belongs to them."""
    held: tuple[int, int, int, int] | None = None
    for kind, a, b, c, d in matcher.get_opcodes():
        is_blank = kind == "equal" and not "".join(was[a:b]).strip()
        if kind == "equal" and (held is None or not is_blank):
            if held is not None:
                yield ("replace", *held)
            held = None
            yield ("equal", a, b, c, d)
        else:
            held = (held[0], b, held[2], d) if held else (a, b, c, d)
    if held is not None:
        yield ("replace", *held)


def _whole(old: SafeString, new: SafeString) -> MarkedLine:
    gone, come = _gone(old), _come(new)
    return MarkedLine(gone, come, SafeString(f"{gone} {come}".strip()), is_changed=True)


def _gone(words: str) -> SafeString:
    sign = '<span class="visually-hidden">{} </span><span class="mark__sign" aria-hidden="true">−</span>'
    return format_html(f'<del class="mark">{sign}{{}}</del>', _("removed:"), SafeString(words)) if words else EMPTY


def _come(words: str) -> SafeString:
    sign = '<span class="visually-hidden">{} </span><span class="mark__sign" aria-hidden="true">+</span>'
    return format_html(f'<ins class="mark">{sign}{{}}</ins>', _("added:"), SafeString(words)) if words else EMPTY


EMPTY = SafeString("")
