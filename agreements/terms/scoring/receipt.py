"""The receipt: every point of a score with the rule that gave it, in a column that adds up to the score shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from agreements.terms.document.qualification import Group, InterestRule
from agreements.terms.document.terms import Terms
from agreements.terms.rules.judge import Facts, explain
from agreements.terms.scoring.interest import Heat, half_life_of, interest_amounts
from agreements.terms.scoring.points import Amount, Total, band, fit_amounts, qualifies, tenths, total_of
from agreements.terms.scoring.ways import Way, nearest_ways

Side = Literal["fit", "interest"]


@dataclass(frozen=True)
class ReceiptRow:
    """One line. ``after`` is what counts; the ``after`` of a side's rows add up to its score.

    ``kind``: rule, group_cap, clamp (to 0…max) or rounding; ``clause`` is the rule's or group's permanent id.
    ``points``: what the rule promises once; ``times``: how many events (None: fit, or known only faded);
    ``before``: points before cap and decay where the events are known, else before the cap;
    ``until``: when the first of these events leaves the rule's window; ``why``: from explain.
    ``colleagues``: how many points of ``after`` would be missing without what colleagues at the account did.
    """

    side: Side
    kind: Literal["rule", "group_cap", "clamp", "rounding"]
    clause: str
    label: str
    after: Decimal
    group: str | None = None
    points: Decimal | None = None
    times: int | None = None
    before: Decimal | None = None
    half_life_days: float | None = None
    until: datetime | None = None
    why: dict[str, Any] | None = None
    colleagues: Decimal | None = None


@dataclass(frozen=True)
class Receipt:
    """Both scores at one moment, where every point comes from, and the nearest ways to qualify if it does not."""

    fit: int
    interest: float
    band: str
    qualifies: bool
    hand_raise: bool
    at: datetime
    rows: tuple[ReceiptRow, ...]
    ways: tuple[Way, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for a frozen packet or the API."""
        rows = [{name: _plain(value) for name, value in vars(row).items() if value is not None} for row in self.rows]
        return {
            "fit": self.fit,
            "interest": self.interest,
            "band": self.band,
            "qualifies": self.qualifies,
            "hand_raise": self.hand_raise,
            "at": self.at.isoformat(),
            "rows": rows,
            "ways": [asdict(way) for way in self.ways],
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def recorded_receipt(
    terms: Terms, held: Iterable[str], heats: Mapping[str, Heat], at: datetime, *, is_mql: bool
) -> Receipt:
    """The receipt of a score of the past, from what was kept of it; without what it would have taken to qualify.

    ``held``: ids of the fit rules that held; ``heats``: by interest rule; ``is_mql``: whether it qualified.
    """
    ids = set(held)
    parts = [Amount(rule, rule.points) for rule in terms.qualification.fit.rules if rule.id in ids]
    rows = [_fit_row(amount, {}, at, is_explained=False) for amount in parts]
    fit, interest, all_rows = _column(terms, parts, rows, heats)
    return Receipt(fit, interest, band(fit, interest, terms.qualification.bands), is_mql, False, at, all_rows, ())


def receipt(
    terms: Terms, facts: Facts, heats: Mapping[str, Heat], at: datetime, *, hand_raise: bool = False
) -> Receipt:
    """The receipt at ``at``. ``facts``: the lead's fields; ``heats``: from heats_of or heats_from_sums."""
    chapter = terms.qualification
    fit_parts = fit_amounts(terms, facts, at)
    fit_rows = [_fit_row(amount, facts, at) for amount in fit_parts]
    fit, interest, rows = _column(terms, fit_parts, fit_rows, heats)
    is_enough = qualifies(terms, fit, interest, hand_raise, facts, at)
    ways = () if is_enough else nearest_ways(terms, facts, heats, at, hand_raise=hand_raise)
    return Receipt(fit, interest, band(fit, interest, chapter.bands), is_enough, hand_raise, at, rows, ways)


def _column(
    terms: Terms, fit_parts: Sequence[Amount], fit_rows: Iterable[ReceiptRow], heats: Mapping[str, Heat]
) -> tuple[int, float, tuple[ReceiptRow, ...]]:
    """Fit, interest in tenths, and all rows that add up to them."""
    chapter = terms.qualification
    fit_total = total_of(fit_parts, chapter.fit.groups, chapter.fit.max)
    interest_parts = interest_amounts(terms, heats)
    interest_total = total_of(interest_parts, chapter.interest.groups, chapter.interest.max)
    fit, interest = int(fit_total.points), tenths(interest_total.points)
    rows = (
        *fit_rows,
        *_closing_rows("fit", fit_parts, fit_total, _exact(fit)),
        *(_interest_row(amount, heats) for amount in interest_parts),
        *_closing_rows("interest", interest_parts, interest_total, _exact(interest)),
    )
    return fit, interest, rows


def _exact(points: float) -> Decimal:
    return Decimal(str(tenths(points)))


def _fit_row(amount: Amount, facts: Facts, at: datetime, *, is_explained: bool = True) -> ReceiptRow:
    rule, points = amount.rule, _exact(amount.points)
    why = explain(rule.when, facts, at) if is_explained else None
    return ReceiptRow("fit", "rule", rule.id, rule.label, points, rule.group, points, None, points, why=why)


def _interest_row(amount: Amount, heats: Mapping[str, Heat]) -> ReceiptRow:
    rule, heat = amount.rule, heats[amount.rule.id]
    before = rule.points * (heat.faded if heat.n is None else heat.n + heat.n_of_colleagues)
    return ReceiptRow(
        "interest", "rule", rule.id, rule.label, _exact(amount.points), rule.group, _exact(rule.points), heat.n,
        _exact(before), half_life_of(rule) if isinstance(rule, InterestRule) else None, heat.until,
        colleagues=_of_colleagues(amount, heat),
    )  # fmt: skip


def _of_colleagues(amount: Amount, heat: Heat) -> Decimal | None:
    """None where nothing of them counts. Rules that count them have points above 0."""
    if not heat.of_colleagues:
        return None
    alone = amount.rule.points * (heat.faded - heat.of_colleagues)
    return _exact(amount.points) - _exact(min(amount.points, alone))


def _closing_rows(side: Side, amounts: Sequence[Amount], total: Total, shown: Decimal) -> list[ReceiptRow]:
    """What group caps, the clamp and rounding take or give, so that the column ends at the score shown."""
    rows = [_group_row(side, group, cut) for group, cut in total.group_cuts]
    if total.clamp:
        rows.append(ReceiptRow(side, "clamp", "", "", _exact(total.clamp)))
    listed = sum((_exact(amount.points) for amount in amounts), Decimal(0)) + sum(
        (row.after for row in rows), Decimal(0)
    )
    if shown != listed:
        rows.append(ReceiptRow(side, "rounding", "", "", shown - listed))
    return rows


def _group_row(side: Side, group: Group, cut: float) -> ReceiptRow:
    return ReceiptRow(side, "group_cap", group.id, group.label, _exact(cut), group.id, before=Decimal(group.cap))
