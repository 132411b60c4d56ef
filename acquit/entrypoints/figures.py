"""Reports by name, for the console."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from acquit.access.models import Company
from acquit.core.faults import Refused
from acquit.entrypoints.frame import accounting_day
from acquit.stages.insight import reports
from acquit.stages.matching.queries.gaps import Wanted, gaps, sums


class CannotReport(Refused):
    """The report needs something that was not given."""


def figure(
    *,
    name: str,
    company: Company,
    as_at: date | None,
    known_at: datetime | None,
    customer_number: str,
    from_on: date | None = None,
) -> dict[str, Any]:
    """One of ageing, trial-balance, statement, dso, gaps and closed-rests, as at a day of the
    company's own calendar.

    A statement runs from ``from_on``, or from the first day of the month; closed rests are those
    of the whole month."""
    if name == "gaps":
        if as_at or known_at:
            raise CannotReport.because(
                "report.date", "gaps are told as they stand now", fix="leave the date out"
            )
        return open_gaps(company)
    day = as_at or accounting_day(company)
    if name == "closed-rests":
        if known_at:
            raise CannotReport.because(
                "report.date",
                "closed rests are told as they are known now",
                fix="leave --known-at out",
            )
        return reports.closed_rests(company_id=company.id, month_of=day, currency=company.currency)
    if name == "ageing":
        return reports.ageing(company_id=company.id, as_at=day, known_at=known_at)
    if name == "trial-balance":
        return reports.trial_balance(company_id=company.id, as_at=day, known_at=known_at)
    if name == "dso":
        return reports.dso(company_id=company.id, as_at=day, known_at=known_at)
    if not customer_number:
        raise CannotReport.because(
            "report.customer", "a statement is of one customer", fix="--customer NUMBER"
        )
    return reports.statement(
        company_id=company.id,
        customer=customer_number,
        currency=company.currency,
        from_on=from_on or day.replace(day=1),
        to_on=day,
        known_at=known_at,
    )


GAPS_SHOWN = 200


def open_gaps(company: Company) -> dict[str, Any]:
    """What money left open: the first deadlines, and everything summed by kind and currency."""
    today = accounting_day(company)
    rows, more = gaps(
        company_id=company.id, wanted=Wanted(), today=today, limit=GAPS_SHOWN, after=None
    )
    totals = sums(company_id=company.id, wanted=Wanted(), today=today).alone()
    return {
        "as_at": today.isoformat(),
        "totals": [
            {
                "kind": one.kind,
                "count": one.count,
                "amount": str(one.total.decimal),
                "currency": one.total.currency,
            }
            for one in totals
        ],
        "gaps": [
            {
                "number": one.number,
                "customer": one.customer_number,
                "kind": one.kind,
                "amount": str(one.amount.decimal),
                "currency": one.amount.currency,
                "owner": one.owner,
                "due": one.due_on.isoformat(),
                "is_overdue": one.is_overdue(today),
                "age": one.age(today),
            }
            for one in rows
        ],
        "is_whole": more is None,
    }
