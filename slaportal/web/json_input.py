"""The one door for JSON from outside: what PostgreSQL, Python or a browser would choke on is refused here, by name."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from django.utils.translation import gettext as _

MIB = 1024 * 1024

# Strings are matched first and whole (possessive, so a missing quote costs no second look); the rest are brackets.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
LARGEST_INTEGER = 2**63 - 1


class BadJson(Exception):
    """A body that is not acceptable JSON; `code` is for programs, `detail` a translated sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def parse_json(
    raw: bytes,
    max_bytes: int = MIB,
    max_depth: int = 20,
    max_integer: int = LARGEST_INTEGER,
    *,
    mends_texts: bool = False,
) -> Any:
    """The value of a UTF-8 JSON text.

    Raises BadJson with code json_empty, json_too_large, json_not_utf8, json_syntax, json_too_deep,
    json_duplicate_key, json_not_a_number (NaN, Infinity), json_number_too_large (beyond `max_integer`, 64 bits
    unless told otherwise, or the range of a double), json_nul or json_surrogate. Time and memory are linear in the
    length of `raw`. With `mends_texts`, characters that cannot be stored become U+FFFD: where one text of a sender
    must not hold up all others.
    """
    if len(raw) > max_bytes:
        raise too_large(max_bytes)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = {"position": error.start}
        raise BadJson("json_not_utf8", _("The body is not UTF-8 at byte %(position)d.") % place) from error
    if not text.strip():
        raise empty_body()
    _refuse_depth(text, max_depth)
    value = _load(text, max_integer)
    if _SUSPECT_ESCAPE.search(text) or "\0" in text:
        if mends_texts:
            return _mended(value)
        _refuse_unstorable(value)
    return value


def empty_body() -> BadJson:
    """What is wrong with a body of no characters; frameworks tend not to ask a parser for it."""
    return BadJson("json_empty", _("The body is empty; JSON is expected."))


def too_large(max_bytes: int) -> BadJson:
    """What is wrong with a body that is longer than this."""
    return BadJson("json_too_large", _("The body is larger than %(bytes)d bytes.") % {"bytes": max_bytes})


def _load(text: str, max_integer: int) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=lambda digits: _integer(digits, max_integer),
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        facts = {"line": error.lineno, "column": error.colno}
        raise BadJson("json_syntax", _("Not valid JSON at line %(line)d, column %(column)d.") % facts) from error


def _refuse_depth(text: str, max_depth: int) -> None:
    """Counts brackets outside strings before parsing, since the parser itself would recurse."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = match.group()[0]
        if first in "[{":
            depth += 1
            if depth > max_depth:
                raise BadJson("json_too_deep", _("Nested deeper than %(depth)d levels.") % {"depth": max_depth})
        elif first in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that comes twice has no meaning that two programs agree on."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadJson("json_duplicate_key", _("The key “%(key)s” comes twice.") % {"key": _shown(twice)})
    return found


def _integer(digits: str, most: int) -> int:
    # Longer ones are not even converted.
    if len(digits) > len(str(most)) + 1 or abs(int(digits)) > most:
        raise BadJson("json_number_too_large", _("The number %(number)s… is too large.") % {"number": digits[:20]})
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadJson("json_number_too_large", _("The number %(number)s… is too large.") % {"number": digits[:20]})
    return value


def _constant(word: str) -> NoReturn:
    raise BadJson("json_not_a_number", _("“%(word)s” is not a JSON number.") % {"word": word})


def _refuse_unstorable(value: Any) -> None:
    """Walks all texts, keys too; only called when the body holds a suspect escape."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _refuse_text(item)
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _mended(value: Any) -> Any:
    """The value with texts that can be stored; it nests no deeper than was allowed."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def _refuse_text(text: str) -> None:
    if "\0" in text:
        raise BadJson("json_nul", _("A text holds the character NUL, which cannot be stored."))
    if _SURROGATE.search(text):
        raise BadJson("json_surrogate", _("A text holds half of a surrogate pair, which is no character."))


def _shown(text: str) -> str:
    """A key as it may be repeated in an answer: short, and always encodable."""
    return text[:60].encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
