"""The judge for many leads: the same rules and scores as SQL, with bound parameters, over a field map handed in.

Each expression means exactly what ``agreements.terms.rules`` and ``agreements.terms.scoring`` mean for one lead;
a test on random trees keeps the two judges equal.
"""

from agreements.compile.pieces import FieldMap, Sql, SqlField, joined, listed, sql
from agreements.compile.reading import read_once
from agreements.compile.rules import StandingSql, compile_rule, fit_band_sql, interest_band_sql
from agreements.compile.scores import (
    compile_addend,
    compile_event_class,
    compile_fit,
    compile_heats,
    compile_held,
    compile_interest,
    compile_mql,
)

__all__ = [
    "FieldMap",
    "Sql",
    "SqlField",
    "StandingSql",
    "compile_addend",
    "compile_event_class",
    "compile_fit",
    "compile_heats",
    "compile_held",
    "compile_interest",
    "compile_mql",
    "compile_rule",
    "fit_band_sql",
    "interest_band_sql",
    "joined",
    "listed",
    "read_once",
    "sql",
]
