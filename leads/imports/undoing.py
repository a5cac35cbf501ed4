"""Takes an import back: what it created goes, what it changed returns, and what others touched since stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.accounts.matching import lock_accounts
from leads.imports.tracing import OBJECTS, UNDO_FOR
from leads.intake import tables
from leads.intake.merging import Known, is_same
from leads.intake.saving import find_accounts
from leads.models import Handoff, ImportedLead, Lead, LeadIdentity, LeadImport, StageChange
from leads.models.imports import ImportKind, ImportState
from leads.scoring import mark_dirty, touched_by_moves
from leads.scoring.governing import lock_scores
from slaportal.accounts.models import User
from slaportal.audit.services import record
from slaportal.outbox.jobs import start_job
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress, runs
from slaportal.web.refusals import Refused

UNDO = "leads.undo_import"
CHUNK = 500
# Beyond this, the page says how many leads there are, and not yet how many of them will stay.
MOST_LOOKED_AT = 100_000
LAST_ID = 2**63 - 1

# Why a lead that the import created stays; blank: nobody touched it since.
BLOCKED = """
CASE WHEN l.id IS NULL THEN 'lead_gone'
    WHEN NOT t.is_created THEN ''
    WHEN EXISTS (SELECT FROM leads_handoff h WHERE h.lead_id = l.id) THEN 'handed_over'
    WHEN EXISTS (SELECT FROM leads_leadevent e WHERE e.lead_id = l.id) THEN 'has_events'
    WHEN EXISTS (SELECT FROM leads_deal d WHERE d.lead_id = l.id) THEN 'has_deals'
    WHEN EXISTS (SELECT FROM leads_enrollment n WHERE n.lead_id = l.id) THEN 'nurtured'
    WHEN l.updated_at <> t.at THEN 'edited'
    WHEN EXISTS (SELECT FROM leads_leadidentity i WHERE i.lead_id = l.id
        AND (i.source, i.external_id) <> (l.source, l.external_id)
        AND NOT coalesce(jsonb_exists(t.after, 'identity.' || i.source || E'\\n' || i.external_id), FALSE)
    ) THEN 'known_elsewhere'
    ELSE '' END
"""
JUDGE = f"""
SELECT t.id, {BLOCKED} FROM leads_importedlead t LEFT JOIN leads_lead l ON l.id = t.lead_id WHERE t.id = ANY(%s)
"""  # noqa: S608 - the condition is the constant above
FORESEE = f"""
SELECT count(*) FILTER (WHERE is_created AND why = ''), count(*) FILTER (WHERE NOT is_created AND why = ''),
    count(*) FILTER (WHERE why <> '')
