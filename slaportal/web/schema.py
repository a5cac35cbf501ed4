"""What the API's description says of every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from slaportal.web.once import HEADER, KEPT_FOR, LONGEST_KEY, REPEATABLE

ONCE = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description=(
        "A name of your own for this request, such as a random UUID. The same request with the same key is answered "
        f"as the first time and has no second effect, for {KEPT_FOR.total_seconds() / 3600:.0f} hours."
    ),
)


class PortalSchema(AutoSchema):
    """Names the key that makes a request repeatable wherever something is sent."""

    def get_override_parameters(self) -> list[Any]:
        return [ONCE] if self.method in REPEATABLE else []
