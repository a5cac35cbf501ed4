"""The steps of a browser import as jobs, and the words that start them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.imports.checking import check_import
from leads.imports.guessing import headers_key
from leads.imports.kinds import kind_of
from leads.imports.running import counts_of, reopened, run_import
from leads.models import ColumnMap, LeadImport
from leads.models.imports import ImportState
from leads.past import n_qualified
from leads.scoring import score_dirty
from slaportal.accounts.models import User
from slaportal.outbox.jobs import start_job
from slaportal.outbox.models import Job, JobState
from slaportal.outbox.registry import Progress, runs
from slaportal.web.refusals import Refused, RefusedInput

CHECK, RUN = "leads.check_import", "leads.import"


def start_check(*, lead_import: LeadImport, column_map: dict[str, Any], by: User, at: dt.datetime) -> LeadImport:
    """Keep the map and look ahead; Refused where the import runs already or the map does not fit the file."""
    kind_of(lead_import.kind).plan(column_map, lead_import.headers)
    with transaction.atomic():
        locked = _waiting_import(lead_import)
        if locked.state == ImportState.RUNNING:
            raise Refused("import_is_running")
        locked.column_map = column_map
        locked.error = {}
        locked.state = ImportState.UPLOADED
        locked.job = start_job(CHECK, by=by, params={"import": str(locked.public_id)}, at=at)
        locked.save(update_fields=["column_map", "error", "state", "job"])
        key = headers_key(locked.headers, locked.kind)
        ColumnMap.objects.update_or_create(headers_key=key, defaults={"column_map": column_map, "used_at": at})
    return locked


def start_run(*, lead_import: LeadImport, by: User, at: dt.datetime) -> LeadImport:
    """Run the checked import; Refused("import_is_running") the second time, unless the first run failed."""
    with transaction.atomic():
        locked = _waiting_import(lead_import)
        if not locked.column_map:
            raise Refused("import_unmapped")
        locked.state = ImportState.RUNNING
        locked.job = start_job(RUN, by=by, params={"import": str(locked.public_id)}, at=at)
        locked.save(update_fields=["state", "job"])
    return locked


@runs(CHECK, title=_("Checking the file"))
def run_check_job(job: Job, progress: Progress) -> dict[str, Any]:
    """The look ahead; what is wrong with the whole file stands in the import's `error` in the words of the check."""
    lead_import = LeadImport.objects.get(public_id=job.params["import"])
    try:
        file, column_map = reopened(lead_import), lead_import.column_map
        result = check_import(file, column_map, progress=progress, at=timezone.now(), kind=lead_import.kind)
    except RefusedInput as refused:
        _note_error(lead_import, refused)
        raise
    LeadImport.objects.filter(pk=lead_import.pk, job=job).update(state=ImportState.CHECKED)
    return result


@runs(RUN, title=_("Importing the file"))
def run_import_job(job: Job, progress: Progress) -> dict[str, Any]:
    """The run, from where the last turn stopped; then the new and changed leads are scored."""
    lead_import = LeadImport.objects.select_related("by").get(public_id=job.params["import"])

    def after_chunk(done: int, total: int) -> None:
        progress(done, total, checkpoint={"rows": done})

    try:
        run_import(lead_import, reopened(lead_import), progress=after_chunk, at=timezone.now())
    except RefusedInput as refused:
        _note_error(lead_import, refused)
        raise
    while score_dirty(timezone.now()):
        progress(job.done, job.total, checkpoint={"rows": job.done})
    LeadImport.objects.filter(pk=lead_import.pk).update(n_qualified=n_qualified(timezone.now()))
    return counts_of(lead_import)


def _waiting_import(lead_import: LeadImport) -> LeadImport:
    """The import, locked; one whose run failed for good may go on, from the row where it stopped."""
    locked = LeadImport.objects.select_for_update(of=("self",)).select_related("job").get(pk=lead_import.pk)
    has_failed = locked.job is not None and locked.job.state == JobState.FAILED
    if locked.state == ImportState.DONE or (locked.state == ImportState.RUNNING and not has_failed):
        raise Refused("import_is_running")
    return locked


def _note_error(lead_import: LeadImport, refused: RefusedInput) -> None:
    error = {"code": refused.code, "facts": refused.facts}
    LeadImport.objects.filter(pk=lead_import.pk).update(state=ImportState.FAILED, error=error)
