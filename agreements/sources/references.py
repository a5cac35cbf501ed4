"""Who says something about the values of the trade, and where to read it: nothing of it is ever fetched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Who says so (with the year, where one is given), and where to read it."""

    who: str
    url: str


OLDROYD = Reference(
    "Oldroyd with InsideSales.com, 2007",
    "https://id.scribd.com/document/16586416/MIT-Lead-Response-Management-Report-11-1-07",
)
HBR = Reference(
    "Harvard Business Review, 2011, as told by Cognautic", "https://cognautic.com/answers/speed-to-lead-statistics"
)
MEGATRON = Reference(
    "MegatronLead", "https://megatronlead.com/blog/sla-policy-template-for-enterprise-sales-operations"
)
HAINES = Reference("Corey Haines, marketing skills", "https://github.com/coreyhaines31/marketingskills")
ROBERGE = Reference("Roberge", "https://online.flipbuilder.com/ahmedahmed/ogxw/files/basic-html/page136.html")
REWORK = Reference("Rework", "https://resources.rework.com/libraries/lead-management/lead-assignment-sla")
MARKETO = Reference(
    "Marketo, 2010", "https://blog.marketo.com/2010/07/stage-by-stage-revenue-cycle-analytics-best-practices.html"
)
VELOCIFY = Reference("Velocify", "https://velocify.com/blog/sales-process-pays-finding-the-right-level-of-persistence/")
SKIPCALL = Reference("Skipcall", "https://skipcall.io/en/blog/b2b-sales-cadence")
MANIFESTO = Reference("Cold Email Manifesto", "https://coldemailmanifesto.com/sales-cadence")
HUBSPOT = Reference(
    "HubSpot",
    "https://blog.hubspot.com/sales/the-ultimate-guide-to-prospecting-how-many-touchpoints-when-and-what-type",
)
STORYLANE = Reference("Storylane", "https://www.storylane.io/feeds/blog/sales-cadence")
SIRIUS = Reference(
    "SiriusDecisions", "http://www.siriusdecisions.com/blog/sales-accepted-leads-disqualification-reasons/"
)
TINYVATION = Reference("Tinyvation", "https://www.tinyvation.com/blog/hubspot-lead-scoring-that-sales-trusts")
GITLAB = Reference("GitLab", "https://gitlab.com/groups/gitlab-com/marketing/-/epics/982")
CURATOR = Reference("CRM Curator", "https://crmcurator.com/articles/hubspot/hubspot-contact-lifecycle-stages/")
SOLID = Reference("Solid Growth", "https://www.solidgrowth.com/article/lead-scoring")
LEANSCALE = Reference(
    "LeanScale", "https://playbooks.leanscale.team/docs/extended/lead-scoring-model-sales-led/methodology"
)
LEADVIBE = Reference("LeadVibe", "https://leadvibe-ms-site.pages.dev/glossary/score-decay/")
GTM = Reference("GTM Diagnostic", "https://www.gtmdiagnostic.com/blog/sales-marketing-sla-what-actually-belongs-in-it")
B2BLEAD = Reference("B2B Lead", "https://www.b2blead.io/blog/b2b-conversion-rate")
GTM8020 = Reference("GTM 80/20", "https://www.gtm8020.com/blog/marketing-qualified-lead-sql-conversion-statistics")
FAIRVIEW = Reference("Fairview", "https://getfairview.com/blog/marketing-funnel-metrics-template")
IVRIS = Reference("Ivris", "https://ivristech.com/?p=3428")
ENFORCE = Reference(
    "LeadEnforce", "https://leadenforce.com/blog/how-to-increase-sales-acceptance-rate-of-marketing-leads"
)
OCTAVE = Reference("Octave", "https://octavehq.com/post/gtm-engineers-guide-to-sals")
FUNNEL = Reference("Funnel Ledger", "https://funnelledger.com/resources/sla-meeting-agenda")
CONSULTEVO = Reference("ConsultEvo", "https://consultevo.com/hubspot-service-level-agreement-guide/")
COURSERA = Reference(
    "HubSpot Academy", "https://www.coursera.org/lecture/sales-enablement/creating-an-sla-for-your-teams-0ZJ5h"
)
