"""Rows of accounts, read by what each column of their file means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leads.accounts.rows import ACCOUNT_FIELDS, READERS, AccountRow, require_account
from leads.imports.cells import without_guard
from leads.imports.columns import Columns
from leads.intake.rows import RowRejected


@dataclass(frozen=True)
class AccountPlan(Columns):
    """The columns of a file of accounts."""

    def row_of(self, cells: Sequence[str]) -> AccountRow:
        """The row in these cells; RowRejected names the column at fault."""
        row = AccountRow()
        for index, header, name in self.fields:
            text = cells[index].strip()
            if text not in self.blank:
                setattr(row, name, _read(name, without_guard(text), header))
        for index, _header, name in self.attributes:
            text = cells[index].strip()
            if text not in self.blank:
                row.attributes[name] = without_guard(text)
        require_account(row)
        return row


def plan_accounts(column_map: Any, headers: Sequence[str]) -> AccountPlan:
    """The plan of a map for a file of accounts with these headers; RefusedInput names what is wrong with it."""
    return AccountPlan.of(
        column_map, headers, targets=ACCOUNT_FIELDS, needed=("name", "domains"), code="no_account_column"
    )


def _read(name: str, text: str, header: str) -> Any:
    try:
        return READERS[name](text, name)
    except RowRejected as error:
        raise RowRejected(error.code, header, **error.facts) from None
