"""Which leads an agreement is for: its segment rule, its place among the others, and which one is the default.

All of it concerns every agreement at once, so each change holds the table of agreements; readers are not kept waiting.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from agreements.models import Agreement, AgreementVersion, Status
from agreements.rule_fields import missing_fields, missing_problem
from agreements.services.shared import lock, may_edit, move
from agreements.terms.problems import Problem, joined
from agreements.terms.rules import RuleInvalid, comparisons, dump
from agreements.terms.rules.tree import comparisons_at
from agreements.terms.segments import parse_segment
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

if TYPE_CHECKING:
    from slaportal.accounts.models import User


def clean_segment(tree: Any, before: Any = None) -> dict[str, Any]:
    """The segment rule as it is stored; raises RuleInvalid with the path of every mistake, also for none at all.

    A field that no lead has is a mistake unless the segment ``before`` looks at it.
    """
    if tree in (None, {}):
        raise RuleInvalid([Problem("", "segment_none")])
    rule = parse_segment(tree)
    known = {one.field for one in comparisons(parse_segment(before))} if before else set()
    asked = [(path, one.field) for path, one in comparisons_at(rule) if one.field not in known]
    missing = missing_fields(name for _path, name in asked)
    if missing:
        raise RuleInvalid([missing_problem(joined(path, "field"), name) for path, name in asked if name in missing])
    return dump(rule)


def refuse_same_segment(segment: dict[str, Any], *own: Agreement) -> None:
    """Of two agreements for the same leads the later would govern none. Refused: segment_same."""
    same = Agreement.objects.filter(is_default=False, segment=segment).exclude(pk__in=[one.pk for one in own]).first()
    if same is not None:
        raise Refused("segment_same", name=same.name)


def change_segment(*, agreement: Agreement, segment: Any, by: User | None, at: datetime | None = None) -> Agreement:
    """Give an agreement another segment rule. Raises RuleInvalid.

    Refused: not_an_editor, default_has_no_segment, segment_same.
    """
    at = at or timezone.now()
    may_edit(by)
    cleaned = clean_segment(segment, agreement.segment)
    with transaction.atomic():
        agreement = _held(agreement)
        if agreement.is_default:
            raise Refused("default_has_no_segment")
        refuse_same_segment(cleaned, agreement)
        if agreement.segment != cleaned:
            _give(agreement, cleaned, by, at)
    return agreement


def place_agreement(*, agreement: Agreement, place: int, by: User | None, at: datetime | None = None) -> Agreement:
    """Let an agreement's segment be tried as number ``place``, counted from 1; asked twice, it stays there.

    Refused: not_an_editor, default_stays_last, place_unknown.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        agreement = _held(agreement)
        if agreement.is_default:
            raise Refused("default_stays_last")
        others = [one for one in _tried() if one.pk != agreement.pk]
        if not 1 <= place <= len(others) + 1:
            raise Refused("place_unknown", place=place, last=len(others) + 1)
        old = place_of(agreement)
        _number([*others[: place - 1], agreement, *others[place - 1 :]])
        if old != place:
            record("agreement.placed", by=by, on=name_of(agreement), at=at, old=old, new=place)
    agreement.refresh_from_db()
    return agreement


def make_default(
    *, agreement: Agreement, former_segment: Any, by: User | None, at: datetime | None = None
) -> Agreement:
    """Let this agreement govern what no segment selects; the former default one gets a segment and is tried last.

    Raises RuleInvalid for the former one's segment; refused: not_an_editor, already_default,
    not_in_force, segment_same.
    """
    at = at or timezone.now()
    may_edit(by)
    cleaned = clean_segment(former_segment)
    with transaction.atomic():
        agreement = _held(agreement)
        if agreement.is_default:
            raise Refused("already_default")
        # Else nobody would govern what no segment selects.
        if not agreement.versions.filter(status=Status.ACTIVE).exists():
            raise Refused("not_in_force")
        former = Agreement.objects.get(is_default=True)
        refuse_same_segment(cleaned, agreement)
        # In this order: the database allows no two defaults at any moment.
        _give(former, cleaned, by, at)
        _give(agreement, {}, by, at)
        tried = _tried()
        _number([*(one for one in tried if one.pk != former.pk), former])
        record("agreement.made_default", by=by, on=name_of(agreement), at=at, former=former.slug)
    agreement.refresh_from_db()
    return agreement


def retire_agreement(*, agreement: Agreement, by: User | None, at: datetime | None = None) -> AgreementVersion:
    """End the version in force: the next agreement that selects its leads governs them.

    What runs keeps the version that it started under. Refused: not_an_editor, default_stays_in_force, not_in_force.
    """
    at = at or timezone.now()
    may_edit(by)
    with transaction.atomic():
        agreement = _held(agreement)
        lock(agreement)
        if agreement.is_default:
            raise Refused("default_stays_in_force")
        version = agreement.versions.filter(status=Status.ACTIVE).first()
        if version is None:
            raise Refused("not_in_force")
        move(version, Status.ACTIVE, Status.SUPERSEDED, by, at)
        # Its leads come under the others.
        Agreement.objects.exclude(pk=agreement.pk).update(revision=F("revision") + 1)
        record("agreement.retired", by=by, on=name_of(agreement), at=at, number=version.number)
    return version


def hold_all() -> None:
    """One change to the arrangement of agreements at a time; reading goes on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE agreements_agreement IN SHARE ROW EXCLUSIVE MODE")


def place_of(agreement: Agreement) -> int | None:
    """As which number its segment is tried, counted from 1; None of the default one."""
    if agreement.is_default:
        return None
    return [one.pk for one in _tried()].index(agreement.pk) + 1


def name_of(agreement: Agreement) -> str:
    """The agreement's name in the audit."""
    return f"agreement:{agreement.slug}"


def _held(agreement: Agreement) -> Agreement:
    hold_all()
    return Agreement.objects.get(pk=agreement.pk)


def _tried() -> list[Agreement]:
    """All but the default one, in the order in which their segments are tried."""
    return list(Agreement.objects.filter(is_default=False))


def _number(agreements: list[Agreement]) -> None:
    for order, one in enumerate(agreements):
        if one.order != order:
            Agreement.objects.filter(pk=one.pk).update(order=order, revision=F("revision") + 1)


def _give(agreement: Agreement, segment: dict[str, Any], by: User | None, at: datetime) -> None:
    record("agreement.segment", by=by, on=name_of(agreement), at=at, old=agreement.segment, new=segment)
    Agreement.objects.filter(pk=agreement.pk).update(segment=segment, revision=F("revision") + 1)
    agreement.refresh_from_db()
