"""When a document is due, and until when an early payment earns its discount."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Term:
    """A payment term (EN 16931 BT-20). ``discount_percent`` is in percent of the gross amount."""

    code: str
    days: int
    end_of_month: bool
    discount_percent: Decimal
    discount_days: int
    label: str


@dataclass(frozen=True, slots=True)
class DueDates:
    """``discount_until`` is None when the term gives no discount; both days are included."""

    due_on: date
    discount_until: date | None
    discount_percent: Decimal


def due_dates(term: Term, *, issued_on: date) -> DueDates:
    """Due date (BT-9) and the last day of the discount.

    "30 days end of month" adds the days first and then goes to the end of the month reached, as
    French practice reads Code de commerce art. L441-10 unless agreed otherwise.
    """
    due = issued_on + timedelta(days=term.days)
    if term.end_of_month:
        due = due.replace(day=monthrange(due.year, due.month)[1])
    if not term.discount_percent:
        return DueDates(due, None, Decimal(0))
    until = min(issued_on + timedelta(days=term.discount_days), due)
    return DueDates(due, until, term.discount_percent)
