"""What CRMs call the fields that people or programs fill in once a lead's fate is known, or because of it.

LeadSquared: tags, lead quality, lead profile, last notable activity, Asymmetrique indices. HubSpot: hs_lead_status,
lifecyclestage, closedate, hubspotscore. Salesforce: Status, Rating, IsConverted, StageName. Pipedrive: won_time,
lost_reason. Marketo: Lead Score, Revenue Stage.
"""

from __future__ import annotations

import re
import unicodedata

# The name consists of these words, or has them one after another; “=” stands before a name that must be exactly this.
TOLD_AFTER = """
tags|=tag|lead quality|lead profile|last notable activity|asymmetrique|=status|lead status|deal status|sales status
=stage|lead stage|deal stage|dealstage|sales stage|stage name|revenue stage|lifecycle stage|lifecyclestage|pipeline
outcome|=result|disposition|converted|=conversion|is converted|=won|is won|=lost|=closed|is closed|close date
closedate|closed at|closed date|closed on|won at|won time|won date|lost time|lost at|lost date|lost reason|loss reason
reason lost|closed lost reason|closed won reason|reject reason|rejection reason|return reason|disqualified reason
unqualified reason|=opportunity|opportunity id|opportunity name|opportunity amount|deal|deals|deal amount|total revenue
expected revenue|=revenue|=amount|contract|invoice|order id|order number|order date|order value|purchase date
purchased|=customer|customer since|customer id|became customer|churn|churned|lead score|leadscore|hubspotscore
lead rating|=rating|=score|lead grade|=grade|behavior score|behaviour score
=statut|statut du lead|gagne|gagnee|perdu|perdue|=resultat
=estado|=resultado|ganado|perdido|=ergebnis|gewonnen|verloren|=abschluss|verlustgrund
=hasil|=menang|=kalah|alasan kalah
状态|成交|结果|输单原因|ステータス|成約|失注|失注理由|結果|受注|الحالة|النتيجة|سبب الخسارة
"""
MAY_BE_TOLD_AFTER = """
last activity|last contacted|last contact|last modified|modified|updated|last updated|owner|assigned|notes|note
comment|comments|feedback|score|next step|next activity|reason|calls|meetings|recent|became|number of sales activities
response|responded|replied|follow up|remarks|priority|interest level
"""


def words_of(name: str) -> str:
    """The name in plain lower-case words: “attributes.hs_leadStatus” is “hs lead status”."""
    bare = name.partition(".")[2] or name
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ").casefold()))


def is_told_after(name: str) -> bool:
    """Whether the name is that of a field which is known only after the outcome, or is set because of it."""
    return _is_in(name, _AFTER)


def may_be_told_after(name: str) -> bool:
    """Whether the name leaves that open."""
    return _is_in(name, _MAYBE)


def _phrases(text: str) -> list[str]:
    phrases = [phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|")]
    return ["=" * phrase.startswith("=") + words_of(phrase) for phrase in phrases]


_AFTER, _MAYBE = _phrases(TOLD_AFTER), _phrases(MAY_BE_TOLD_AFTER)


def _is_in(name: str, phrases: list[str]) -> bool:
    words = words_of(name)
    spaced = f" {words} "
    return any(words == phrase[1:] if phrase[0] == "=" else f" {phrase} " in spaced for phrase in phrases)
