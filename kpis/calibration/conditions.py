"""Conditions that a rule may be made of: over one field, or over two; as rule trees, and as masks over many leads."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agreements.terms.rules import holds
from agreements.terms.rules.tree import All, Any_, Compare, Not, Rule
from kpis.calibration.columns import BLANK, RARE, Column, Floats, Mask

Columns = Mapping[str, Column]
Bits = npt.NDArray[np.uint8]

# Everybody's own: whether they are there may tell something, their values never.
PERSONAL = frozenset({"email", "name", "phone"})
CUTS = 20
# A list of values in one rule is no longer than a person reads.
MOST_MERGED = 8
MOST_LEVELS = 40
MOST_WORDS = 30
# From so many values on, a text is looked at by its words too.
WORDY = 50
# What no cell holds: stands for a text that was not kept.
UNKEPT = "\ue000"


def least_leads(n: int) -> int:
    """How many leads a condition must hold for, and leave out: fewer teach only chance."""
    return max(20, n // 200)


def mask(rule: Rule, columns: Columns) -> Mask:
    """For which leads the rule holds, exactly as the judge of one lead has it."""
    match rule:
        case All(rules):
            parts = [mask(inner, columns) for inner in rules]
            return np.logical_and.reduce(parts) if parts else np.ones(_length(columns), dtype=bool)
        case Any_(rules):
            parts = [mask(inner, columns) for inner in rules]
            return np.logical_or.reduce(parts) if parts else np.zeros(_length(columns), dtype=bool)
        case Not(inner):
            return ~mask(inner, columns)
        case Compare(field, op, value):
            column = columns[field]
            if op in ("gte", "lt") and isinstance(value, (int, float)):
                # NaN compares false, as a missing value does.
                return column.values >= value if op == "gte" else column.values < value
            return _looked_up(rule, column)
    raise TypeError(rule)


def singles(column: Column, won: Mask) -> Iterator[Rule]:
    """The conditions over one field: blank, cut points of numbers, frequent values, values of like rate, words."""
    least = least_leads(len(won))
    if least <= (~column.is_filled).sum() <= len(won) - least:
        yield Compare(column.name, "is_blank")
    if column.name in PERSONAL or column.kind == "date":
        return
    if column.kind == "number":
        yield from (Compare(column.name, "gte", cut) for cut in cut_points(column))
        return
    levels = _frequent(column, least)
    yield from (Compare(column.name, "eq", level) for level in levels)
    yield from _merged(column, won, least)
    if len(column.levels) >= WORDY and not (column.codes == RARE).any():
        yield from (Compare(column.name, "contains", word) for word in _words(column, least))


def cut_points(column: Column) -> list[int | float]:
    """Quantiles, rounded to what a person would write: no finer than a quarter of the way to the next one."""
    values = column.values[~np.isnan(column.values)]
    quantiles = np.unique(np.quantile(values, np.linspace(0, 1, CUTS + 1)))
    cuts: list[int | float] = []
    for before, cut in zip(quantiles, quantiles[1:], strict=False):
        step = 10.0 ** math.floor(math.log10((cut - before) / 2))
        rounded = float(f"{round(cut / step) * step:.10g}")
        cuts.append(int(rounded) if rounded.is_integer() else rounded)
    return sorted(set(cuts))


def opposite(rule: Rule, columns: Columns) -> Rule:
    """What holds exactly where the rule does not, in words as plain as can be."""
    match rule:
        case Not(inner):
            return inner
        case All(rules):
            return Any_(tuple(opposite(inner, columns) for inner in rules))
        case Any_(rules):
            return All(tuple(opposite(inner, columns) for inner in rules))
        case Compare(field, "is_blank"):
            return Compare(field, "is_not_blank")
        case Compare(field, "is_not_blank"):
            return Compare(field, "is_blank")
        case Compare(field, "eq", value) if (other := _other_of_two(columns[field], value)) is not None:
            return Compare(field, "eq", other)
    return Not(rule)


@dataclass
class Pool:
    """Candidates with a column of 0 and 1 for each; no two of them mean the same for these leads."""

    rules: list[Rule]
    # Leads × rules.
    bits: Bits
    # How many fields each looks at.
    n_fields: npt.NDArray[np.int8]


def single_pool(columns: Columns, won: Mask) -> Pool:
    """All conditions over one field that hold for enough leads, and leave out enough."""
    candidates = ((rule, mask(rule, columns)) for column in columns.values() for rule in singles(column, won))
    return _pooled(candidates, len(won), 1)


def with_pairs(pool: Pool, chosen: Sequence[int], columns: Columns) -> Pool:
    """The pool, and each two of the chosen conditions over different fields together, also where one does not hold."""
    return _joined(pool, _pooled(_pairs(pool, chosen, columns), len(pool.bits), 2))


def _pairs(pool: Pool, chosen: Sequence[int], columns: Columns) -> Iterator[tuple[Rule, Mask]]:
    parts = []
    for index in chosen:
        rule, bits = pool.rules[index], pool.bits[:, index].astype(bool)
        parts.append((_field(rule), (rule, bits), (opposite(rule, columns), ~bits)))
    for place, (field, *ways) in enumerate(parts):
        for other_field, *other_ways in parts[place + 1 :]:
            if other_field == field:
                continue
            for rule, bits in ways:
                for other, other_bits in other_ways:
                    yield All((rule, other)), bits & other_bits


def _pooled(candidates: Iterator[tuple[Rule, Mask]], n: int, n_fields: int) -> Pool:
    least, rules, kept = least_leads(n), [], []
    seen: set[bytes] = set()
    for rule, bits in candidates:
        count = int(bits.sum())
        if not least <= count <= n - least:
            continue
        # A condition and its opposite tell the same.
        key = np.packbits(bits if not bits[0] else ~bits).tobytes()
        if key not in seen:
            seen.add(key)
            rules.append(rule)
            kept.append(bits.astype(np.uint8))
    table = np.stack(kept, axis=1) if kept else np.zeros((n, 0), dtype=np.uint8)
    return Pool(rules, table, np.full(len(rules), n_fields, dtype=np.int8))


def _joined(one: Pool, other: Pool) -> Pool:
    return Pool(
        [*one.rules, *other.rules],
        np.concatenate([one.bits, other.bits], axis=1),
        np.concatenate([one.n_fields, other.n_fields]),
    )


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())).codes) if columns else 0


def _looked_up(rule: Compare, column: Column) -> Mask:
    """One judgement for each different text."""
    verdicts = [holds(rule, {rule.field: text}) for text in (None, *column.levels, UNKEPT)]
    codes = np.where(column.codes == RARE, len(verdicts) - 1, column.codes)
    found: Mask = np.array(verdicts, dtype=bool)[codes]
    return found


def _frequent(column: Column, least: int) -> list[str]:
    counts = column.counts[1:]
    order = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    return [column.levels[place] for place in order if counts[place] >= least]


def _merged(column: Column, won: Mask, least: int) -> Iterator[Rule]:
    """Values of the highest and of the lowest rates together, rare ones too: by the rate of each, mixed with the mean.

    For two outcomes the best split of the values into two groups is a cut in the order of their rates (Fisher 1958).
    """
    counts = column.counts[1:]
    wins = np.bincount(np.maximum(column.codes, 0), weights=won, minlength=len(counts) + 1)[1:]
    places = [place for place in np.argsort(-counts, kind="stable")[:MOST_LEVELS] if counts[place] * 3 >= least]
    rates: Floats = (wins + 5 * won.mean()) / (counts + 5)
    ordered = sorted(places, key=lambda place: (rates[place], column.levels[place]))
    for size in range(2, min(len(ordered), MOST_MERGED + 1)):
        for group in (ordered[:size], ordered[-size:]):
            yield Compare(column.name, "in", tuple(sorted(column.levels[place] for place in group)))


def _words(column: Column, least: int) -> list[str]:
    counted: Counter[str] = Counter()
    for level, count in zip(column.levels, column.counts[1:], strict=True):
        for word in {word for word in re.findall(r"\w+", level.casefold()) if len(word) > 2}:
            counted[word] += int(count)
    return [word for word, count in counted.most_common(MOST_WORDS) if count >= least]


def _other_of_two(column: Column, value: object) -> str | None:
    """The other value of a field that has two and is never blank."""
    present = [level for level, count in zip(column.levels, column.counts[1:], strict=True) if count]
    if len(present) != 2 or value not in present or column.counts[BLANK] or (column.codes == RARE).any():
        return None
    return present[1 - present.index(str(value))]


def _field(rule: Rule) -> str:
    return rule.field if isinstance(rule, Compare) else ""
