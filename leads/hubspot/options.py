"""What a person chose for a connection, read from its options with sensible defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from leads.models import LeadSource, Stage
from slaportal.accounts.sealing import unseal

# HubSpot's stages in its own order, and ours for each; "" says nothing about the stage.
STAGES_IN: dict[str, str] = {
    "subscriber": Stage.CONTACT.value,
    "lead": Stage.LEAD.value,
    "marketingqualifiedlead": Stage.MQL.value,
    "salesqualifiedlead": Stage.SQL.value,
    "opportunity": Stage.OPPORTUNITY.value,
    "customer": Stage.CUSTOMER.value,
    "evangelist": Stage.CUSTOMER.value,
    "other": "",
}
# Ours and HubSpot's for each. It knows no accepted lead; a returned or lost one keeps what it has there.
STAGES_OUT: dict[str, str] = {
    Stage.CONTACT.value: "subscriber",
    Stage.LEAD.value: "lead",
    Stage.MQL.value: "marketingqualifiedlead",
    Stage.SAL.value: "marketingqualifiedlead",
    Stage.SQL.value: "salesqualifiedlead",
    Stage.OPPORTUNITY.value: "opportunity",
    Stage.CUSTOMER.value: "customer",
    Stage.NURTURE.value: "",
    Stage.DISQUALIFIED.value: "",
}
# Which property of HubSpot takes what; "" is not written.
PUSHED: dict[str, str] = {"lifecycle": "lifecyclestage", "stage": "", "band": "", "fit": "", "interest": ""}
PROPERTIES = (
    "hs_lead_status",
    "hs_analytics_source",
    "hs_analytics_source_data_1",
    "hs_latest_source",
    "industry",
    "city",
    "state",
    "website",
    "hubspotscore",
    "num_conversion_events",
    "hs_email_optout",
)
WON_STAGES = ("closedwon",)


@dataclass(frozen=True)
class Options:
    """The choices of one connection."""

    portal_id: str = ""
    allowed_signatures: tuple[str, ...] = ()
    # Kept as attributes of the lead, by HubSpot's names.
    properties: tuple[str, ...] = PROPERTIES
    # The type of event that a form's submission is, by the form's id.
    forms: Mapping[str, str] = field(default_factory=dict)
    stages_in: Mapping[str, str] = field(default_factory=lambda: STAGES_IN)
    stages_out: Mapping[str, str] = field(default_factory=lambda: STAGES_OUT)
    won_stages: tuple[str, ...] = WON_STAGES
    is_pushed: bool = False
    pushed: Mapping[str, str] = field(default_factory=lambda: PUSHED)

    @classmethod
    def of(cls, source: LeadSource) -> Self:
        """The choices as they are stored; what nobody chose has its default."""
        given: dict[str, Any] = source.options

        def listed(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(given[name]) if isinstance(given.get(name), list) else default

        def mapped(name: str, default: Mapping[str, str]) -> Mapping[str, str]:
            return {**default, **given.get(name, {})}

        return cls(
            portal_id=given.get("portal_id", ""),
            allowed_signatures=listed("allowed_signatures", ()),
            properties=listed("properties", PROPERTIES),
            forms=mapped("forms", {}),
            stages_in=mapped("stages_in", STAGES_IN),
            stages_out=mapped("stages_out", STAGES_OUT),
            won_stages=listed("won_stages", WON_STAGES),
            is_pushed=bool(given.get("is_pushed")),
            pushed=mapped("pushed", PUSHED),
        )

    @property
    def written_properties(self) -> frozenset[str]:
        """The properties there that are ours to write."""
        return frozenset(name for name in self.pushed.values() if name) if self.is_pushed else frozenset()


def secret_of(source: LeadSource) -> str:
    """The app's client secret, by which HubSpot signs; "" where none is kept."""
    return unseal(source.sealed).get("secret", "")


def token_of(source: LeadSource) -> str:
    """The private app's token, or ""."""
    return unseal(source.sealed).get("token", "")
