"""Writes leads to CSV: all of them with their scores, or in the very columns of the file they came in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from leads.imports.cells import FORMULA, read_cell, shown, without_guard
from leads.imports.mapping import NAME_PARTS, ColumnPlan, full_name, plan_columns
from leads.intake.merging import FILLED_ONCE, default_stage
from leads.intake.rows import LEAD_FIELDS, RowRejected
from leads.models import Lead, LeadImport
from leads.models.imports import ImportKind, ImportState
from leads.scoring import score_rows

CHUNK = 2_000
PIECE = 64 * 1024
ATTRIBUTE_NAMES = "SELECT DISTINCT jsonb_object_keys(attributes) AS name FROM leads_lead ORDER BY name"
PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")


class Target(Protocol):
    """A text file open for writing, or anything else that takes text."""

    def write(self, text: str, /) -> object: ...


def write_leads(target: Target, *, like: LeadImport | None = None) -> int:
    """All leads in the order they came in; how many. `like` gives its columns, with the texts that its file had.

    Without it: every field, then every attribute. Cells are written as they are, for programs.
    """
    return _write(target, leads_table(Lead.objects.all(), like=like))


def write_scores(target: Target, *, at: dt.datetime) -> int:
    """external_id, email, fit, interest, band, stage, then each attribute; how many leads.

    Scores are as of `at`, blank for leads that were never scored.
    """
    return _write(target, scores_table(at))


def leads_table(leads: QuerySet[Lead], *, like: LeadImport | None = None) -> Iterator[list[str]]:
    """The header, then one row per lead."""
    if like is None:
        names = attribute_names()
        yield ["id", *LEAD_FIELDS, *(f"attributes.{name}" for name in names)]
        for lead in _in_order(leads):
            fields = [str(lead.public_id), *(shown(name, getattr(lead, name)) for name in LEAD_FIELDS)]
            yield [*fields, *(shown_attribute(lead.attributes.get(name)) for name in names)]
        return
    columns = _columns_like(like)
    yield list(like.headers)
    for lead in _in_order(leads):
        yield [cell(lead) for cell in columns]


def scores_table(at: dt.datetime) -> Iterator[list[str]]:
    """The header, then one row per lead with its scores."""
    names = attribute_names()
    yield ["external_id", "email", "fit", "interest", "band", "stage", *(f"attributes.{name}" for name in names)]
    for chunk in _chunks(_in_order(Lead.objects.all())):
        scores = score_rows(chunk, at)
        for lead in chunk:
            score = scores.get(lead.pk)
            figures = [str(score.fit), f"{score.interest:.6g}", score.band] if score else ["", "", ""]
            cells = [shown_attribute(lead.attributes.get(name)) for name in names]
            yield [lead.external_id, lead.email, *figures, lead.stage, *cells]


def latest_import() -> LeadImport | None:
    """The import that finished last: its columns are those that people expect back."""
    return (
        LeadImport.objects.filter(kind=ImportKind.LEADS, state=ImportState.DONE).order_by("-finished_at", "-id").first()
    )


def attribute_names() -> list[str]:
    """Every attribute that some lead has, in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(ATTRIBUTE_NAMES)
        return [name for (name,) in cursor.fetchall()]


def shown_attribute(value: Any) -> str:
    """An attribute's text: true and false as programs write them, numbers as their digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def harmless(cells: Sequence[str]) -> list[str]:
    """The cells as a spreadsheet may open them: what it would run as a formula gets an apostrophe, numbers stay."""
    return [f"'{cell}" if FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell) else cell for cell in cells]


def csv_lines(table: Iterable[Sequence[str]]) -> Iterator[str]:
    """The table as text, a good piece at a time; the mark in front tells spreadsheets that it is UTF-8."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    for cells in table:
        writer.writerow(cells)
        if text.tell() > PIECE:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _write(target: Target, table: Iterable[Sequence[str]]) -> int:
    n_rows = -1
    # With this line end the writer also quotes a lone carriage return.
    writer = csv.writer(target, lineterminator="\r\n")
    for n_rows, cells in enumerate(table):  # noqa: B007 - the count of rows below the header
        writer.writerow(cells)
    return n_rows


def _in_order(leads: QuerySet[Lead]) -> Iterator[Lead]:
    return leads.order_by("id").iterator(chunk_size=CHUNK)


def _chunks(leads: Iterator[Lead]) -> Iterator[list[Lead]]:
    return iter(lambda: list(itertools.islice(leads, CHUNK)), [])


def _columns_like(like: LeadImport) -> list[Callable[[Lead], str]]:
    """For each column of the file a function that gives a lead's cell."""
    plan = plan_columns(like.column_map, like.headers)
    by_header: dict[str, Callable[[Lead], str]] = {}
    for _, header, name in plan.attributes:
        by_header[header] = _attribute_cell(header, name, plan)
    for _, header, name in plan.fields:
        by_header[header] = _name_cell(header, name, plan) if name in NAME_PARTS else _field_cell(header, name, plan)
    return [by_header.get(header, _left_out) for header in like.headers]


def _left_out(lead: Lead) -> str:
    """A column that the map left out was never kept."""
    return ""


def _attribute_cell(header: str, name: str, plan: ColumnPlan) -> Callable[[Lead], str]:
    def cell(lead: Lead) -> str:
        text = shown_attribute(lead.attributes.get(name))
        kept = str(lead.as_read.get(header, ""))
        if kept in plan.blank:
            return text or kept
        return kept if without_guard(kept) == text else text

    return cell


def _field_cell(header: str, name: str, plan: ColumnPlan) -> Callable[[Lead], str]:
    """The text of the file as long as the stored value is still the one it was read as."""

    def cell(lead: Lead) -> str:
        value, kept = getattr(lead, name), lead.as_read.get(header)
        if kept is None:
            return shown(name, value)
        if kept in plan.blank:
            return kept if value in (None, "") or _is_default(lead, name) else shown(name, value)
        if name in FILLED_ONCE or _reads_as(name, kept, plan) == value:
            return str(kept)
        return shown(name, value)

    return cell


def _is_default(lead: Lead, name: str) -> bool:
    """Whether the value is what a lead gets of which nothing was said."""
    if name == "created_at":
        return lead.created_at == lead.entered_at
    return name == "stage" and lead.stage == default_stage(is_converted=bool(lead.converted))


def _name_cell(header: str, name: str, plan: ColumnPlan) -> Callable[[Lead], str]:
    headers = {part: column for _, column, part in plan.fields if part in NAME_PARTS}

    def cell(lead: Lead) -> str:
        kept = {part: str(lead.as_read.get(column, "")) for part, column in headers.items()}
        said = {part: "" if text in plan.blank else text for part, text in kept.items()}
        if full_name(said) == lead.name:
            return kept[name]
        first, _, last = lead.name.rpartition(" ")
        if len(headers) == 1:
            return lead.name
        return first if name == NAME_PARTS[0] else last

    return cell


def _reads_as(name: str, text: str, plan: ColumnPlan) -> Any:
    try:
        return read_cell(name, without_guard(text), header="", dates=plan.dates)
    except RowRejected:
        return None
