"""Which value a merged lead has in each field: the chosen one, else the kept lead's, else the other's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Lead, Stage
from slaportal.web.refusals import RefusedInput

CHOSEN = ("name", "email", "company", "title", "phone", "country")
FIRST_TOUCH = ("source", "external_id", "created_at", "entered_at")
ATTRIBUTE = "attributes."
KEPT, GONE = "kept", "gone"
EARLY, LATE = (Stage.CONTACT, Stage.LEAD), (Stage.CUSTOMER,)


@dataclass(frozen=True)
class Choice:
    """One field side by side; ``is_open`` where both say something, and not the same."""

    name: str
    label: str
    kept: Any
    gone: Any

    @property
    def is_open(self) -> bool:
        return self.kept not in (None, "") and self.gone not in (None, "") and self.kept != self.gone


def in_order_of_age(one: Lead, other: Lead) -> tuple[Lead, Lead]:
    """The older lead, which is kept unless somebody says otherwise, and the younger one."""
    older, younger = sorted((one, other), key=lambda lead: (lead.created_at, lead.pk))
    return older, younger


def choices(kept: Lead, gone: Lead) -> list[Choice]:
    """Every field that either lead has, for a look side by side."""
    found = [
        Choice(name, str(Lead._meta.get_field(name).verbose_name), getattr(kept, name), getattr(gone, name))  # type: ignore[union-attr]
        for name in CHOSEN
    ]
    names = sorted(kept.attributes.keys() | gone.attributes.keys())
    found += [Choice(ATTRIBUTE + name, name, kept.attributes.get(name), gone.attributes.get(name)) for name in names]
    return found


def checked_keep(keep: Any) -> dict[str, str]:
    """{field: "kept" or "gone"}; RefusedInput names what is neither."""
    if not isinstance(keep, Mapping):
        raise RefusedInput("keep_unknown", field="keep", value=_("something else"))
    for name, side in keep.items():
        known = name in CHOSEN or str(name).startswith(ATTRIBUTE)
        if not known or side not in (KEPT, GONE):
            raise RefusedInput("keep_unknown", field=str(name)[:100], value=str(side)[:60])
    return dict(keep)


def merged_values(kept: Lead, gone: Lead, keep: Mapping[str, str]) -> dict[str, Any]:
    """The columns of the merged lead that are neither its owner's nor its stage's."""
    values: dict[str, Any] = {name: _one(getattr(kept, name), getattr(gone, name), keep.get(name)) for name in CHOSEN}
    first, _second = in_order_of_age(kept, gone)
    values |= {name: getattr(first, name) for name in FIRST_TOUCH}
    if not values["external_id"]:
        values |= {name: getattr(kept, name) or getattr(gone, name) for name in ("source", "external_id")}
    names = kept.attributes.keys() | gone.attributes.keys()
    said = {
        name: _one(kept.attributes.get(name), gone.attributes.get(name), keep.get(ATTRIBUTE + name)) for name in names
    }
    values["attributes"] = {name: value for name, value in said.items() if value is not None}
    values["as_read"] = {**gone.as_read, **kept.as_read}
    values["converted"] = True if kept.converted or gone.converted else _one(kept.converted, gone.converted, None)
    moments = [moment for moment in (kept.converted_at, gone.converted_at) if moment]
    values["converted_at"] = min(moments, default=None)
    values["deal_amount"] = _one(kept.deal_amount, gone.deal_amount, None)
    return values


def merged_stage(kept: Lead, gone: Lead) -> Lead:
    """Which of two leads, neither of them with Sales, says how far the person has come.

    Who bought stays a customer, and nobody starts anew; else the later word counts.
    """
    return max((kept, gone), key=lambda lead: (_rank(lead.stage), lead.stage_at, lead is kept))


def _rank(stage: str) -> int:
    return 2 if stage in LATE else EARLY.index(Stage(stage)) - len(EARLY) if stage in EARLY else 1


def _one(kept: Any, gone: Any, chosen: str | None) -> Any:
    if chosen == GONE and gone not in (None, ""):
        return gone
    return gone if kept in (None, "") else kept
