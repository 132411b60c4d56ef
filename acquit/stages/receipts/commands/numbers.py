"""The next numbers of the company's series for money that came in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from acquit.access.queries import home_of
from acquit.core import packs
from acquit.core.context import Context
from acquit.database import behind
from acquit.database.copy import fetch_rows
from acquit.history import unit


@dataclass(slots=True)
class _Series:
    """A series whose row this transaction holds. What is known of it is so ``within`` the
    savepoints that are open: one that is taken back gives its numbers back."""

    code: str = ""
    pattern: str = ""
    last: int = 0
    within: tuple[object, ...] | None = None


def take_numbers(ctx: Context, *, kind: str, count: int) -> list[str]:
    """``count`` numbers of this year's series: ``quittance``, or ``receipt`` for money without
    one. Its row stays locked until the transaction ends; a rollback gives the numbers back. Where
    a command takes more of them, they are counted on here: a question would wait for all the rows
    that are on their way."""
    if not count:
        return []
    year = ctx.today.year
    series = unit.once(f"receipts.series.{kind}.{year}", _Series)
    within = tuple(connection.savepoint_ids)
    if series.within == within:
        series.last += count
        behind.write(
            "UPDATE receipts_series SET last_number = %s"
            " WHERE company_id = %s AND code = %s AND year = %s",
            [series.last, ctx.company_id, series.code, year],
        )
    else:
        _ask(ctx, series, kind, count)
        series.within = within
    first = series.last - count + 1
    return [series.pattern.format(year=year, n=n) for n in range(first, series.last + 1)]


def _ask(ctx: Context, series: _Series, kind: str, count: int) -> None:
    pack = packs.get(home_of(ctx.company_id).country)
    spec = next(series for series in pack.series if series.kind == kind)
    series.code = spec.code
    ((series.last, series.pattern),) = fetch_rows(
        "INSERT INTO receipts_series AS series"
        " (id, company_id, code, year, pattern, last_number) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (company_id, code, year)"
        " DO UPDATE SET last_number = series.last_number + excluded.last_number"
        " RETURNING last_number, pattern",
        [ctx.ids.new(), ctx.company_id, spec.code, ctx.today.year, spec.pattern, count],
    )
