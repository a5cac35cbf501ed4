"""Sentences of what both teams share: goals, definitions, the ideal customer."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause
from agreements.sentences.planning import plan_lines
from agreements.sentences.values import PERIODS, money, number, say
from agreements.terms.document import Goal, Persona, Terms

BUYING_ROLES: dict[str, Promise] = {"influencer": _("Influencer"), "decision_maker": _("Decision-maker")}


def goals(terms: Terms) -> Iterator[Clause]:
    """One clause per goal both teams share."""
    for goal in terms.goals:
        sentence = say(
            text("Marketing and Sales together reach {amount} {period}, measured by {metric}."),
            amount=_amount(goal),
            period=PERIODS[goal.period],
            metric=goal.metric,
        )
        lines = [goal.text] if goal.text else []
        yield Clause(goal.id, sentence, (*lines, *plan_lines(goal)), goal.title)


def definitions(terms: Terms) -> Iterator[Clause]:
    """One clause per agreed word, with cases that are meant and cases that are not."""
    for word in terms.definitions:
        lines = [say(text("For example: {case}"), case=case) for case in word.examples]
        lines += [say(text("Not meant: {case}"), case=case) for case in word.counter_examples]
        yield Clause(word.id, word.text, tuple(lines), word.word)


def profile(terms: Terms) -> Iterator[Clause]:
    """The ideal customer's traits, then the personas."""
    chapter = terms.profile
    if chapter.text or chapter.criteria:
        yield Clause("profile", chapter.text, tuple(criterion.text for criterion in chapter.criteria))
    for persona in chapter.personas:
        yield Clause(persona.id, persona.text, tuple(_traits(persona)), persona.name)


def _traits(persona: Persona) -> Iterator[str]:
    yield say(text("Buying role: {role}"), role=BUYING_ROLES[persona.buying_role])
    traits = {
        text("Role: {value}"): persona.role,
        text("Seniority: {value}"): persona.seniority,
        text("Industry: {value}"): persona.industry,
        text("Company size: {value}"): persona.size,
        text("Region: {value}"): persona.region,
    }
    yield from (say(words, value=value) for words, value in traits.items() if value)


def _amount(goal: Goal) -> str:
    if goal.currency:
        return money(goal.amount, goal.currency)
    return text("%(amount)s %(unit)s") % {"amount": number(goal.amount), "unit": goal.unit}
