"""Rules as data: one tree that is judged here for one lead and compiled to SQL for many (agreements.compile)."""

from agreements.terms.rules.judge import explain, holds
from agreements.terms.rules.tree import (
    ALWAYS,
    All,
    Any_,
    Compare,
    Not,
    Rule,
    RuleInvalid,
    Standing,
    comparisons,
    dump,
    parse,
)

__all__ = [
    "ALWAYS",
    "All",
    "Any_",
    "Compare",
    "Not",
    "Rule",
    "RuleInvalid",
    "Standing",
    "comparisons",
    "dump",
    "explain",
    "holds",
    "parse",
]
