"""Runs a calibration in two turns: first fields and rules are chosen and kept, then they are judged."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.urls import reverse
from django.utils import timezone

from agreements.models import AgreementVersion
from kpis.calibration.history import History, read_history
from kpis.calibration.lift import rule_lifts
from kpis.calibration.limits import refuse_too_little
from kpis.calibration.outcomes import LOST, MOST_LEADS, WON, Outcomes, outcomes_of
from kpis.calibration.study import judge, learn, restored, stored
from slaportal.outbox.models import Job
from slaportal.outbox.registry import Progress

# How far the bar is when everything is read, and when the rules are chosen; 100 is the end.
READ, CHOSEN, ALL = 50, 80, 100


def calibrate(job: Job, progress: Progress) -> dict[str, Any]:
    """What the job stores. Refused: too_few_decided, all_won, none_won."""
    version = AgreementVersion.objects.select_related("agreement").get(pk=job.params["version"])
    # Where a turn was cut off, because the machine is slow, half as many leads are read the next time.
    most = job.checkpoint.get("most") or MOST_LEADS // 2 ** (job.attempts - 1)
    outcomes = outcomes_of(version, job.created_at, most)
    refuse_too_little(outcomes.ends.count(WON), outcomes.ends.count(LOST))

    def report(n_read: int) -> None:
        progress(max(job.done, READ * n_read // len(outcomes.ids)), ALL)

    history = read_history(version, outcomes, job.created_at, report)
    if "table" not in job.checkpoint:
        progress(CHOSEN, ALL, checkpoint={"most": most} | _chosen(history, outcomes, job))
    return _result(version, outcomes, history, job.checkpoint)


def _chosen(history: History, outcomes: Outcomes, job: Job) -> dict[str, Any]:
    """The rules, and by name whom they have not seen: leads may come and be decided between two turns."""
    found = learn(history.columns, history.outcome, take=job.params["take"], leave=job.params["leave"])
    tried = [outcomes.ids[row] for row in found.tried]
    return {"fields": [one.as_dict() for one in found.fields], "table": stored(found.table), "tried": tried}


def _result(version: AgreementVersion, outcomes: Outcomes, history: History, chosen: dict[str, Any]) -> dict[str, Any]:
    fields, table, held_out = chosen["fields"], restored(chosen["table"]), set(chosen["tried"])
    teaching = [one["name"] for one in fields if one["use"] in ("used", "doubtful")]
    tried = np.array([row for row, lead_id in enumerate(outcomes.ids) if lead_id in held_out], dtype=np.int32)
    return {
        "url": f"{reverse('kpis:calibration')}?agreement={version.agreement.slug}",
        "version": version.number,
        "digest": version.digest,
        "at": timezone.now(),
        "history": outcomes.as_dict(),
        "fields": fields,
        "rules": rule_lifts(history.rules, history.outcome[history.decided] == WON),
        "proposal": judge(history.columns, history.outcome, table, teaching, tried),
    }
