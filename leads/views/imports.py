"""The way of a file of leads: chosen, mapped, checked, run, reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import access, past
from leads.export import csv_lines, harmless
from leads.forms.imports import MapForm, UploadForm
from leads.imports import jobs
from leads.imports.guessing import samples_of, suggested_map
from leads.imports.running import reopened
from leads.imports.storing import store_upload
from leads.imports.systems import system_of
from leads.imports.tracing import UNDO_FOR
from leads.imports.undoing import UNDO, may_be_undone, outlook, start_undo
from leads.imports.words import REPAIR_WORDS, STAYED_WORDS, WARNING_WORDS
from leads.models import ImportedLead, Lead, LeadImport, RejectedRow
from leads.models.imports import ImportKind, ImportState
from slaportal.accounts.reader import person
from slaportal.outbox.registry import title_of
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused, RefusedInput, words_for
from slaportal.web.rendering import refuse, render_page

IMPORTERS = ("marketer", "marketing_manager", "sales_manager", "admin")
PER_PAGE = 50
STAYED_SHOWN = 200
STEPS = ("new", "map", "check", "run", "report")


@allow(*IMPORTERS)
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Every file that came in, the newest first."""
    page = Paginator(LeadImport.objects.select_related("by"), PER_PAGE).get_page(request.GET.get("page"))
    return render_page(request, "leads/imports/list.html", {"page": page, "now": timezone.now()})


@allow(*IMPORTERS)
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest, kind: str = ImportKind.LEADS) -> HttpResponse:
    """Choose a file; it is stored, and nothing else."""
    form = UploadForm(request.POST or None, request.FILES or None)
    context = {"form": form, "kind": kind, "steps": _steps("new")}
    if request.method == "GET":
        return render_page(request, "leads/imports/new.html", {**context, "form": UploadForm()})
    if not form.is_valid():
        return render_page(request, "leads/imports/new.html", context, status=422)
    upload, encoding = form.cleaned_data["file"], form.cleaned_data["encoding"]
    try:
        lead_import, _file = store_upload(
            upload.chunks(), file_name=upload.name, encoding=encoding, by=person(request), at=timezone.now(), kind=kind
        )
    except RefusedInput as refused:
        return refuse(request, "leads/imports/new.html", context, refused)
    return redirect("leads:import-map", lead_import.public_id)


