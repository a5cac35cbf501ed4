"""The small typed pieces that all chapters are built from."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from agreements.terms.rules.tree import Rule, RuleInvalid, Scope, dump, parse


class Part(BaseModel):
    """A piece of the document: unchangeable, without unknown keys, without silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Line = Annotated[str, StringConstraints(max_length=300)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
EventType = Annotated[str, StringConstraints(min_length=1, max_length=60)]


def _known_day(text: str) -> str:
    """A day that the calendar has; 2026-02-31 looks like one."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("bad_day", "no such day", {"day": text}) from None
    return text


IsoDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_known_day)]

Points = Annotated[int, Field(ge=-1000, le=1000)]
Cap = Annotated[float, Field(gt=0, le=10_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]
WorkingMinutes = Annotated[int, Field(ge=1, le=525_600)]
WorkingDays = Annotated[int, Field(ge=1, le=366)]
DaysOrNone = Annotated[int, Field(ge=0, le=3660)]
Share = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(gt=0, le=1)]


class RuleField:
    """Lets pydantic hold a parsed rule: read from its JSON tree, written back as that tree."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def read(self, tree: Any) -> Rule:
        try:
            return parse(tree, self.scope)
        except RuleInvalid as invalid:
            raise PydanticCustomError("rule", "invalid rule", {"problems": invalid.problems}) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(dump)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"$rule": self.scope}


LeadRule = Annotated[Rule, RuleField("lead")]
EventRule = Annotated[Rule, RuleField("event")]
MqlRule = Annotated[Rule, RuleField("mql")]
