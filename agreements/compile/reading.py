"""Fields made ready once per row: read, trimmed, in small letters and as numbers, however often rules look at them."""

from __future__ import annotations

from collections.abc import Iterable

from agreements.compile.pieces import Sql, SqlField, listed, sql
from agreements.compile.rules import Fields, is_number, looks_inside, number_sql, text_sql
from agreements.terms.rules import Rule, comparisons

# Trimming is dear, and hardly any text needs it: not one that begins and ends with a visible ASCII character.
TRIMMED = """
CASE WHEN ascii({}) BETWEEN 33 AND 126 AND ascii(right({}, 1)) BETWEEN 33 AND 126 THEN {} ELSE {} END
"""
# Whether there is any text at all is told by its beginning alone.
FILLED = "CASE WHEN ascii({}) BETWEEN 33 AND 126 THEN {} ELSE {} END"
BLANK_TESTS = ("is_blank", "is_not_blank")
# “OFFSET 0” keeps each step apart, or the database would work out the text anew at every mention.
STEP = "CROSS JOIN LATERAL (SELECT {} OFFSET 0) {}"


def read_once(rules: Iterable[Rule], fields: Fields) -> tuple[dict[str, SqlField], Sql]:
    """The fields of the rules, to compile them with, and the joins that make them ready, for the FROM clause."""
    tests = [one for rule in rules for one in comparisons(rule)]
    names = sorted({one.field for one in tests})
    read, ready, parsed = list[Sql](), list[Sql](), list[Sql]()
    found = {}
    for place, name in enumerate(names):
        of_field = [one for one in tests if one.field == name]
        raw = SqlField(Sql(f"f_read.f{place}"), fields[name].kind)
        read.append(sql(f"{{}} AS f{place}", fields[name].sql))
        if raw.kind == "timestamp":
            found[name] = raw
            continue
        trimmed, lowered, number = Sql(f"f_ready.t{place}"), Sql(f"f_ready.l{place}"), Sql(f"f_parsed.n{place}")
        if all(one.op in BLANK_TESTS for one in of_field):
            ready.append(sql(f"{FILLED} AS t{place}", raw.sql, raw.sql, text_sql(raw)))
        else:
            ready.append(sql(f"{TRIMMED} AS t{place}", raw.sql, raw.sql, raw.sql, text_sql(raw)))
        if any(looks_inside(one) for one in of_field):
            ready.append(sql(f'LOWER({{}} COLLATE "C") AS l{place}', raw.sql))
        if any(is_number(one) for one in of_field):
            parsed.append(sql(f"{{}} AS n{place}", number_sql(raw)))
        found[name] = SqlField(raw.sql, raw.kind, trimmed, lowered, number)
    return found, _joins(("f_read", read), ("f_ready", ready), ("f_parsed", parsed))


def _joins(*steps: tuple[str, list[Sql]]) -> Sql:
    """The joins of the steps that have anything to do."""
    joins = [sql(STEP, listed(columns), Sql(name)) for name, columns in steps if columns]
    return Sql(" ".join(one.text for one in joins), tuple(value for one in joins for value in one.params))
