"""The reverse funnel: from a goal back to volumes, forward to where volumes end, and who owes how much by when."""

from agreements.terms.funnel.capacity import Capacity, FollowUp, capacity
from agreements.terms.funnel.shares import Slice, due_by, period_end, split, spread
from agreements.terms.funnel.steps import (
    RATES,
    STEPS,
    Ask,
    FunnelInvalid,
    Lever,
    RateName,
    Rates,
    Step,
    Volumes,
    ask_of,
    deals_in_all,
    exact,
    forward,
    levers,
    reverse,
)
from agreements.terms.funnel.value import Segment, mqls_for_value, value_of, value_per_mql

__all__ = [
    "RATES",
    "STEPS",
    "Ask",
    "Capacity",
    "FollowUp",
    "FunnelInvalid",
    "Lever",
    "RateName",
    "Rates",
    "Segment",
    "Slice",
    "Step",
    "Volumes",
    "ask_of",
    "capacity",
    "deals_in_all",
    "due_by",
    "exact",
    "forward",
    "levers",
    "mqls_for_value",
    "period_end",
    "reverse",
    "split",
    "spread",
    "value_of",
    "value_per_mql",
]
