"""Sentences of what both teams share: goals, definitions, the ideal customer."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _

from agreements.sentences.clause import Clause
from agreements.sentences.planning import plan_lines
from agreements.sentences.values import PERIODS, day_words, money, number, say
from agreements.terms.document import Goal, Persona, Terms
from agreements.terms.smart import last_day

BUYING_ROLES: dict[str, Promise] = {"influencer": _("Influencer"), "decision_maker": _("Decision-maker")}


def goals(terms: Terms) -> Iterator[Clause]:
    """One clause per goal both teams share."""
    for goal in terms.goals:
        sentence = say(
            text("Marketing and Sales together reach {amount} {period}, measured by {metric}."),
            amount=_amount(goal, goal.amount),
            period=PERIODS[goal.period],
            metric=goal.metric,
        )
        yield Clause(goal.id, sentence, tuple(_on_goal(goal)), goal.title)


def _on_goal(goal: Goal) -> Iterator[SafeString | str]:
    if goal.text:
        yield goal.text
    if goal.currency and goal.unit:
        yield say(text("What is counted: {unit}"), unit=goal.unit)
    first, last = goal.starts_on, last_day(goal)
    if first and last:
        yield say(
            text("The period that is meant runs from {first} to {last}."), first=day_words(first), last=day_words(last)
        )
    if goal.baseline is not None:
        yield say(text("The period before brought {amount}."), amount=_amount(goal, goal.baseline))
    yield from plan_lines(goal)


def definitions(terms: Terms) -> Iterator[Clause]:
    """One clause per agreed word, with cases that are meant and cases that are not."""
    for word in terms.definitions:
        lines = [say(text("For example: {case}"), case=case) for case in word.examples]
        lines += [say(text("Not meant: {case}"), case=case) for case in word.counter_examples]
        yield Clause(word.id, word.text, tuple(lines), word.word)


def profile(terms: Terms) -> Iterator[Clause]:
    """The ideal customer's traits, the target accounts, then the personas as cards."""
    chapter = terms.profile
    if chapter.text or chapter.criteria:
        criteria = tuple(criterion.text for criterion in chapter.criteria)
        yield Clause("ideal-customer", chapter.text, criteria, _("Ideal customer"))
    if chapter.target_accounts:
        yield Clause("target-accounts", chapter.target_accounts, heading=_("Target accounts"))
    for persona in chapter.personas:
        yield Clause(persona.id, persona.text, tuple(_traits(persona)), persona.name, is_card=True)


def _traits(persona: Persona) -> Iterator[SafeString]:
    yield say(text("Buying role: {role}"), role=BUYING_ROLES[persona.buying_role])
    traits = {
        text("Role: {value}"): persona.role,
        text("Seniority: {value}"): persona.seniority,
        text("Industry: {value}"): persona.industry,
        text("Company size: {value}"): persona.size,
        text("Region: {value}"): persona.region,
    }
    yield from (say(words, value=value) for words, value in traits.items() if value)


def _amount(goal: Goal, amount: float) -> str:
    if goal.currency:
        return money(amount, goal.currency)
    return text("%(amount)s %(unit)s") % {"amount": number(amount), "unit": goal.unit}
