"""What others report for each step. Definitions differ, so these are bands to compare with, never a truth."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.terms.funnel import RateName


@dataclass(frozen=True)
class Band:
    """A range that was seen, in shares of 1, among whom, and who says so."""

    low: float
    high: float
    among: str | Promise
    source: str

    @property
    def site(self) -> str:
        return self.source.split("/")[2].removeprefix("www.")


BANDS: dict[RateName, tuple[Band, ...]] = {
    "visitor_to_lead": (Band(0.01, 0.05, _("B2B web sites"), "https://www.b2blead.io/blog/b2b-conversion-rate"),),
    "lead_to_mql": (Band(0.15, 0.40, _("B2B"), "https://altiorco.com/revops-dictionary/conversion-rate"),),
    "mql_to_sql": (
        Band(
            0.12,
            0.27,
            _("across industries"),
            "https://www.gtm8020.com/blog/marketing-qualified-lead-sql-conversion-statistics",
        ),
        Band(
            0.36, 0.48, _("software companies"), "https://lotoftools.org/saas-tools/lead-to-opp-conversion-calculator/"
        ),
    ),
    # SQL to opportunity 40–75 % times opportunity to won 15–30 %.
    "sql_to_customer": (Band(0.06, 0.225, _("B2B"), "https://getfairview.com/blog/marketing-funnel-metrics-template"),),
}
# Where nothing is known yet: inside the bands, and labelled as an assumption wherever it is used.
ASSUMED: dict[RateName, str] = {
    "visitor_to_lead": "2",
    "lead_to_mql": "25",
    "mql_to_sql": "20",
    "sql_to_customer": "20",
}
ASSUMED_DEAL = "10000"
# How far a slider reaches, in per cent; a number beside it may be higher.
SLIDER_MOST: dict[RateName, int] = {"visitor_to_lead": 10, "lead_to_mql": 60, "mql_to_sql": 80, "sql_to_customer": 60}
