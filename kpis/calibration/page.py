"""What the calibration page shows of a stored result: rules in words, intervals as text, curves as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from agreements.models import AgreementVersion
from agreements.selectors import open_version
from agreements.sentences.rules import field_name, rule_html
from agreements.sentences.values import number, signed_points
from agreements.terms.rules.tree import parse
from kpis.calibration.jobs import done_calibration, latest_calibration
from kpis.calibration.words import FINDINGS, USES, WARNINGS, reason_words
from slaportal.web.formats import percent_words

# A field that teaches comes first, then those that could.
ORDER = ("doubtful", "left_out", "used", "no_use")
STEPS_OF_ROC = 10


def page_context(version: AgreementVersion | None) -> dict[str, Any]:
    """The newest calibration of the version's agreement: its job while it runs, and what the newest one found."""
    if version is None:
        return {"version": None}
    slug = version.agreement.slug
    job, done = latest_calibration(slug), done_calibration(slug)
    draft = open_version(version.agreement)
    context: dict[str, Any] = {
        "version": version,
        "agreement": version.agreement,
        "job": job,
        "digest": draft.digest if draft else "",
    }
    context["is_running"] = job is not None and not job.is_over
    context["error"] = job.error if job is not None and job.state == "failed" else ""
    return context | {"draft": draft, "done": done, "result": result_shown(done.result) if done is not None else None}


def result_shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """A stored result ready for the template."""
    history, proposal = result["history"], result["proposal"]
    return {
        "at": datetime.fromisoformat(result["at"]),
        "number": result["version"],
        "history": history | {"decided": history["won"] + history["lost"]},
        "median": None if history["median_days"] is None else number(round(history["median_days"], 1)),
        "rules": [_rule_in_force(row) for row in result["rules"]],
        "idle": [
            row["label"] or row["id"] for row in result["rules"] if row["finding"] in ("nothing", "never", "always")
        ],
        "fields": [_field(row) for row in sorted(result["fields"], key=_place)],
        "proposal": _proposal(proposal) if proposal else None,
    }


def _proposal(found: Mapping[str, Any]) -> dict[str, Any]:
    is_offered = "no_signal" not in found["warnings"]
    return {
        **found,
        "is_offered": is_offered,
        "auc_text": _area(found["auc"]),
        "auc_range": _between([_area(value) for value in found["auc_interval"]]),
        "auc_learned_text": _area(found["auc_learned"]),
        "auc_best_text": _area(found["auc_best_model"]),
        "warnings": [WARNINGS[code] for code in found["warnings"]],
        "rules": [_rule(row) for row in found["rules"]],
        "thresholds": [_threshold(row) for row in found["thresholds"]],
        "at": [{"band": band} | _threshold(row) for band, row in sorted(found["at"].items())],
        "roc": _roc(found["roc"]),
        "calibration": _calibration(found["reliability"]),
        "tenths": [row | {"range": _shares((row["low"], row["high"]))} for row in found["reliability"]],
    }


def _rule(row: Mapping[str, Any]) -> dict[str, Any]:
    words = {"points": signed_points(row["points"]), "words": rule_html(parse(row["when"], "lead"))}
    return {**row, **words, "rate_range": _shares(row["rate_interval"])}


def _rule_in_force(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = row["lift_interval"]
    lift = "–" if row["lift"] is None else f"{row['lift']:.2f}"
    return {
        **row,
        "points": signed_points(row["points"]),
        "lift_text": lift,
        "lift_range": _between([f"{low:.2f}", "∞" if high is None else f"{high:.2f}"]),
        "suggested_text": signed_points(row["suggested"]) if row["suggested"] else number(0),
        "words": FINDINGS[row["finding"]],
    }


def _field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "label": field_name(row["name"]),
        "use_words": USES[row["use"]],
        "teaches": row["use"] in ("used", "doubtful"),
        "auc_text": _area(row["auc"]),
        "reasons": [reason_words(reason) for reason in row["reasons"]],
    }


def _place(row: Mapping[str, Any]) -> tuple[int, float, str]:
    return ORDER.index(row["use"]), -row["auc"], row["name"]


def _threshold(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "precision_range": _shares(row["precision_interval"]),
        "recall_range": _shares(row["recall_interval"]),
    }


def _roc(points: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """The curve at each tenth of the others, beside the line of chance."""
    steps = [step / STEPS_OF_ROC for step in range(STEPS_OF_ROC + 1)]
    curve = [_curve_at(points, step) for step in steps]
    return [
        _series(name, tone, [(percent_words(step), share) for step, share in zip(steps, shares, strict=True)])
        for name, tone, shares in ((_("points"), "marketing", curve), (_("chance"), "quiet", steps))
    ]


def _curve_at(points: Sequence[Mapping[str, float]], others: float) -> float:
    """The share of wins that goes with this share of the others, between the two nearest thresholds."""
    for before, after in zip(points, points[1:], strict=False):
        if after["others"] >= others:
            width = after["others"] - before["others"]
            part = (others - before["others"]) / width if width else 1.0
            return before["wins"] + part * (after["wins"] - before["wins"])
    return 1.0


def _calibration(tenths: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What came, beside what was expected, for each tenth of the leads."""
    return [
        _series(_("came"), "marketing", [(number(n), row["observed"]) for n, row in enumerate(tenths, 1)]),
        _series(_("expected"), "quiet", [(number(n), row["expected"]) for n, row in enumerate(tenths, 1)]),
    ]


def _series(name: str, tone: str, points: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Shares as a line of per cent."""
    shown = [{"label": label, "value": round(share * 100, 1), "text": percent_words(share)} for label, share in points]
    return {"label": name, "tone": tone, "points": shown}


def _area(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _shares(interval: Sequence[float]) -> str:
    return _between([percent_words(share) for share in interval])


def _between(ends: Sequence[str]) -> str:
    return _("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}
