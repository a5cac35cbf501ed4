"""Puts a proposed table of points into the draft: the fit rules and the thresholds of their bands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify

from agreements.models import Agreement, AgreementVersion
from agreements.sentences.rules import field_name
from agreements.terms.document import Terms
from agreements.terms.rules.tree import comparisons, parse
from kpis.drafting import Raw, free_id, ids_in, write_draft
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User

LABEL_LENGTH = 200


def put_table_in_draft(
    *,
    agreement: Agreement,
    base: Terms,
    proposal: Mapping[str, Any] | None,
    seen_digest: str,
    by: User | None,
    at: datetime,
) -> AgreementVersion:
    """Write the table into the open draft, or start one with it; refused as ``kpis.drafting.write_draft`` is, and
    ``nothing_proposed`` where there is no table, or one that tells no more than chance. Raises TermsInvalid."""
    if proposal is None or "no_signal" in proposal["warnings"]:
        raise Refused("nothing_proposed")
    return write_draft(
        agreement=agreement,
        base=base,
        planned=lambda terms: calibrated_terms(terms, proposal),
        seen_digest=seen_digest,
        by=by,
        at=at,
    )


def calibrated_terms(base: Terms, proposal: Mapping[str, Any]) -> Raw:
    """The document with the table as its fit: rules, maximum and bands; not yet checked."""
    document = base.as_dict()
    chapter = document["qualification"]
    taken = ids_in(document) - ids_in(chapter["fit"])
    chapter["fit"] = {
        "max": proposal["max"],
        "groups": [],
        "rules": [_rule(row, taken) for row in proposal["rules"]],
    }
    chapter["bands"]["fit"] = dict(proposal["bands"])
    return document


def label_of(tree: Any) -> str:
    """What the rule looks at, as its heading: the names of its fields."""
    names = dict.fromkeys(field_name(one.field) for one in comparisons(parse(tree, "lead")))
    return " · ".join(names)[:LABEL_LENGTH]


def _rule(row: Mapping[str, Any], taken: set[str]) -> Raw:
    fields = [one.field.rpartition(".")[2] for one in comparisons(parse(row["when"], "lead"))]
    name = f"fit-{slugify(' '.join(dict.fromkeys(fields)))[:40]}".strip("-")
    return {"id": free_id(name, taken), "label": label_of(row["when"]), "points": row["points"], "when": row["when"]}
