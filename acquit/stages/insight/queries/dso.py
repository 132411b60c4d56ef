"""Key figures with their formula and inputs, at any day and as known at any instant."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.insight.rules.dso import CountBack, Month, count_back, simple_days
from acquit.stages.receivables.queries import ageing_totals
from acquit.stages.receivables.queries.billed import Billed, billed

MONTHS_MAX = 24


@dataclass(frozen=True, slots=True)
class Dso:
    """Days sales outstanding with what it was counted from; amounts in the company's currency."""

    as_at: date
    known_at: datetime | None
    currency: str
    receivable_minor: int
    result: CountBack


def dso(*, company_id: UUID, as_at: date, known_at: datetime | None) -> Dso:
    """DSO by count-back over at most two years of billing."""
    totals = ageing_totals(company_id=company_id, as_at=as_at, known_at=known_at)
    return dso_of(
        company_id=company_id,
        as_at=as_at,
        known_at=known_at,
        currency=totals.currency,
        receivable_minor=totals.home.receivable_minor,
    )


def dso_of(
    *,
    company_id: UUID,
    as_at: date,
    known_at: datetime | None,
    currency: str,
    receivable_minor: int,
    days: Mapping[date, Billed] | None = None,
) -> Dso:
    """The same where the receivable of that day is at hand already; ``days`` are what was billed
    from the first day that counts, where they are too. One query without them."""
    starts = _month_starts(as_at)
    if known_at is None:
        if days is None:
            days = billed(company_id=company_id, since=starts[-1], until=as_at)
        rows = dict.fromkeys(starts, 0)
        for day, one in days.items():
            rows[day.replace(day=1)] += one.minor
    else:
        rows = _billed_as_known(company_id, starts[-1], as_at, known_at)
    months = [Month(f"{start:%Y-%m}", _days(start, as_at), rows.get(start, 0)) for start in starts]
    result = count_back(receivable_minor=receivable_minor, months=months)
    return Dso(as_at, known_at, currency, receivable_minor, result)


def first_day(as_at: date) -> date:
    """The first day whose billing counts."""
    return _month_starts(as_at)[-1]


def _billed_as_known(
    company_id: UUID, since: date, as_at: date, known_at: datetime
) -> dict[date, int]:
    """By month, of what was recorded until then."""
    return dict(
        fetch_rows(
            "SELECT date_trunc('month', effective_on)::date, sum(CASE kind"
            " WHEN 'credit_note' THEN -functional_minor ELSE functional_minor END)::bigint"
            " FROM receivables_open_item WHERE company_id = %(company)s AND kind <> 'receipt'"
            " AND effective_on BETWEEN %(since)s AND %(as_at)s"
            " AND recorded_at <= %(known_at)s GROUP BY 1",
            {"company": company_id, "since": since, "as_at": as_at, "known_at": known_at},
        )
    )


def _month_starts(as_at: date) -> list[date]:
    starts = [as_at.replace(day=1)]
    while len(starts) < MONTHS_MAX:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    return starts


def _days(start: date, as_at: date) -> int:
    if (start.year, start.month) == (as_at.year, as_at.month):
        return as_at.day
    return monthrange(start.year, start.month)[1]


@dataclass(frozen=True, slots=True)
class SimpleDso:
    """Receivable / billing of the period x its days, as auditors quote it; None without billing."""

    as_at: date
    currency: str
    receivable_minor: int
    billed_minor: int
    period_days: int
    days: Decimal | None


def simple_dso(
    *, company_id: UUID, as_at: date, known_at: datetime | None, period_days: int = 90
) -> SimpleDso:
    """DSO over one period that ends on the day; it moves with the season, count-back does not."""
    totals = ageing_totals(company_id=company_id, as_at=as_at, known_at=known_at)
    since = as_at - timedelta(days=period_days - 1)
    ((billed,),) = fetch_rows(
        "SELECT coalesce(sum(CASE kind WHEN 'credit_note' THEN -functional_minor"
        " ELSE functional_minor END), 0)::bigint FROM receivables_open_item"
        " WHERE company_id = %(company)s AND kind <> 'receipt'"
        " AND effective_on BETWEEN %(since)s AND %(as_at)s"
        " AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)",
        {"company": company_id, "since": since, "as_at": as_at, "known_at": known_at},
    )
    owed = totals.home.receivable_minor
    days = simple_days(receivable_minor=owed, billed_minor=billed, period_days=period_days)
    return SimpleDso(as_at, totals.currency, owed, billed, period_days, days)
