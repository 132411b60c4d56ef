"""The rates of ``acquit apply``: one of a day and a pair of currencies."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from acquit.entrypoints.console import cash_columns
from acquit.entrypoints.console.cash_files import BadCell, Files, Row, Twice, places

Key = tuple[int, str, str]  # day, from, to


def take_in(files: Files, path: Path) -> None:
    """The rates into ``files``; a second one that differs is a fault, and the first counts."""

    def make(row: Row) -> tuple[Key, Decimal]:
        key, rate = _rate(row)
        if files.rates.get(key, rate) != rate:
            raise Twice(f"{row.text('date')} has another rate {key[1]} to {key[2]} above")
        return key, rate

    for _number, (key, rate) in files.table(path, cash_columns.RATES, make):
        files.rates[key] = rate


def _rate(row: Row) -> tuple[Key, Decimal]:
    rate = row.decimal("rate")
    if rate <= 0:
        raise BadCell(f"rate {row.text('rate')!r} is not more than nothing")
    pair = row.needed("from"), row.needed("to")
    for currency in pair:
        places(currency)  # BadCell where it is none
    return (row.day("date"), *pair), rate
