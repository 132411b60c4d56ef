"""Spreadsheets as tables of ``acquit apply``: the sheet that has the columns, as text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from acquit.core.codecs import sheet, tabular
from acquit.core.codecs.columns import HEADER_ROWS
from acquit.core.faults import Fault
from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.cash_columns import needed
from acquit.entrypoints.console.cash_files import HEAD
from acquit.entrypoints.console.cash_statements import is_statement
from acquit.stages.receipts.rules.tables import BANK, Table, table_of

AS_TEXT = tabular.Layout(encoding="utf-8", delimiter="\t")


class Page(NamedTuple):
    """A sheet. ``text`` has a line per row, numbers with a point, days like 2026-01-31, and blanks
    for what stands above the header. ``has_columns`` where that has all that are needed."""

    name: str
    text: bytes
    has_columns: bool


@lru_cache(maxsize=1)  # who asks whose table it is reads it next
def the_page(body: bytes, columns: tuple[str, ...]) -> Page | Fault:
    """The one sheet with the needed columns, or the first where none has them. A fault where two
    have, or where the book cannot be read."""
    try:
        every = [_page(each, columns) for each in sheet.read(body)]
    except sheet.CannotRead as bad:
        return bad.fault
    if not every:
        return Fault("tabular.empty", "the spreadsheet is empty", fix="add the column names")
    able = [page for page in every if page.has_columns]
    if len(able) > 1:
        names = ", ".join(page.name for page in able)
        fix = "put all rows into one sheet"
        return Fault("apply.sheets", f"several sheets have these columns: {names}", fix=fix)
    return (able or every)[0]


def bank_table(body: bytes) -> Table | None:
    """The sheet that is a table of a known bank, in a spreadsheet where none is a table of ours."""
    if not sheet.is_sheet(body):
        return None
    ours = the_page(body, needed(cash_columns.LINES))
    if isinstance(ours, Page) and ours.has_columns:
        return None
    found = table_of(body, use=BANK, said="", known={})
    return found if isinstance(found, Table) and is_statement(found.text[:HEAD]) else None


def _page(each: sheet.Sheet, columns: Sequence[str]) -> Page:
    for at, (number, cells) in enumerate(each.rows):
        if number > HEADER_ROWS:
            break
        if {*columns} <= {cell.strip() for cell in cells if isinstance(cell, str)}:
            below = sheet.Sheet(each.name, each.rows[at:])
            return Page(each.name, below.text(decimal_mark="."), has_columns=True)
    return Page(each.name, each.text(decimal_mark="."), has_columns=False)