FROM (
    SELECT t.is_created, {BLOCKED} AS why
    FROM leads_importedlead t LEFT JOIN leads_lead l ON l.id = t.lead_id WHERE t.lead_import_id = %s
) judged
"""  # noqa: S608


@dataclass(frozen=True)
class Outlook:
    """How many leads an undo would remove, set back and leave; ``stay`` is None where too many would be looked at."""

    remove: int
    restore: int
    stay: int | None


@dataclass
class _Back:
    """A lead on its way back: its values as they will be, and what could not be taken back."""

    known: Known
    names: list[list[str]] = field(default_factory=list)
    stays: dict[str, Any] = field(default_factory=dict)


def may_be_undone(lead_import: LeadImport, at: dt.datetime) -> Refused | None:
    """Why this import cannot be taken back now; None if it can."""
    if lead_import.kind != ImportKind.LEADS:
        return Refused("undo_of_accounts")
    if lead_import.state != ImportState.DONE or lead_import.finished_at is None:
        return Refused("undo_unfinished")
    if lead_import.undone_at is not None:
        return Refused("undo_done")
    if at > lead_import.finished_at + UNDO_FOR:
        return Refused("undo_too_late", days=UNDO_FOR.days)
    return None


def outlook(lead_import: LeadImport) -> Outlook:
    """What an undo would do now."""
    if lead_import.n_created + lead_import.n_updated > MOST_LOOKED_AT:
        return Outlook(lead_import.n_created, lead_import.n_updated, None)
    with connection.cursor() as cursor:
        cursor.execute(FORESEE, [lead_import.pk])
        return Outlook(*cursor.fetchone())


def start_undo(*, lead_import: LeadImport, by: User, at: dt.datetime) -> LeadImport:
    """Begin to take the import back, as a job; Refused a second time, after seven days, or before it is finished."""
    with transaction.atomic():
        locked = LeadImport.objects.select_for_update(of=("self",)).select_related("undo_job").get(pk=lead_import.pk)
        if refused := may_be_undone(locked, at):
            raise refused
        if locked.undo_job is not None and locked.undo_job.state != JobState.FAILED:
            raise Refused("undo_runs")
        locked.undo_job = start_job(UNDO, by=by, params={"import": str(locked.public_id)}, at=at)
        locked.save(update_fields=["undo_job"])
    return locked


def undo_import(lead_import: LeadImport, *, by: User | None, progress: Progress) -> dict[str, int]:
    """Take the import back, some hundred leads at a time; {"removed", "restored", "stayed"}.

    Killed at any moment, the next call goes on with the rest. Two at once share the work.
    """
    total = lead_import.n_created + lead_import.n_updated
    below = LAST_ID
    while (last := _undone_chunk(lead_import, below, timezone.now())) is not None:
        below = last
        lead_import.refresh_from_db(fields=["undo_counts"])
        progress(min(sum(lead_import.undo_counts.values()), total), total, checkpoint={"below": below})
    at = timezone.now()
    with transaction.atomic():
        if LeadImport.objects.filter(pk=lead_import.pk, undone_at=None).update(undone_at=at):
            lead_import.refresh_from_db()
            on = f"import:{lead_import.public_id}"
            record("leads.import_undone", by=by, on=on, at=at, **lead_import.undo_counts)
    lead_import.refresh_from_db(fields=["undo_counts", "undone_at"])
    return dict(lead_import.undo_counts)


@runs(UNDO, title=_("Undoing the import"))
def run_undo_job(job: Job, progress: Progress) -> dict[str, Any]:
    """The undo as a job; its place is in the rows themselves."""
    lead_import = LeadImport.objects.get(public_id=job.params["import"])
    return undo_import(lead_import, by=job.by, progress=progress)


def _undone_chunk(lead_import: LeadImport, below: int, at: dt.datetime) -> int | None:
    """The id of the last lead that was looked at, the leads being taken from the newest on; None behind the oldest."""
    try:
        return _take_back(lead_import, below, at, with_emails=True)
    except IntegrityError:
        # Somebody took one of the old addresses this very moment.
        return _take_back(lead_import, below, at, with_emails=False)


@transaction.atomic
def _take_back(lead_import: LeadImport, below: int, at: dt.datetime, *, with_emails: bool) -> int | None:
    # The order that everybody keeps: scores, accounts, then the leads by their ids.
    lock_scores()
    lock_accounts(shared=True)
    held = LeadImport.objects.select_for_update(no_key=True).get(pk=lead_import.pk)
    waiting = ImportedLead.objects.filter(lead_import=held, lead_id__lt=below, why="")
    traces = list(waiting.order_by("-lead_id")[:CHUNK])
    if not traces:
        return None
    leads = tables.held_leads([trace.lead_id for trace in traces])
    why = _judged(traces)
    created = [trace.lead_id for trace in traces if trace.is_created and not why[trace.pk]]
    changed = [trace for trace in traces if not trace.is_created and not why[trace.pk]]
    partly = _restore([(trace, leads[trace.lead_id]) for trace in changed], at, with_emails=with_emails)
    left = set(Lead.objects.filter(pk__in=created, engagement__isnull=False).values_list("account_id", flat=True))
    Lead.objects.filter(pk__in=created).delete()
    mark_dirty(touched_by_moves(left))
    why |= dict.fromkeys(partly, "fields_changed")
    stayed = [trace for trace in traces if why[trace.pk]]
    for trace in stayed:
        trace.why, trace.after = why[trace.pk], partly.get(trace.pk)
    ImportedLead.objects.bulk_update(stayed, ["why", "after"])
    ImportedLead.objects.filter(pk__in=[trace.pk for trace in traces if not why[trace.pk]]).delete()
    _add_counts(held, removed=len(created), restored=len(changed) - len(partly), stayed=len(stayed))
    return traces[-1].lead_id


def _judged(traces: Iterable[ImportedLead]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [[trace.pk for trace in traces]])
        return dict(cursor.fetchall())


def _restore(
    found: list[tuple[ImportedLead, Known]], at: dt.datetime, *, with_emails: bool
) -> dict[int, dict[str, Any]]:
    """Set the fields back that still are as the import left them; by trace, what was not set back."""
    taken = _taken_emails(found) if with_emails else None
    with_sales = set(
        Handoff.objects.filter(lead_id__in=[known.id for _, known in found]).values_list("lead_id", flat=True)
    )
    backs = {trace.pk: _back(trace, known, taken, known.id in with_sales) for trace, known in found}
    changed = [back.known for back in backs.values() if back.known.is_changed]
    accounts = find_accounts(changed)
    for known in changed:
        known.values["phone_key"] = ""
    tables.update_leads(changed, at=at)
    for back in backs.values():
        for source, external_id in back.names:
            LeadIdentity.objects.filter(lead_id=back.known.id, source=source, external_id=external_id).delete()
    for trace, known in found:
        if "stage" in (trace.before or {}) and "stage" not in backs[trace.pk].stays:
            _forget_moves(trace, known)
    mark_dirty([*(known.id for known in changed), *touched_by_moves(accounts)])
    return {pk: back.stays for pk, back in backs.items() if back.stays}


def _back(trace: ImportedLead, known: Known, taken: set[str] | None, is_with_sales: bool) -> _Back:
    back = _Back(known)
    before, after = trace.before or {}, trace.after or {}
    # A lead that Sales has or had stands where Sales put it.
    fixed = {"stage", "stage_at"} if is_with_sales or not _is_as_left(known, after, "stage") else set()
    for name, was in before.items():
        left = after.get(name)
        if name.startswith("identity."):
            back.names.append(list(left or ()))
        elif name in fixed or not _is_as_left(known, after, name) or (name == "email" and _is_taken(was, taken)):
            back.stays[name] = left
        else:
            _put_back(known, name, was)
    return back


def _is_as_left(known: Known, after: Mapping[str, Any], name: str) -> bool:
    """Whether the lead's field still has the value that the import gave it."""
    return name not in after or is_same(_plain(_value(known, name)), after[name])


