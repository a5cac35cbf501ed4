"""Bodies in chunks: told their length where a door might take them, refused by the doors where they are too long."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest

from slaportal.web.chunked import with_lengths

CHUNKED = {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input_terminated": True}
MOST = 100_000


def seen(sent: bytes, **environ: Any) -> tuple[str, bytes]:
    """The length and the body that the application gets."""
    got: list[tuple[str, bytes]] = []

    def application(told: dict[str, Any], _start: Any) -> Iterable[bytes]:
        got.append((told.get("CONTENT_LENGTH", ""), told["wsgi.input"].read()))
        return []

    with_lengths(application)({"wsgi.input": BytesIO(sent), **environ}, None)
    return got[0]


@pytest.fixture(autouse=True)
def most(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = MOST


@pytest.mark.parametrize("size", [0, 1, 65_536, MOST])
def test_a_body_in_chunks_comes_whole_with_its_length(size: int) -> None:
    assert seen(b"x" * size, **CHUNKED) == (str(size), b"x" * size)


def test_of_a_body_that_is_too_long_nothing_is_handed_on_but_that() -> None:
    length, body = seen(b"x" * (MOST + 1), **CHUNKED)
    assert (int(length) > 512 * 1024 * 1024, body) == (True, b"")


@pytest.mark.parametrize("environ", [{}, {**CHUNKED, "CONTENT_LENGTH": "3"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_what_says_its_length_or_never_ends_is_left_alone(environ: dict[str, Any]) -> None:
    assert seen(b"abc", **environ) == (environ.get("CONTENT_LENGTH", ""), b"abc")
