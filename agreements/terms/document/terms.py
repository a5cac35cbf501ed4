"""The whole document: all chapters in one frozen object, parsed with every mistake named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, Self

from pydantic import ValidationError

from agreements.terms.document.checks import cross_problems
from agreements.terms.document.clauses import (
    Cadence,
    CalendarTerms,
    Commitment,
    Definition,
    Goal,
    Handoff,
    KpiTarget,
    Nurture,
    Profile,
    Returns,
    Review,
)
from agreements.terms.document.qualification import Qualification
from agreements.terms.document.reading import TermsInvalid, as_bytes, model_problems, number, read_json
from agreements.terms.document.schema import rule_definition
from agreements.terms.document.shapes import Part
from agreements.terms.problems import joined
from agreements.terms.rules.tree import OPEN_PREFIXES, comparisons_at


class Terms(Part):
    """An agreement's terms. Make them with ``Terms.parse``: the bare constructor skips what goes across chapters."""

    goals: tuple[Goal, ...] = ()
    definitions: tuple[Definition, ...] = ()
    profile: Profile = Profile()
    qualification: Qualification = Qualification()
    handoff: Handoff = Handoff()
    returns: Returns = Returns()
    nurture: Nurture = Nurture()
    cadence: Cadence = Cadence()
    commitments: tuple[Commitment, ...] = ()
    kpis: tuple[KpiTarget, ...] = ()
    review: Review = Review()
    calendar: CalendarTerms = CalendarTerms()

    @classmethod
    def parse(cls, source: dict[str, Any] | bytes) -> Self:
        """Read a document from an object or from UTF-8 JSON; TermsInvalid carries all (path, message) errors."""
        raw = read_json(source)
        problems = cross_problems(raw)
        try:
            terms = cls.model_validate_json(as_bytes(raw))
        except ValidationError as invalid:
            raise TermsInvalid(model_problems(invalid) + problems) from None
        if problems:
            raise TermsInvalid(problems)
        return terms

    @classmethod
    def stored(cls, source: dict[str, Any]) -> Self:
        """Read a document that was accepted once, also where `parse` would refuse it by what it checks since then.

        What is signed stays readable. TermsInvalid where it has not even the shape of terms.
        """
        raw = read_json(source)
        try:
            return cls.model_validate_json(as_bytes(raw))
        except ValidationError as invalid:
            raise TermsInvalid(model_problems(invalid)) from None

    def as_dict(self) -> dict[str, Any]:
        """The document as plain JSON values, whole numbers as int; equal to what the canonical bytes say."""
        document: dict[str, Any] = json.loads(self.model_dump_json(by_alias=True), parse_float=number)
        return document

    def canonical(self) -> bytes:
        """UTF-8 JSON with sorted keys and no blanks; parsing it gives the same bytes again."""
        return as_bytes(self.as_dict())

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal: what a signature signs."""
        return digest_of(self.as_dict())

    def commitment(self, kind: str) -> Commitment | None:
        """The first promise of this kind, None if the terms hold none."""
        return next((promise for promise in self.commitments if promise.kind == kind), None)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema (2020-12) of the document."""
        text = json.dumps(cls.model_json_schema(by_alias=True, mode="validation"))
        for scope in ("lead", "event", "mql"):
            text = text.replace(f'"$rule": "{scope}"', '"$ref": "#/$defs/Rule"')
        schema: dict[str, Any] = json.loads(text)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["$defs"]["Rule"] = rule_definition()
        return schema


def digest_of(document: dict[str, Any]) -> str:
    """The digest of a stored document as it stands, also of one that lacks what terms can say only since then."""
    return hashlib.sha256(as_bytes(document)).hexdigest()


CHAPTERS = tuple(Terms.model_fields)


class UnknownField(NamedTuple):
    """A rule that looks at a field nobody has brought yet."""

    rule: str
    path: str
    field: str


def check_fields(terms: Terms, known: AbstractSet[str]) -> list[UnknownField]:
    """Rules over ``attributes.…`` and ``account.…`` fields that are not in ``known``; built-in fields always are."""
    chapter = terms.qualification
    places = [(rule.id, f"qualification.fit.rules[{n}].when", rule.when) for n, rule in enumerate(chapter.fit.rules)]
    places.append(("mql", "qualification.mql", chapter.mql))
    return [
        UnknownField(rule_id, joined(path, joined(inner, "field")), compared.field)
        for rule_id, path, rule in places
        for inner, compared in comparisons_at(rule)
        if compared.field.startswith(OPEN_PREFIXES) and compared.field not in known
    ]