@allow(*IMPORTERS)
@require_http_methods(["GET", "POST"])
def import_map(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say what each column means; sending it starts the check."""
    lead_import = access.import_for(person(request), public_id)
    if lead_import.state in {ImportState.RUNNING, ImportState.DONE}:
        return _onward(lead_import)
    try:
        samples = samples_of(reopened(lead_import))
    except RefusedInput as refused:
        context = {"form": UploadForm(), "kind": lead_import.kind, "steps": _steps("new")}
        return refuse(request, "leads/imports/new.html", context, refused)
    suggested = lead_import.column_map or suggested_map(lead_import.headers, samples, lead_import.kind)
    form = MapForm(lead_import.headers, samples, suggested, request.POST or None, kind=lead_import.kind)
    system = system_of(lead_import.headers) if lead_import.kind == ImportKind.LEADS else None
    context = {"form": form, "lead_import": lead_import, "system": system, "steps": _steps("map", lead_import)}
    if request.method == "GET":
        return render_page(request, "leads/imports/map.html", context)
    if not form.is_valid():
        return render_page(request, "leads/imports/map.html", context, status=422)
    try:
        jobs.start_check(lead_import=lead_import, column_map=form.column_map(), by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, "leads/imports/map.html", context, refused)
    return redirect("leads:import-check", public_id)


@allow(*IMPORTERS)
@require_http_methods(["GET", "POST"])
def import_check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What would happen, with the problems by what mends them; sending it starts the run."""
    lead_import = access.import_for(person(request), public_id)
    if request.method == "POST":
        try:
            jobs.start_run(lead_import=lead_import, by=person(request), at=timezone.now())
        except Refused as refused:
            return refuse(request, "leads/imports/check.html", _check_context(lead_import), refused)
        return redirect("leads:import-run", public_id)
    if lead_import.state in {ImportState.RUNNING, ImportState.DONE} or lead_import.job is None:
        return _onward(lead_import)
    return render_page(request, "leads/imports/check.html", _check_context(lead_import))


@allow(*IMPORTERS)
@require_GET
def import_run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far the run is; safe to leave."""
    lead_import = access.import_for(person(request), public_id)
    if lead_import.state != ImportState.RUNNING:
        return _onward(lead_import)
    context = {"lead_import": lead_import, "steps": _steps("run", lead_import), **_progress(lead_import)}
    return render_page(request, "leads/imports/run.html", context)


@allow(*IMPORTERS)
@require_GET
def import_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What came of it: counts, rejected rows with their reasons, and the leads that qualify now."""
    lead_import = access.import_for(person(request), public_id)
    if lead_import.state != ImportState.DONE:
        return _onward(lead_import)
    return render_page(request, "leads/imports/report.html", _report_context(request, lead_import))


@allow(*IMPORTERS)
@require_GET
def import_rejected(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The rejected rows as CSV with line and reason, to be mended and sent again."""
    lead_import = access.import_for(person(request), public_id)
    response = StreamingHttpResponse(csv_lines(_rejected_table(lead_import)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{lead_import.public_id}.csv"'
    return response


@allow(*IMPORTERS)
@require_POST
def import_handoff(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand over the leads that qualify, as a job."""
    lead_import = access.import_for(person(request), public_id)
    if lead_import.state != ImportState.DONE:
        return _onward(lead_import)
    past.start_hand_over(asked_on=f"import:{lead_import.public_id}", by=person(request), at=timezone.now())
    messages.success(request, _("The leads that qualify are being handed over, spread over the available reps."))
    return redirect("leads:import-report", public_id)


@allow(*IMPORTERS)
@require_POST
def import_undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the import back, as a job."""
    lead_import = access.import_for(person(request), public_id)
    if lead_import.state != ImportState.DONE:
        return _onward(lead_import)
    try:
        start_undo(lead_import=lead_import, by=person(request), at=timezone.now())
    except Refused as refused:
        return refuse(request, "leads/imports/report.html", _report_context(request, lead_import), refused)
    return redirect("leads:import-report", public_id)


def _onward(lead_import: LeadImport) -> HttpResponseRedirect:
    """To the step where this import stands."""
    step = {ImportState.RUNNING: "run", ImportState.DONE: "report"}.get(ImportState(lead_import.state), "map")
    return redirect(f"leads:import-{step}", lead_import.public_id)


def _steps(here: str, lead_import: LeadImport | None = None) -> list[dict[str, Any]]:
    """The five steps for the line on top: done, here, ahead."""
    names = {"new": _("File"), "map": _("Map"), "check": _("Check"), "run": _("Run"), "report": _("Report")}
    place = STEPS.index(here)
    marks = ["done" if n < place else "here" if n == place else "ahead" for n in range(len(STEPS))]
    return [{"name": names[step], "mark": mark} for step, mark in zip(STEPS, marks, strict=True)]


def _progress(lead_import: LeadImport) -> dict[str, Any]:
    job = lead_import.job
    return {"job": job, "job_title": title_of(job.kind) if job else ""}


def _check_context(lead_import: LeadImport) -> dict[str, Any]:
    context = {"lead_import": lead_import, "steps": _steps("check", lead_import), **_progress(lead_import)}
    if lead_import.error:
        return {**context, "refusal": words_for(RefusedInput(lead_import.error["code"], **lead_import.error["facts"]))}
    result = lead_import.job.result if lead_import.job and lead_import.state == ImportState.CHECKED else {}
    problems = [
        {
            **group,
            "text": words_for(RefusedInput(group["code"], **group["facts"])),
            "repair": REPAIR_WORDS.get(group["code"], ""),
        }
        for group in result.get("problems", [])
    ]
    warnings = [{**group, "text": WARNING_WORDS[group["code"]]} for group in result.get("warnings", [])]
    found = {"conflicts": result.get("conflicts", 0), "problems": problems, "warnings": warnings}
    return {**context, "counts": result.get("counts"), **found}


def _report_context(request: HttpRequest, lead_import: LeadImport) -> dict[str, Any]:
    rejected = Paginator(lead_import.rejected_rows.order_by("line"), PER_PAGE).get_page(request.GET.get("page"))
    return {
        "lead_import": lead_import,
        "steps": _steps("report", lead_import),
        "page": rejected,
        "rejected": [{"row": row, "text": _reason(row)} for row in rejected],
        "n_qualified": past.n_qualified(timezone.now()),
        "hand_over": past.hand_over_job(f"import:{lead_import.public_id}"),
        "hand_over_title": title_of(past.HAND_OVER),
        **_undo_context(lead_import),
        "now": timezone.now(),
    }


def _undo_context(lead_import: LeadImport) -> dict[str, Any]:
    """What an undo would do, how far it is, or what came of it, with the leads that stayed."""
    job, is_undone = lead_import.undo_job, lead_import.undone_at is not None
    may_undo = may_be_undone(lead_import, timezone.now()) is None
    stayed = list(lead_import.imported_leads.exclude(why="").order_by("lead_id")[:STAYED_SHOWN]) if is_undone else []
    leads = Lead.objects.in_bulk([trace.lead_id for trace in stayed])
    return {
        "undo": job if job and not is_undone else None,
        "undo_title": title_of(UNDO),
        "undo_outlook": outlook(lead_import) if may_undo and (job is None or job.is_over) else None,
        "undo_until": lead_import.finished_at + UNDO_FOR if lead_import.finished_at else None,
        "stayed": [{"lead": leads.get(trace.lead_id), "why": _why_stayed(trace)} for trace in stayed],
    }


def _why_stayed(trace: ImportedLead) -> str:
    names = ", ".join(name.partition(".")[2] or name for name in sorted(trace.after or {}))
    return str(STAYED_WORDS[trace.why]) % {"fields": names}


def _reason(row: RejectedRow) -> str:
    return words_for(RefusedInput(row.code, **row.facts))


def _rejected_table(lead_import: LeadImport) -> Iterator[list[str]]:
    width = len(lead_import.headers)
    yield harmless([*lead_import.headers, _("Line"), _("Column"), _("Reason")])
    for row in lead_import.rejected_rows.order_by("line").iterator(chunk_size=500):
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        # Cells beyond the last column would push the reason away; they are told after it.
        yield harmless([*cells[:width], str(row.line), row.column, _reason(row), *cells[width:]])
