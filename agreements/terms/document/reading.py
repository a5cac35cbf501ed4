"""Reading a document from outside: JSON hygiene first (size, depth, numbers, characters), every mistake collected."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pydantic import ValidationError

from agreements.terms.problems import Problem, joined, kind_of, path_text

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20
# As far as a double reaches; longer whole numbers cannot even be printed.
MAX_BITS = 1024
# What PostgreSQL cannot hold in a text: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TermsInvalid(ValueError):
    """The document is refused; ``errors`` are (path, message) pairs, ``problems`` the same with codes and facts."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.path)
        super().__init__("; ".join(f"{path or 'document'}: {message}" for path, message in self.errors))

    @property
    def errors(self) -> list[tuple[str, str]]:
        return [(problem.path, problem.message) for problem in self.problems]


def read_json(source: Any) -> dict[str, Any]:
    """An object or UTF-8 JSON bytes as clean JSON: lists, finite numbers, whole numbers as int, storable text.

    Raises TermsInvalid.
    """
    obj = _loads(source) if isinstance(source, (bytes, bytearray, str)) else source
    if not isinstance(obj, dict):
        raise TermsInvalid([Problem("", "not_an_object", {"got": kind_of(obj)})])
    tidy: dict[str, Any] = clean(obj)
    if (size := len(as_bytes(tidy))) > MAX_BYTES:
        raise TermsInvalid([Problem("", "too_large", {"size": size, "limit": MAX_BYTES})])
    return tidy


def clean(value: Any) -> Any:
    """The value as JSON that a database gives back unchanged; raises TermsInvalid with all that cannot be."""
    problems: list[Problem] = []
    tidy = _clean(value, (), problems)
    if problems:
        raise TermsInvalid(problems)
    return tidy


def as_bytes(obj: Any) -> bytes:
    """Canonical JSON: UTF-8, sorted keys, no blanks."""
    return json.dumps(obj, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def number(value: float | str) -> int | float:
    """A finite number as it is kept: 4.0 and 4 are one number, of which the database would give back either."""
    exact = float(value)
    return int(exact) if exact.is_integer() else exact


def model_problems(invalid: ValidationError) -> list[Problem]:
    """pydantic's errors as problems; a rule's own mistakes are unfolded with their inner paths."""
    problems: list[Problem] = []
    for error in invalid.errors(include_url=False, include_input=False):
        path = path_text(error["loc"])
        inner = error.get("ctx", {}).get("problems")
        if inner is None:
            problems.append(Problem(path, error["type"], {"words": error["msg"], **error.get("ctx", {})}))
        else:
            problems += [Problem(joined(path, one.path), one.code, one.facts) for one in inner]
    return problems


def _loads(source: bytes | bytearray | str) -> Any:
    size = len(source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source)
    if size > MAX_BYTES:
        raise TermsInvalid([Problem("", "too_large", {"size": size, "limit": MAX_BYTES})])
    twice: list[Problem] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        obj: dict[str, Any] = {}
        for key, value in pairs:
            if key in obj:
                twice.append(Problem(key, "key_twice", {"key": key}))
            obj[key] = value
        return obj

    try:
        text = source if isinstance(source, str) else source.decode("utf-8-sig")
        obj = json.loads(text, object_pairs_hook=once)
    except RecursionError:
        raise TermsInvalid([Problem("", "too_deep", {"limit": MAX_DEPTH})]) from None
    except ValueError as wrong:
        raise TermsInvalid([Problem("", "json_invalid", {"reason": wrong})]) from None
    if twice:
        raise TermsInvalid(twice)
    return obj


def _clean(value: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    if len(path) > MAX_DEPTH:
        problems.append(Problem(path_text(path), "too_deep", {"limit": MAX_DEPTH}))
        return None
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                problems.append(Problem(path_text(path), "not_json", {"got": kind_of(key)}))
            elif not _is_storable(key):
                problems.append(Problem(path_text(path), "bad_character"))
        return {str(key): _clean(inner, (*path, str(key)), problems) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner, (*path, place), problems) for place, inner in enumerate(value)]
    return _clean_scalar(value, path, problems)


def _clean_scalar(value: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    if value is None or (isinstance(value, int) and value.bit_length() <= MAX_BITS):
        return value
    if isinstance(value, int):
        problems.append(Problem(path_text(path), "number_too_big"))
        return None
    if isinstance(value, float):
        if math.isfinite(value):
            return number(value)
        problems.append(Problem(path_text(path), "not_finite"))
    elif isinstance(value, str):
        if _is_storable(value):
            return value
        problems.append(Problem(path_text(path), "bad_character"))
    else:
        problems.append(Problem(path_text(path), "not_json", {"got": type(value).__name__}))
    return None


def _is_storable(text: str) -> bool:
    return not UNSTORABLE.search(text)
