"""Which control a typed value of the document gets."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from agreements.terms.document import Terms
from agreements.terms.document.clauses import (
    Goal,
    KpiTarget,
    NurturePath,
    Packet,
    ReturnReason,
    TeamTime,
    WorkingTime,
)
from agreements.terms.document.qualification import FitRule, InterestRule, Qualification
from agreements.terms.document.shapes import Part, RuleField
from agreements.terms.rules.tree import Scope

LONG = {"text", "content", "target_accounts"}
# Shares of 1, which people write as per cent.
SHARES = {"warn_share", "manager_at_share", "reassign_at_share", "marketing_share", "share", "account_share"}
RATES = {"visitor_to_lead", "lead_to_mql", "mql_to_sql", "sql_to_customer"}
# Values that have a control of their own, or refer to something that stands elsewhere.
SPECIAL: dict[tuple[type[Part], str], str] = {
    (WorkingTime, "hours"): "hours",
    (WorkingTime, "overrides"): "overrides",
    (WorkingTime, "holidays"): "days",
    (WorkingTime, "timezone"): "zone",
    (WorkingTime, "country"): "country",
    (TeamTime, "team"): "team",
    (Goal, "starts_on"): "day",
    (Goal, "currency"): "currency",
    (KpiTarget, "kpi"): "kpi",
    (ReturnReason, "path"): "path",
    (NurturePath, "then"): "path",
    (FitRule, "group"): "fit_group",
    (InterestRule, "group"): "interest_group",
    (InterestRule, "event"): "event",
    (Packet, "fields"): "packet_fields",
    (Qualification, "hand_raise_events"): "events",
}


@dataclass(frozen=True)
class Shape:
    """What a value is: its kind of control, the choices or the part it is made of, whether it may be left out."""

    kind: str
    choices: tuple[str, ...] = ()
    part: type[Part] | None = None
    is_optional: bool = False
    scope: Scope = "any"


def chapter_shape(chapter: str) -> Shape:
    """The shape of a whole chapter: a group of fields, or a list of clauses."""
    return shape_of(chapter, Terms.model_fields[chapter])


def fields_of(shape: Shape) -> dict[str, tuple[str, Shape]]:
    """Key in the document → (field name for labels, shape), in order of the model; nothing where there are no parts."""
    shapes = {}
    for name, field in shape.part.model_fields.items() if shape.part else ():
        shapes[field.alias or name] = (name, _special(shape.part, name) or shape_of(name, field))
    return shapes


def shape_of(name: str, field: FieldInfo) -> Shape:
    """The shape of one field of a model."""
    for mark in field.metadata:
        if isinstance(mark, RuleField):
            return Shape("rule", scope=mark.scope)
    return _shape(name, field.annotation)


def _special(part: type[Part] | None, name: str) -> Shape | None:
    if name == "id":
        return Shape("id")
    for (holder, key), kind in SPECIAL.items():
        if key == name and part is not None and issubclass(part, holder):
            return Shape(kind, is_optional=_plain(part.model_fields[name].annotation)[1])
    return None


def _shape(name: str, annotation: Any) -> Shape:
    annotation, is_optional = _plain(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return Shape("choice", choices=get_args(annotation), is_optional=is_optional)
    if origin is tuple:
        return _tuple_shape(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return Shape("group", part=annotation, is_optional=is_optional)
    if annotation is float and name in SHARES | RATES:
        return Shape("percent", is_optional=is_optional)
    kinds = {bool: "check", int: "whole", float: "decimal", str: "long" if name in LONG else "line"}
    return Shape(kinds[annotation], is_optional=is_optional)


def _tuple_shape(inner: Any) -> Shape:
    inner, _optional = _plain(inner)
    if get_origin(inner) is Literal:
        return Shape("choices", choices=get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Part):
        return Shape("list", part=inner)
    return Shape("lines")


def _plain(annotation: Any) -> tuple[Any, bool]:
    """Without Annotated and without “or None”."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in {typing.Union, types.UnionType}:
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _plain(kinds[0])[0], True
    return annotation, False
