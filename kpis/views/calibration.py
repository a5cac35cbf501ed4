"""The calibration page: what the rules in force tell, a proposed table of points, and its way into the draft."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agreements.models import AgreementVersion
from agreements.selectors import company_version, versions_in_force
from agreements.services import EDITORS
from agreements.terms.document import TermsInvalid
from kpis.calibration.drafting import put_table_in_draft
from kpis.calibration.jobs import MAY_CALIBRATE, done_calibration, start_calibration
from kpis.calibration.page import page_context
from kpis.views.results import asked_version
from slaportal.accounts.reader import person
from slaportal.web.policy import allow
from slaportal.web.refusals import Refused
from slaportal.web.rendering import refuse, render_page, tell

PAGE = "kpis/calibration.html"


@require_GET
@allow(*MAY_CALIBRATE)
def calibration(request: HttpRequest) -> HttpResponse:
    """The newest calibration of an agreement (``?agreement=``; the company's own if left out)."""
    return render_page(request, PAGE, _context(request, _version(request.GET.get("agreement", ""))))


@require_POST
@allow(*MAY_CALIBRATE)
def calibration_start(request: HttpRequest) -> HttpResponseBase:
    """Calibrate, with the fields that are ticked where the form shows fields."""
    version = _needed_version(request)
    try:
        start_calibration(version=version, by=person(request), at=timezone.now(), **_ticks(request, version))
    except Refused as refused:
        return refuse(request, PAGE, _context(request, version), refused)
    tell(request, _("The calibration has begun; this page shows what it finds."))
    return redirect(_address(version))


@require_POST
@allow(*EDITORS)
def calibration_draft(request: HttpRequest) -> HttpResponseBase:
    """Put the proposed table into the draft, on top of the draft that the reader saw."""
    version = _needed_version(request)
    job = done_calibration(version.agreement.slug)
    if job is None or str(job.pk) != request.POST.get("calibration", ""):
        return refuse(request, PAGE, _context(request, version), Refused("calibration_is_older"))
    try:
        draft = put_table_in_draft(
            agreement=version.agreement,
            base=version.document,
            proposal=job.result["proposal"],
            seen_digest=request.POST.get("digest", "").replace("\0", ""),
            by=person(request),
            at=timezone.now(),
        )
    except Refused as refused:
        return refuse(request, PAGE, _context(request, version), refused)
    except TermsInvalid as invalid:
        return render_page(request, PAGE, _context(request, version) | {"left": invalid.errors}, status=422)
    said = _("The proposed points are in the draft of version %(n)s. Look at them there before you propose them.")
    tell(request, said % {"n": draft.number})
    return redirect("agreements:draft-chapter", slug=version.agreement.slug, chapter="qualification")


def _context(request: HttpRequest, version: AgreementVersion | None) -> dict[str, Any]:
    in_force = list(versions_in_force())
    return page_context(version) | {
        "choices": [one.agreement for one in in_force] if len(in_force) > 1 else [],
        "may_edit": person(request).role in EDITORS,
        "now": timezone.now(),
    }


def _version(slug: str) -> AgreementVersion | None:
    in_force = list(versions_in_force())
    return asked_version(slug.replace("\0", ""), in_force) or company_version(in_force)


def _needed_version(request: HttpRequest) -> AgreementVersion:
    version = _version(request.POST.get("agreement", ""))
    if version is None:
        raise Http404
    return version


def _ticks(request: HttpRequest, version: AgreementVersion) -> dict[str, list[str]]:
    """Where the ticks differ from what the newest calibration advised; nothing where no fields were shown."""
    job = done_calibration(version.agreement.slug)
    if job is None or "fields" not in request.POST:
        return {}
    ticked, fields = set(request.POST.getlist("use")), job.result["fields"]
    return {
        "take": [one["name"] for one in fields if one["advised"] == "left_out" and one["name"] in ticked],
        "leave": [
            one["name"] for one in fields if one["advised"] in ("used", "doubtful") and one["name"] not in ticked
        ],
    }


def _address(version: AgreementVersion) -> str:
    return f"{reverse('kpis:calibration')}?agreement={version.agreement.slug}"
