"""Reports by name, for the console."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from acquit.access.models import Company
from acquit.core.faults import Refused
from acquit.entrypoints.frame import accounting_day
from acquit.stages.insight import reports


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
    """One of ageing, trial-balance, statement and dso, as at a day of the company's own calendar.

    A statement runs from ``from_on``, or from the first day of the month."""
    day = as_at or accounting_day(company)
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
