"""The agreement that a new installation starts with: values of the trade, meant to be replaced by your own."""

from __future__ import annotations

from functools import cache

from agreements.terms.default import flow, scoring, words
from agreements.terms.document import Terms


@cache
def default_terms() -> Terms:
    """The default document."""
    return Terms.parse(
        {
            "goals": words.goals(),
            "definitions": words.definitions(),
            "profile": words.profile(),
            "qualification": scoring.qualification(),
            "handoff": flow.handoff(),
            "returns": flow.returns(),
            "nurture": flow.nurture(),
            "cadence": flow.cadence(),
            "commitments": flow.commitments(),
            "kpis": flow.kpis(),
            "review": words.review(),
            "calendar": flow.calendar(),
        }
    )
