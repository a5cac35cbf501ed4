"""The JSON Schema of a rule tree, which pydantic cannot derive from the parser."""

from __future__ import annotations

from typing import Any

from agreements.terms.rules.tree import BANDS, FIT_BANDS, OPERATORS


def rule_definition() -> dict[str, Any]:
    """The recursive definition that the document's schema refers to as ``#/$defs/Rule``."""
    rule = {"$ref": "#/$defs/Rule"}
    scalar = {"type": ["string", "number", "boolean"]}

    def shape(required: list[str], **properties: Any) -> dict[str, Any]:
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    return {
        "title": "Rule",
        "anyOf": [
            shape(["all"], all={"type": "array", "items": rule}),
            shape(["any"], any={"type": "array", "items": rule}),
            shape(["not"], **{"not": rule}),
            shape(
                ["field", "op"],
                field={"type": "string"},
                op={"enum": sorted(OPERATORS)},
                value={"anyOf": [scalar, {"type": "array", "items": scalar}, {"type": "null"}]},
            ),
            shape(
                [],
                band={"type": "array", "items": {"enum": list(BANDS)}},
                hand_raise={"type": "boolean"},
                fit_band={"type": "array", "items": {"enum": list(FIT_BANDS)}},
            )
            | {"minProperties": 1},
        ],
    }
