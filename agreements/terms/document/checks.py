"""What only the whole document can show: ids used twice, references to nothing, contradictions between values.

The checks read the raw JSON and step over whatever is not shaped as expected (pydantic reports that), so that one
reading names every mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from agreements.terms.calendar import CalendarInvalid, WorkCalendar
from agreements.terms.problems import MESSAGES, Problem

Raw = dict[str, Any]

_LISTS = (
    "goals",
    "definitions",
    "profile.criteria",
    "profile.personas",
    "qualification.fit.groups",
    "qualification.fit.rules",
    "qualification.interest.groups",
    "qualification.interest.rules",
    "qualification.sql.checklist",
    "handoff.triggers",
    "handoff.packet",
    "returns.reasons",
    "nurture.paths",
    "cadence.steps",
    "commitments",
    "kpis",
    "review.agenda",
    "review.guidelines",
    "calendar.teams",
)
_PARTS_OF_PLAN = ("plan.teams", "plan.methods")


def cross_problems(raw: Raw) -> list[Problem]:
    """All problems that go across fields or chapters."""
    checks = (_ids, _groups, _bands, _fading, _paths, _path_loops, _notify, _attempts, _cadence, _commitments)
    return [problem for check in (*checks, _calendar, _plans) for problem in check(raw)]


def _notify(raw: Raw) -> Iterator[Problem]:
    """E-mail may be left out; the app is where the lead is, so it always tells."""
    ways = _at(raw, "handoff.notify")
    if isinstance(ways, list) and "app" not in ways:
        yield Problem("handoff.notify", "app_tells", {})


def _at(raw: Raw, path: str) -> Any:
    found: Any = raw
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _rows(raw: Raw, path: str) -> list[tuple[str, Raw]]:
    found = _at(raw, path)
    rows = enumerate(found) if isinstance(found, list) else ()
    return [(f"{path}[{place}]", row) for place, row in rows if isinstance(row, dict)]


def _number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def _ids(raw: Raw) -> Iterator[Problem]:
    places = [row for path in _LISTS for row in _rows(raw, path)]
    for path, row in _rows(raw, "nurture.paths"):
        places += [(f"{path}.{inner}", step) for inner, step in _rows(row, "steps")]
    for path, row in _rows(raw, "goals"):
        places += [(f"{path}.{inner}", one) for part in _PARTS_OF_PLAN for inner, one in _rows(row, part)]
    seen: dict[str, str] = {}
    for path, row in places:
        if not isinstance(row.get("id"), str):
            continue
        first = seen.setdefault(row["id"], path)
        if first != path:
            yield Problem(f"{path}.id", "id_twice", {"id": row["id"], "first": first})


def _groups(raw: Raw) -> Iterator[Problem]:
    for side in ("fit", "interest"):
        known = {
            group.get("id")
            for _, group in _rows(raw, f"qualification.{side}.groups")
            if isinstance(group.get("id"), str)
        }
        for path, rule in _rows(raw, f"qualification.{side}.rules"):
            group = rule.get("group")
            if isinstance(group, str) and group not in known:
                yield Problem(f"{path}.group", "unknown_group", {"group": group})


def _bands(raw: Raw) -> Iterator[Problem]:
    for side, high, low, defaults in (("fit", "A", "B", (70, 40)), ("interest", "1", "2", (60, 30))):
        path = f"qualification.bands.{side}"
        bands = _at(raw, path)
        values = [
            _number(bands.get(name) if isinstance(bands, dict) else None, default)
            for name, default in zip((high, low), defaults, strict=True)
        ]
        top = _number(_at(raw, f"qualification.{side}.max"), 100)
        if values[0] <= values[1]:
            yield Problem(path, "bands_order", {"high": high, "low": low})
        for name, value in zip((high, low), values, strict=True):
            if value > top:
                yield Problem(f"{path}.{name}", "above_max", {"threshold": value, "max": top})


def _fading(raw: Raw) -> Iterator[Problem]:
    """Points fade or end, not both; a penalty that ended would let a score rise while nothing happens."""
    for path, rule in _rows(raw, "qualification.interest.rules"):
        if rule.get("window_days") is None:
            continue
        if _number(rule.get("points"), 0) < 0:
            yield Problem(f"{path}.window_days", "penalty_window")
        elif rule.get("half_life_days") is not None:
            yield Problem(f"{path}.window_days", "window_or_half_life")


def _path_ids(raw: Raw) -> dict[str, Raw]:
    return {row["id"]: row for _, row in _rows(raw, "nurture.paths") if isinstance(row.get("id"), str)}


def _paths(raw: Raw) -> Iterator[Problem]:
    known = _path_ids(raw)
    uses = [(f"{path}.path", row.get("path")) for path, row in _rows(raw, "returns.reasons")]
    uses += [(f"{path}.then", row.get("then")) for path, row in _rows(raw, "nurture.paths")]
    for path, used in uses:
        if isinstance(used, str) and used not in known:
            yield Problem(path, "unknown_path", {"path": used})


def _path_loops(raw: Raw) -> Iterator[Problem]:
    known = _path_ids(raw)
    for path, row in _rows(raw, "nurture.paths"):
        trail = [row.get("id")]
        following = row.get("then")
        while isinstance(following, str) and following in known and following not in trail:
            trail.append(following)
            following = known[following].get("then")
        if isinstance(following, str) and following == trail[0]:
            yield Problem(f"{path}.then", "path_loops", {"loop": " → ".join(map(str, [*trail, following]))})


def _attempts(raw: Raw) -> Iterator[Problem]:
    limit = _at(raw, "returns.attempts")
    if isinstance(limit, dict):
        attempts, calls = _number(limit.get("min_attempts"), 6), _number(limit.get("min_calls"), 4)
        if calls > attempts:
            facts = {"calls": calls, "attempts": attempts}
            yield Problem("returns.attempts.min_calls", "calls_above_attempts", facts)


def _cadence(raw: Raw) -> Iterator[Problem]:
    days = _number(_at(raw, "cadence.duration_working_days"), 15)
    for path, step in _rows(raw, "cadence.steps"):
        if _number(step.get("after_working_days"), 0) > days:
            yield Problem(f"{path}.after_working_days", "step_outside", {"days": days})


def _commitments(raw: Raw) -> Iterator[Problem]:
    for path, row in _rows(raw, "commitments"):
        given = [name for name in ("working_minutes", "working_days", "per_month") if row.get(name) is not None]
        if row.get("kind") == "mql_volume":
            if given != ["per_month"] or row.get("target_working_minutes") is not None:
                yield Problem(path, "count_only")
            continue
        if "per_month" in given:
            yield Problem(f"{path}.per_month", "no_count")
        times = [name for name in given if name != "per_month"]
        if len(times) != 1 and (times or row.get("kind") != "follow_up"):
            yield Problem(path, "one_duration", {"names": "working_minutes, working_days"})
        target, due = _number(row.get("target_working_minutes"), 0), _number(row.get("working_minutes"), math.inf)
        if target > due:
            yield Problem(f"{path}.target_working_minutes", "target_after_due", {"target": target, "due": due})


def _plans(raw: Raw) -> Iterator[Problem]:
    for path, goal in _rows(raw, "goals"):
        if isinstance(goal.get("plan"), dict) and not goal.get("currency"):
            yield Problem(f"{path}.currency", "plan_without_money")
        for part in _PARTS_OF_PLAN:
            shares = [_number(row.get("share"), 0) for _, row in _rows(goal, part)]
            total = sum(Fraction(str(share)) for share in shares if math.isfinite(share))
            if shares and total != 1:
                yield Problem(f"{path}.{part}", "shares_not_one", {"percent": float(total * 100)})


def _calendar(raw: Raw) -> Iterator[Problem]:
    chapter = _at(raw, "calendar")
    if not isinstance(chapter, dict):
        return
    yield from _working_time("calendar", chapter)
    names: set[str] = set()
    for path, row in _rows(raw, "calendar.teams"):
        yield from _working_time(path, row)
        name = row.get("team")
        if isinstance(name, str) and name.strip().casefold() in names:
            yield Problem(f"{path}.team", "team_twice", {"team": name})
        names.add(str(name).strip().casefold())


def _working_time(path: str, given: Raw) -> Iterator[Problem]:
    fields = {"timezone": "UTC", "hours": {}, "holidays": [], "overrides": {}}
    fields |= {key: value for key, value in given.items() if key in fields}
    try:
        calendar = WorkCalendar.from_dict(fields)
    except CalendarInvalid as wrong:
        code = f"calendar_{wrong.code}"
        facts = {"reason": wrong.message}
        yield Problem(f"{path}.{wrong.path}", code if code in MESSAGES else "calendar_invalid", facts)
        return
    if "hours" in given and not any(calendar.hours):
        yield Problem(f"{path}.hours", "no_working_time")
