"""The next numbers of the company's series for money that came in."""

from __future__ import annotations

from acquit.access.queries import home_of
from acquit.core import packs
from acquit.core.context import Context
from acquit.database.copy import fetch_rows


def take_numbers(ctx: Context, *, kind: str, count: int) -> list[str]:
    """``count`` numbers of this year's series: ``quittance``, or ``receipt`` for money without
    one. Its row stays locked until the transaction ends; a rollback gives the numbers back."""
    if not count:
        return []
    pack = packs.get(home_of(ctx.company_id).country)
    spec = next(series for series in pack.series if series.kind == kind)
    year = ctx.today.year
    ((last, pattern),) = fetch_rows(
        "INSERT INTO receipts_series AS series"
        " (id, company_id, code, year, pattern, last_number) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (company_id, code, year)"
        " DO UPDATE SET last_number = series.last_number + excluded.last_number"
        " RETURNING last_number, pattern",
        [ctx.ids.new(), ctx.company_id, spec.code, year, spec.pattern, count],
    )
    return [pattern.format(year=year, n=n) for n in range(last - count + 1, last + 1)]
