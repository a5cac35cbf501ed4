"""Which terms govern which lead, judged for one and compiled for many; and the lock between counting and computing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from agreements.compile import Sql, compile_rule, joined, sql
from agreements.models import AgreementVersion
from agreements.selectors import versions_in_force
from agreements.terms.rules import Rule, holds
from agreements.terms.scoring import EventClass, event_classes
from leads.field_map import LEAD_FIELDS, facts_of
from leads.models import Lead
from leads.scoring.fragments import case

# Any number that no other advisory lock of the project uses.
SCORES = 7_305_001
# The planner overestimates what the long expressions of scoring cost: compiling them, and remembering the results for
# equal rows (which there are hardly any of), takes longer than computing them.
CALM = "SET LOCAL jit = off; SET LOCAL enable_memoize = off;"


@dataclass(frozen=True)
class Governing:
    """The versions in force, in the order in which their segments are tried: the first that selects a lead governs it.

    An agreement without a version in force governs nothing. A lead that none selects is not governed, nor scored.
    """

    versions: tuple[AgreementVersion, ...]

    def __bool__(self) -> bool:
        return bool(self.versions)

    @cached_property
    def by_id(self) -> dict[int, AgreementVersion]:
        return {version.pk: version for version in self.versions}

    @cached_property
    def key(self) -> str:
        """Names this arrangement; none ever comes back, not even with the same segments in the same order."""
        return _key_of((version.pk, version.agreement.revision) for version in self.versions)

    @cached_property
    def classes(self) -> dict[str, EventClass]:
        """The event classes of all interest rules, by key."""
        return {key: one for version in self.versions for key, one in event_classes(version.document).items()}

    @property
    def covers_all(self) -> bool:
        """Whether every lead is governed: the default agreement is in force."""
        return any(version.agreement.is_default for version in self.versions)

    def of(self, lead: Lead) -> AgreementVersion | None:
        """The version that governs the lead."""
        facts = facts_of(lead) if any(rule is not None for rule in self._rules) else {}
        found = zip(self.versions, self._rules, strict=True)
        return next((version for version, rule in found if rule is None or holds(rule, facts)), None)

    def governed_by(self, version: AgreementVersion) -> Sql:
        """The same as a condition over leads_lead AS l: never null."""
        place = self.versions.index(version)
        earlier = (sql("NOT {}", rule) for rule in self._compiled[:place])
        return joined("AND", (*earlier, self._compiled[place]), "TRUE")

    def version_id(self) -> Sql:
        """The same as an expression over leads_lead AS l: the key of the version, null where none governs."""
        return case((rule, version.pk) for version, rule in zip(self.versions, self._compiled, strict=True))

    @cached_property
    def _rules(self) -> tuple[Rule | None, ...]:
        return tuple(version.agreement.rule for version in self.versions)

    @cached_property
    def _compiled(self) -> tuple[Sql, ...]:
        return tuple(Sql("TRUE") if rule is None else compile_rule(rule, LEAD_FIELDS) for rule in self._rules)


def governing() -> Governing:
    """As things stand; one query. Whoever scores reads it under the lock."""
    return Governing(tuple(versions_in_force()))


def still_governs(in_force: Governing) -> bool:
    """Do the same versions govern by the same segments as when this was read? One query that reads no text."""
    return _key_of(versions_in_force().values_list("pk", "agreement__revision")) == in_force.key


def _key_of(states: Iterable[tuple[int, int]]) -> str:
    return hashlib.sha256(",".join(f"{version}.{revision}" for version, revision in states).encode()).hexdigest()


def governing_version_of(lead: Lead) -> AgreementVersion | None:
    """The version that governs this lead now; None where no agreement in force selects it."""
    return governing().of(lead)


def lock_scores(*, shared: bool = False) -> None:
    """Hold the scores until the end of the transaction.

    Whoever counts events takes it shared: any number of drains side by side, each with row locks in the order of the
    lead ids. Whoever computes scores from what is counted, or changes the slots, takes it alone: a score would
    otherwise be written from sums that a drain has just replaced. Take it first in the transaction.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(CALM + f"SELECT {function}(%s)", [SCORES])