def _is_taken(email: str, taken: set[str] | None) -> bool:
    return taken is None or email in taken


def _value(known: Known, name: str) -> Any:
    group, dot, key = name.partition(".")
    return known.values[group].get(key) if dot and group in OBJECTS else known.values[name]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else tables.plain_value(value)


def _put_back(known: Known, name: str, was: Any) -> None:
    known.is_changed = True
    group, dot, key = name.partition(".")
    if dot and group in OBJECTS:
        kept = {one: value for one, value in known.values[group].items() if one != key}
        known.values[group] = kept if was is None else {**kept, key: was}
    else:
        known.values[name] = was


def _taken_emails(found: list[tuple[ImportedLead, Known]]) -> set[str]:
    """The old addresses that belong to somebody else by now."""
    wanted = {before["email"]: known.id for trace, known in found if (before := trace.before or {}).get("email")}
    owners = Lead.objects.filter(email__in=wanted).values_list("email", "pk")
    return {email for email, pk in owners if wanted[email] != pk}


def _forget_moves(trace: ImportedLead, known: Known) -> None:
    """The import's moves of the lead's stage, and only those, leave its history."""
    moved_at = dt.datetime.fromisoformat((trace.after or {})["stage_at"])
    StageChange.objects.filter(lead_id=known.id, why="intake", handoff=None, at=moved_at).exclude(old="").delete()


def _add_counts(held: LeadImport, **counts: int) -> None:
    held.undo_counts = {name: held.undo_counts.get(name, 0) + n for name, n in counts.items()}
    held.save(update_fields=["undo_counts"])
