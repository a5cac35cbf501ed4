"""Pulls what people sent through HubSpot's forms: a lead by their answers, and an event of the form's type."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from leads.hubspot.client import Absent, HubSpotApi, HubSpotAway
from leads.hubspot.contacts import FIELDS, NAME_PARTS, moment_of
from leads.hubspot.options import Options
from leads.hubspot.progress import add_count, step_of
from leads.hubspot.pulling import Report, after_of
from leads.hubspot.troubles import note_trouble
from leads.intake import LeadRow, append_events, save_leads
from leads.intake.rows import READERS, RowRejected
from leads.models import Lead, LeadSource

PER_PAGE = 50
LONGEST_ANSWER = 2_000
MOST_ANSWERS = 100


def pull_submissions(source: LeadSource, api: HubSpotApi, report: Report) -> None:
    """Of each form, the submissions since the last pull; HubSpot shows the newest first."""
    for form, kind in Options.of(source).forms.items():
        try:
            _pull_form(source, api, form, kind, report)
        except Absent:
            note_trouble(source, "hubspot_form_absent", at=timezone.now(), form=form)


def _pull_form(source: LeadSource, api: HubSpotApi, form: str, kind: str, report: Report) -> None:
    """Pages back to what is known; where a turn ended, the next one goes on, and the mark is set at the end."""
    name = f"form:{form}"
    is_last = False
    while not is_last:
        at = timezone.now()
        seen = source.progress.get(name)
        state = dict(seen or {"known": 0, "newest": 0, "after": None})
        page = api.get(f"/form-integrations/v1/submissions/forms/{form}", limit=PER_PAGE, after=state["after"])
        found = page.get("results")
        if not isinstance(found, list) or not all(_is_submission(one) for one in found):
            raise HubSpotAway("hubspot_answer_unreadable", detail="results")
        after = after_of(page)
        times = [one["submittedAt"] for one in found]
        is_last = after is None or after == state["after"] or (bool(times) and min(times) < state["known"])
        newest = max([state["newest"], *times])
        here = {"known": newest, "after": None} if is_last else {"after": after}
        state |= {"newest": newest, **here}
        with step_of(source, name, seen) as progress:
            n_new = take_submissions(source, form, kind, found, at)
            progress[name] = state
            add_count(progress, "submissions", n_new)
        report()


def take_submissions(
    source: LeadSource, form: str, kind: str, submissions: Sequence[Mapping[str, Any]], at: dt.datetime
) -> int:
    """Each as a lead and an event, once; how many events were new. One without an address tells of nobody."""
    rows, told = [], []
    for submission in submissions:
        answers = _answers(submission)
        row = _row(source, answers)
        if row.email:
            rows.append(row)
            told.append((submission, answers))
        else:
            note_trouble(source, "hubspot_submission_nameless", at=at, form=form)
    report = save_leads(rows, by=None, at=at)
    ids = dict(Lead.objects.filter(pk__in=report.lead_ids).values_list("pk", "public_id"))
    events = [
        {
            "source": source.name,
            "type": kind,
            "lead": {"id": str(ids[lead_id])},
            **_event(form, submission, answers, at),
        }
        for (submission, answers), lead_id in zip(told, report.lead_ids, strict=True)
        if lead_id in ids
    ]
    return append_events(events, by=None, at=at).accepted


def _row(source: LeadSource, answers: Mapping[str, str]) -> LeadRow:
    row = LeadRow(source=source.name)
    fields = {field: answers.get(name, "") for name, field in FIELDS.items()}
    fields["name"] = " ".join(answers[part] for part in NAME_PARTS if answers.get(part))
    for field, text in fields.items():
        try:
            setattr(row, field, READERS[field](text, field))
        except RowRejected:
            # It stands among the answers.
            continue
    return row


def _event(form: str, submission: Mapping[str, Any], answers: Mapping[str, str], at: dt.datetime) -> dict[str, Any]:
    return {
        "external_id": f"form:{form}:{_name_of(submission)}"[:200],
        "occurred_at": moment_of(submission["submittedAt"], until=at) or at,
        "properties": {
            "form": form,
            "url": str(submission.get("pageUrl") or "")[:LONGEST_ANSWER],
            "title": str(submission.get("pageTitle") or submission.get("pageName") or "")[:LONGEST_ANSWER],
            "answers": dict(answers),
        },
    }


def _name_of(submission: Mapping[str, Any]) -> str:
    """HubSpot's own name of it, else what was sent and when."""
    if conversion := submission.get("conversionId"):
        return str(conversion)
    told = json.dumps([submission["submittedAt"], submission["values"]], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _answers(submission: Mapping[str, Any]) -> dict[str, str]:
    """{field: text}, of the person; a company's fields carry its name before theirs."""
    answers: dict[str, str] = {}
    for one in submission["values"][:MOST_ANSWERS]:
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("value") is not None:
            name = one["name"] if one.get("objectTypeId", "0-1") == "0-1" else _of_company(one["name"])
            answers.setdefault(name[:100], str(one["value"])[:LONGEST_ANSWER])
    return answers


def _of_company(name: str) -> str:
    return "company" if name == "name" else f"company.{name}"


def _is_submission(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("submittedAt"), int) and isinstance(one.get("values"), list)
