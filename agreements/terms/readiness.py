"""Whether terms are ready to be proposed: what must be repaired before, and what is only advised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from agreements.terms.document import Fit, Goal, Interest, Qualification, Terms
from agreements.terms.problems import Problem
from agreements.terms.rules.tree import All, Any_, Compare, Not, Rule, Standing
from agreements.terms.smart import smart_lines

# So many cases that are meant, and as many that are not, make a word clear to both teams.
CASES = 3
AGREED_WORDS = ("MQL", "SQL")


def problems(terms: Terms) -> list[Problem]:
    """What makes the agreement unworkable: a version with any of these is not to be proposed by a person."""
    return [*definition_problems(terms), *_promises(terms), *_ways_to_sales(terms)]


def advice(terms: Terms) -> list[Problem]:
    """What would make the agreement better; never a reason to refuse it."""
    return [*_empty_chapters(terms), *_words(terms), *_goals(terms)]


def definition_problems(terms: Terms) -> Iterator[Problem]:
    """Each definition with too few examples or counter-examples, and how many are missing."""
    for n, definition in enumerate(terms.definitions):
        for name in ("examples", "counter_examples"):
            missing = CASES - sum(1 for case in getattr(definition, name) if case.strip())
            if missing > 0:
                facts = {"word": definition.word, "missing": missing}
                yield Problem(f"definitions[{n}].{name}", f"definition_{name}", facts)


def _promises(terms: Terms) -> Iterator[Problem]:
    for party in ("sales", "marketing"):
        if not any(promise.party == party for promise in terms.commitments):
            yield Problem("commitments", f"no_promise_{party}")


def _ways_to_sales(terms: Terms) -> Iterator[Problem]:
    if not terms.handoff.triggers:
        yield Problem("handoff.triggers", "no_trigger")
    if not is_mql_reachable(terms.qualification):
        yield Problem("qualification.mql", "mql_unreachable")


def _empty_chapters(terms: Terms) -> Iterator[Problem]:
    chapters = {
        ("goals", "no_goal"): terms.goals,
        ("returns.reasons", "no_reason"): terms.returns.reasons,
        ("cadence.steps", "no_cadence"): terms.cadence.steps,
        ("review.agenda", "no_agenda"): terms.review.agenda,
        ("qualification.sql.checklist", "no_checklist"): terms.qualification.sql.checklist,
    }
    yield from (Problem(path, code) for (path, code), clauses in chapters.items() if not clauses)


def _words(terms: Terms) -> Iterator[Problem]:
    defined = {definition.word.strip().casefold() for definition in terms.definitions}
    yield from (
        Problem("definitions", "no_definition", {"word": word})
        for word in AGREED_WORDS
        if word.casefold() not in defined
    )


def _goals(terms: Terms) -> Iterator[Problem]:
    for n, goal in enumerate(terms.goals):
        for line in smart_lines(goal, terms.goals):
            if not line.is_met:
                yield Problem(f"goals[{n}]", f"smart_{line.letter}", {"title": _title(goal)})


def _title(goal: Goal) -> str:
    return goal.title.strip() or goal.id


class _State(NamedTuple):
    """Where a lead may stand."""

    fit: str
    interest: str
    hand_raised: bool


def is_mql_reachable(chapter: Qualification) -> bool:
    """Whether some lead could satisfy the MQL rule with the points that the rules can bring together."""
    most_fit, most_interest = _most_fit(chapter.fit), _most_interest(chapter.interest)
    fits = [band for band, least in (("A", chapter.bands.fit.A), ("B", chapter.bands.fit.B)) if most_fit >= least]
    marks = (("1", chapter.bands.interest.first), ("2", chapter.bands.interest.second))
    interests = [band for band, least in marks if most_interest >= least]
    raised = (False, True) if chapter.hand_raise_events else (False,)
    states = [_State(*one) for one in product([*fits, "C"], [*interests, "3"], raised)]
    return any(_outcomes(chapter.mql, state)[0] for state in states)


def _outcomes(rule: Rule, state: _State) -> tuple[bool, bool]:
    """Whether the rule can hold in this state, and whether it can fail; a comparison with the lead can do both."""
    match rule:
        case All(rules):
            inner = [_outcomes(one, state) for one in rules]
            return all(can for can, _ in inner), any(cannot for _, cannot in inner)
        case Any_(rules):
            inner = [_outcomes(one, state) for one in rules]
            return any(can for can, _ in inner), all(cannot for _, cannot in inner)
        case Not(one):
            can, cannot = _outcomes(one, state)
            return cannot, can
        case Standing():
            holds = _stands(rule, state)
            return holds, not holds
        case Compare():
            return True, True


def _stands(rule: Standing, state: _State) -> bool:
    return (
        (rule.bands is None or state.fit + state.interest in rule.bands)
        and (rule.fit_bands is None or state.fit in rule.fit_bands)
        and (rule.hand_raise is None or state.hand_raised == rule.hand_raise)
    )


def _most_fit(chapter: Fit) -> float:
    gains = [(rule.group, float(max(rule.points, 0))) for rule in chapter.rules]
    return _capped(gains, {group.id: group.cap for group in chapter.groups}, chapter.max)


def _most_interest(chapter: Interest) -> float:
    """An event may come again and again: only caps bound what a rule brings."""
    gains = [
        (rule.group, rule.cap if rule.cap is not None else float(chapter.max))
        for rule in chapter.rules
        if rule.points > 0
    ]
    return _capped(gains, {group.id: group.cap for group in chapter.groups}, chapter.max)


def _capped(gains: list[tuple[str | None, float]], caps: dict[str, int], most: int) -> float:
    total = sum(gain for group, gain in gains if group is None)
    for group, cap in caps.items():
        total += min(cap, sum(gain for name, gain in gains if name == group))
    return min(total, most)
