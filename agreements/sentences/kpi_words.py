"""KPIs by the keys that the terms use: their names, and how their values are written."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.sentences.values import number, share, working_time

KPIS: dict[str, Promise] = {
    "visitor_to_lead": _("Conversion of visitors to leads"),
    "lead_to_mql": _("Conversion of leads to MQLs"),
    "mql_to_sal": _("Conversion of MQLs to accepted leads"),
    "sal_to_sql": _("Conversion of accepted leads to SQLs"),
    "mql_to_sql": _("Conversion of MQLs to SQLs"),
    "sql_to_opportunity": _("Conversion of SQLs to opportunities"),
    "sql_to_customer": _("Conversion of SQLs to customers"),
    "opportunity_to_customer": _("Conversion of opportunities to customers"),
    "win_rate": _("Win rate"),
    "acceptance_rate": _("Share of leads that Sales accepts"),
    "return_rate": _("Share of leads that Sales returns"),
    "response_minutes_p50": _("Response time, median"),
    "response_minutes_p90": _("Response time within which nine of ten leads are answered"),
    "attempts_per_lead": _("Contact attempts per lead"),
    "promises_kept_sales": _("Promises that Sales keeps"),
    "promises_kept_marketing": _("Promises that Marketing keeps"),
    "goal_attainment": _("Attainment of the shared goal"),
    "cost_per_lead": _("Cost per lead"),
    "cost_per_mql": _("Cost per MQL"),
    "mql_volume": _("MQLs per month"),
}
_COUNTS = {"attempts_per_lead", "cost_per_lead", "cost_per_mql", "mql_volume"}


def kpi_name(kpi: str) -> str:
    """A KPI in the reader's words; one that we do not know keeps its own name, made readable."""
    return str(KPIS[kpi]) if kpi in KPIS else kpi.replace("_", " ")


def kpi_value(kpi: str, value: float) -> str:
    """A target as people read it: shares as per cent, times in working minutes, the rest as numbers."""
    if kpi.startswith("response_minutes") and float(value).is_integer():
        return working_time(int(value))
    if kpi in KPIS and kpi not in _COUNTS and not kpi.startswith("response_minutes"):
        return share(value)
    return number(value)
