"""The class that all views of the API share: limits on how often and how much, and requests that may be repeated."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from slaportal.web.json_input import too_large
from slaportal.web.limits import Limit, Taken, take
from slaportal.web.once import REPEATABLE, answer_once, key_of
from slaportal.web.parsers import BadBody, most_bytes

REQUESTS = Limit("api-requests", most=settings.API_REQUESTS_PER_MINUTE, seconds=60)
ROWS = Limit("api-rows", most=settings.API_ROWS_PER_MINUTE, seconds=60)


class ApiView(APIView):
    """A view of the API. `takes_rows`: its POST takes lists, whose rows have a limit of their own."""

    takes_rows = False
    taken: Taken | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, whether they may, whether too often; before anything of the body is read, how long it is."""
        super().initial(request, *args, **kwargs)
        self._take(REQUESTS, request)
        if _length(request) > (most := most_bytes(self)):
            raise BadBody(too_large(most))
        key = key_of(request)
        if key is not None:
            # The body is needed twice, as it came and parsed: Django keeps it if it is asked first.
            request._request.body  # noqa: B018
        if self.takes_rows and request.method == "POST" and isinstance(request.data, list):
            self._take(ROWS, request, cost=max(1, len(request.data)))
        if key is not None and request.method in REPEATABLE:
            method = request.method.lower()
            # Django REST framework looks the handler up on this object after this.
            setattr(self, method, partial(answer_once, self, getattr(self, method), key))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell what is left of the limit."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.taken is not None:
            limit = self.taken.limit
            response["RateLimit-Limit"] = str(limit.most)
            response["RateLimit-Remaining"] = str(self.taken.left)
            response["RateLimit-Reset"] = str(self.taken.seconds_left)
            response["RateLimit-Policy"] = f'{limit.most};w={limit.seconds};name="{limit.name}"'
        return response

    def _take(self, limit: Limit, request: Request, cost: int = 1) -> None:
        """Take from what this token may have; the answer's headers speak of requests, unless rows were too many."""
        if not request.user.is_authenticated:
            return
        whose = f"token {request.auth.pk}" if request.auth else f"person {request.user.pk}"
        taken = take(limit, whose, at=timezone.now(), cost=cost)
        if self.taken is None or not taken.is_granted:
            self.taken = taken
        if not taken.is_granted:
            raise Throttled(wait=taken.seconds_left)


def _length(request: Request) -> int:
    """The announced length of the body in bytes; 0 where none is announced."""
    announced = request.headers.get("content-length") or "0"
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 19 else 0
