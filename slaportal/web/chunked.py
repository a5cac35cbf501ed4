"""Bodies that come in chunks, without saying how long they are: Django would take them for empty."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

PIECE = 65_536
KEPT_IN_MEMORY = 1024 * 1024
# Longer than any door takes, so that each refuses it in its own words.
ENDLESS = 10**15


def with_lengths(application: Application) -> Application:
    """The application, told how long a body is that comes in chunks.

    The body is read first, up to `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes, past 1 MiB onto the disk; of a longer one nothing
    is handed on. The server in front must end the body itself, and say so (`wsgi.input_terminated`).
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if not is_chunked or environ.get("CONTENT_LENGTH") or not environ.get("wsgi.input_terminated"):
            return application(environ, start_response)
        # Closed when the request is forgotten: what the answer still reads of it must be there.
        body = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115
        length = 0
        while length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE and (piece := environ["wsgi.input"].read(PIECE)):
            length += body.write(piece)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            body.truncate(0)
            length = ENDLESS
        body.seek(0)
        return application({**environ, "wsgi.input": body, "CONTENT_LENGTH": str(length)}, start_response)

    return answer
