"""What another arrangement of the agreements would change: which leads come under other terms, counted beforehand."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agreements.compile import sql
from agreements.models import Agreement, AgreementVersion
from leads.scoring.fragments import run
from leads.scoring.governing import Governing

MOVES = """
SELECT was, becomes, count(*) FROM (SELECT {} AS was, {} AS becomes FROM leads_lead l) judged
WHERE was IS DISTINCT FROM becomes GROUP BY was, becomes ORDER BY count(*) DESC, was, becomes
"""
GOVERNED = "SELECT count(*) FROM leads_lead l WHERE {}"


@dataclass(frozen=True)
class Move:
    """So many leads go from one agreement to another; None: to or from none."""

    was: Agreement | None
    becomes: Agreement | None
    n: int


def moves(before: Governing, after: Governing) -> list[Move]:
    """The leads that another version would govern, by where from and where to, most first. One query."""
    rows = run(sql(MOVES, before.version_id(), after.version_id()))
    known = {pk: version.agreement for pk, version in (before.by_id | after.by_id).items()}
    return [Move(known.get(was), known.get(becomes), n) for was, becomes, n in rows]


def n_governed(in_force: Governing, version: AgreementVersion) -> int:
    """How many leads this version governs. One query."""
    return int(run(sql(GOVERNED, in_force.governed_by(version)))[0][0])


def with_segments(in_force: Governing, segments: dict[int, dict[str, Any]]) -> Governing:
    """The same versions with other segments, by agreement; the default one comes last."""
    changed = [_with_segment(version, segments.get(version.agreement_id)) for version in in_force.versions]
    return Governing(tuple(sorted(changed, key=lambda version: not version.agreement.segment)))


def without(in_force: Governing, agreement: Agreement) -> Governing:
    """The others."""
    return Governing(tuple(one for one in in_force.versions if one.agreement_id != agreement.pk))


def in_order(in_force: Governing, agreements: Iterable[Agreement]) -> Governing:
    """The same versions, tried in the order of these agreements."""
    places = {one.pk: place for place, one in enumerate(agreements)}
    return Governing(tuple(sorted(in_force.versions, key=lambda version: places[version.agreement_id])))


def _with_segment(version: AgreementVersion, segment: dict[str, Any] | None) -> AgreementVersion:
    if segment is None:
        return version
    changed = copy.copy(version)
    # The relation is cached on the row: a copy of the agreement, so that the one in force stays as it is.
    changed._state = copy.copy(version._state)
    changed._state.fields_cache = dict(version._state.fields_cache)
    changed.agreement = copy.copy(version.agreement)
    changed.agreement.segment = segment
    return changed
