"""Nurture paths: a lead enters one, its steps fall due one after the other, and the next path may follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from agreements.models import AgreementVersion
from agreements.terms.document import NurturePath, NurtureStep, Terms
from leads.models import Enrollment, Handoff, Lead, Return
from leads.scoring.governing import governing_version_of
from slaportal.accounts.models import Role, User
from slaportal.audit.services import record
from slaportal.web.refusals import Refused

ENROLLERS = {Role.REP, Role.MARKETER, Role.MARKETING_MANAGER, Role.SALES_MANAGER}


def enroll(*, lead: Lead, path: str, by: User | None, at: datetime | None = None) -> Enrollment:
    """Put a lead that is not with Sales into a path of the terms that govern it; it leaves the path it was in."""
    at = at or timezone.now()
    if by is not None and by.role not in ENROLLERS:
        raise Refused("not_marketing")
    with transaction.atomic():
        held = Lead.objects.select_for_update(no_key=True).filter(pk=lead.pk).first()
        if held is None:
            raise Refused("merge_gone")
        version = governing_version_of(held)
        if version is None:
            raise Refused("no_active_terms")
        if Handoff.objects.filter(lead=held, closed_at=None).exists():
            raise Refused("with_sales")
        return start_path(held, path, version=version, by=by, at=at)


def start_path(
    lead: Lead, path: str, *, version: AgreementVersion, by: User | None, at: datetime, returned: Return | None = None
) -> Enrollment:
    """Let the lead enter this path of the version; the caller holds the lead. Unknown: Refused("path_unknown")."""
    chosen = path_of(version.document, path)
    if chosen is None:
        raise Refused("path_unknown", path=path)
    end_enrollments([lead], "replaced", at)
    enrollment = Enrollment.objects.create(
        lead=lead, version=version, path=chosen.id, returned=returned, by=by, started_at=at, next_step_at=at
    )
    _plan_next(enrollment, at)
    record("lead.enrolled", by=by, on=f"lead:{lead.public_id}", at=at, path=chosen.id, version=str(version))
    return enrollment


def end_enrollments(leads: Collection[Lead], why: str, at: datetime) -> None:
    """The leads leave the paths they are in, if any; ``why`` is "qualified", "replaced" or "stopped"."""
    Enrollment.objects.filter(lead__in=leads, ended_at=None).update(ended_at=at, ended_why=why, next_step_at=None)


def take_due_steps(enrollments: Iterable[Enrollment]) -> None:
    """Take the step that is due in each: note it at the time it was planned for, and plan the next from there.

    The caller holds the enrollments. Sending the content is the work of Marketing's own tool; here it is recorded.
    """
    for enrollment in enrollments:
        due_at = enrollment.next_step_at
        step = _next_step(enrollment)
        if due_at is None or step is None:
            continue
        enrollment.steps_done += 1
        facts = {"path": enrollment.path, "step": step.id, "channel": step.channel}
        record("lead.nurtured", by=None, on=f"lead:{enrollment.lead.public_id}", at=due_at, **facts)
        _plan_next(enrollment, due_at)


def path_of(terms: Terms, path: str) -> NurturePath | None:
    """The path with this id."""
    return next((known for known in terms.nurture.paths if known.id == path), None)


def _next_step(enrollment: Enrollment) -> NurtureStep | None:
    path = path_of(enrollment.version.document, enrollment.path)
    return path.steps[enrollment.steps_done] if path and enrollment.steps_done < len(path.steps) else None


def _plan_next(enrollment: Enrollment, since: datetime) -> None:
    """The next step's time, in calendar days at the same local hour; behind the last step, the path that follows."""
    step = _next_step(enrollment)
    if step is not None:
        zone = ZoneInfo(enrollment.version.document.calendar.timezone)
        local = since.astimezone(zone) + timedelta(days=step.after_calendar_days)
        enrollment.next_step_at = local.astimezone(since.tzinfo)
    else:
        enrollment.next_step_at, enrollment.ended_at, enrollment.ended_why = None, since, "finished"
    enrollment.save(update_fields=["steps_done", "next_step_at", "ended_at", "ended_why"])
    if step is None:
        _follow(enrollment, since)


def _follow(enrollment: Enrollment, at: datetime) -> None:
    """Into the path that the finished one leads to; the terms allow no loops."""
    path = path_of(enrollment.version.document, enrollment.path)
    if path is not None and path.then is not None:
        start_path(enrollment.lead, path.then, version=enrollment.version, by=None, at=at, returned=enrollment.returned)
