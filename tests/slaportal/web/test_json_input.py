"""JSON from outside: what is read, and each thing that is refused, by its code."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaportal.web.json_input import BadJson, parse_json

GOOD: list[tuple[bytes, Any]] = [
    (b"{}", {}),
    (b"[]", []),
    (b"null", None),
    (b" true ", True),
    (b'"a"', "a"),
    (b"-0", 0),
    (b"1.5e3", 1500.0),
    (b"9223372036854775807", 2**63 - 1),
    (b"-9223372036854775807", 1 - 2**63),
    (b"\xef\xbb\xbf[1]", [1]),
    ('{"naïve": "日本"}'.encode(), {"naïve": "日本"}),
    (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
    (b'"\\\\u0000"', "\\u0000"),
    (b'"\\\\ud800"', "\\ud800"),
    (b'"[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 26),
    (b'"\\"]]]]"', '"]]]]'),
    (b"[" * 20 + b"]" * 20, None),
    (b'{"a": {"a": 1}, "b": {"a": 2}}', {"a": {"a": 1}, "b": {"a": 2}}),
]

NASTY: list[tuple[str, bytes]] = [
    ("json_empty", b""),
    ("json_empty", b" \n\t "),
    ("json_empty", b"\xef\xbb\xbf"),
    ("json_syntax", b"{"),
    ("json_syntax", b"}"),
    ("json_syntax", b"[1,]"),
    ("json_syntax", b'{"a":1,}'),
    ("json_syntax", b"{'a': 1}"),
    ("json_syntax", b"{a: 1}"),
    ("json_syntax", b"[1] [2]"),
    ("json_syntax", b"undefined"),
    ("json_syntax", b"01"),
    ("json_syntax", b"+1"),
    ("json_syntax", b".5"),
    ("json_syntax", b"0x10"),
    ("json_syntax", b'"\\x41"'),
    ("json_syntax", b'"\\u12"'),
    ("json_syntax", b'"line\nbreak"'),
    ("json_syntax", b'"tab\there"'),
    ("json_syntax", b'"raw \x00 nul"'),
    ("json_syntax", b"// comment\n1"),
    ("json_syntax", b'"open'),
    ("json_syntax", b'"open\\'),
    ("json_not_a_number", b"NaN"),
    ("json_not_a_number", b'{"a": NaN}'),
    ("json_not_a_number", b"Infinity"),
    ("json_not_a_number", b"[-Infinity]"),
    ("json_number_too_large", b"1e999"),
    ("json_number_too_large", b"[-1e400]"),
    ("json_number_too_large", b"9223372036854775808"),
    ("json_number_too_large", b"-99999999999999999999"),
    ("json_number_too_large", b"1" * 5000),
    ("json_number_too_large", b"1" * 400 + b".5"),
    ("json_duplicate_key", b'{"a": 1, "a": 1}'),
    ("json_duplicate_key", b'{"a": 1, "\\u0061": 2}'),
    ("json_duplicate_key", b'[{"b": {"": 1, "": 2}}]'),
    ("json_nul", b'"\\u0000"'),
    ("json_nul", b'{"a\\u0000": 1}'),
    ("json_nul", b'[["\\u0000"]]'),
    ("json_surrogate", b'"\\ud800"'),
    ("json_surrogate", b'"\\uDFFF"'),
    ("json_surrogate", b'"\\ude00\\ud83d"'),
    ("json_surrogate", b'{"\\ud800": 1}'),
    ("json_surrogate", b'{"a": [{"b": "x\\udc00y"}]}'),
    ("json_duplicate_key", b'{"\\ud800": 1, "\\ud800": 2}'),
    ("json_too_deep", b"[" * 21 + b"]" * 21),
    ("json_too_deep", b"[" * 100_000),
    ("json_too_deep", b'{"a":' * 21 + b"1" + b"}" * 21),
    ("json_not_utf8", b"\xff\xfe[\x001\x00]\x00"),
    ("json_not_utf8", b'"\xe9"'),
    ("json_not_utf8", b'"\xed\xa0\x80"'),
    ("json_not_utf8", b'"\xc0\x80"'),
    ("json_not_utf8", b'"\xf5\x80\x80\x80"'),
    ("json_syntax", "[1]".encode("utf-16-be")),
    ("json_too_large", b"[" + b" " * 1_048_576 + b"]"),
]


@pytest.mark.parametrize(("raw", "value"), [pair for pair in GOOD if pair[1] is not None])
def test_good_json_is_read(raw: bytes, value: Any) -> None:
    assert parse_json(raw) == value


def test_twenty_levels_are_read() -> None:
    assert str(parse_json(b"[" * 20 + b"]" * 20)).count("[") == 20


@pytest.mark.parametrize(("code", "raw"), NASTY)
def test_nasty_json_is_refused_by_name(code: str, raw: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        parse_json(raw)
    assert refused.value.code == code
    assert refused.value.detail.encode("utf-8")


def test_the_limits_are_the_callers() -> None:
    assert parse_json(b"[[1]]", max_bytes=5, max_depth=2) == [[1]]
    with pytest.raises(BadJson, match="json_too_large"):
        parse_json(b"[[1]]", max_bytes=4)
    with pytest.raises(BadJson, match="json_too_deep"):
        parse_json(b"[[1]]", max_depth=1)


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 500_000, b'"\\' * 500_000, b"[]" * 500_000, b'{"":' * 250_000])
def test_a_hostile_megabyte_costs_little_time(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(BadJson):
        parse_json(raw, max_bytes=2_000_000)
    assert time.process_time() - started < 2


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63) + 1, 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_postgresql_can_store_comes_through_unchanged(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_but_never_crash(raw: bytes) -> None:
    with contextlib.suppress(BadJson):
        value = parse_json(raw)
        assert json.loads(raw.decode("utf-8-sig")) == value
