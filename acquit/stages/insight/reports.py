"""The reports as plain values, the same for the command line, the API and files.

Money is decimal text with the currency's own decimals; all totals are in the company's currency
unless a currency is named.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from acquit.core.faults import Refused
from acquit.core.money import Money
from acquit.database.copy import fetch_rows
from acquit.stages.insight.queries import dso as count_back_dso
from acquit.stages.insight.queries import simple_dso
from acquit.stages.ledger import queries as ledger
from acquit.stages.receivables import queries as receivables
from acquit.stages.receivables.queries.closed import CLOSED, closed_sums


class CannotReport(Refused):
    """The customer of a statement does not exist."""


def ageing(*, company_id: UUID, as_at: date, known_at: datetime | None) -> dict[str, Any]:
    """``total`` is the sum of ``buckets`` and equals the receivables control account; money that
    settles nothing yet stands apart in ``unapplied``."""
    report = receivables.ageing(company_id=company_id, as_at=as_at, known_at=known_at)
    home, currency = report.totals.home, report.totals.currency
    return {
        "as_at": as_at.isoformat(),
        "currency": currency,
        "total": _text(home.receivable_minor, currency),
        "buckets": {
            "not_due": _text(home.not_due_minor, currency),
            "1_30": _text(home.days_1_30_minor, currency),
            "31_60": _text(home.days_31_60_minor, currency),
            "61_90": _text(home.days_61_90_minor, currency),
            "over_90": _text(home.over_90_minor, currency),
        },
        "unapplied": _text(home.unapplied_minor, currency),
        "customers": report.customers,
    }


def trial_balance(*, company_id: UUID, as_at: date, known_at: datetime | None) -> dict[str, Any]:
    """Every account on the side of its balance; total debit = total credit."""
    report = ledger.trial_balance(company_id=company_id, as_at=as_at, known_at=known_at)
    currency = report.currency
    return {
        "as_at": as_at.isoformat(),
        "currency": currency,
        "debit": _text(report.debit_minor, currency),
        "credit": _text(report.credit_minor, currency),
        "accounts": [
            {
                "code": account.code,
                "name": account.name,
                "debit": _text(account.debit_minor, currency),
                "credit": _text(account.credit_minor, currency),
            }
            for account in report.accounts
        ],
    }


def statement(
    *,
    company_id: UUID,
    customer: str,
    currency: str,
    from_on: date,
    to_on: date,
    known_at: datetime | None,
) -> dict[str, Any]:
    """A customer's statement by his number: opening + movements = closing."""
    found = fetch_rows(
        "SELECT id, name FROM masterdata_customer WHERE company_id = %s AND number = %s",
        [company_id, customer],
    )
    if not found:
        raise CannotReport.because(
            "customer.unknown", f"no customer {customer!r}", path="customer", fix="give his number"
        )
    report = receivables.customer_statement(
        company_id=company_id,
        customer_id=found[0][0],
        currency=currency,
        from_on=from_on,
        to_on=to_on,
        known_at=known_at,
    )
    return {
        "customer": {"number": customer, "name": found[0][1]},
        "currency": currency,
        "from": from_on.isoformat(),
        "to": to_on.isoformat(),
        "opening": _text(report.opening_minor, currency),
        "closing": _text(report.closing_minor, currency),
        "lines": [
            {
                "on": line.on.isoformat(),
                "kind": line.kind,
                "number": line.number,
                "due_on": line.due_on.isoformat(),
                "amount": _text(line.amount_minor, currency),
                "balance": _text(line.balance_minor, currency),
            }
            for line in report.lines
        ],
    }


def dso(*, company_id: UUID, as_at: date, known_at: datetime | None) -> dict[str, Any]:
    """Days sales outstanding both ways, each with its formula and inputs."""
    counted = count_back_dso(company_id=company_id, as_at=as_at, known_at=known_at)
    simple = simple_dso(company_id=company_id, as_at=as_at, known_at=known_at)
    currency = counted.currency
    return {
        "as_at": as_at.isoformat(),
        "currency": currency,
        "receivable": _text(counted.receivable_minor, currency),
        "count_back": {
            "days": str(counted.result.days),
            "is_whole": counted.result.is_whole,
            "formula": "days of the latest billing that the receivable covers, month by month",
            "months": [
                {
                    "month": one.month.name,
                    "billed": _text(one.month.billed_minor, currency),
                    "taken": _text(one.taken_minor, currency),
                    "days": str(one.days.quantize(counted.result.days)),
                }
                for one in counted.result.counted
            ],
        },
        "simple": {
            "days": None if simple.days is None else str(simple.days),
            "formula": "receivable / billed in the period x days of the period",
            "billed": _text(simple.billed_minor, currency),
            "period_days": simple.period_days,
        },
    }


def closed_rests(*, company_id: UUID, month_of: date, currency: str) -> dict[str, Any]:
    """The rests closed without money in the month of a day: what they come to by rule and by
    person, and each, the newest first. ``currency`` is the company's."""
    first, last = month_of_day(month_of)
    wanted = {"from": first, "to": last}
    with transaction.atomic():  # the list is read as it is taken
        closed = [
            {
                "on": one.on.isoformat(),
                "number": one.number,
                "customer": one.customer_number,
                "reason": one.reason,
                "by": one.by,
                "who": one.who,
                "asked_by": one.asked_by,
                "note": one.note,
                "amount": str(one.amount.decimal),
                "tax": str(one.tax.decimal),
                "currency": one.currency,
                "amount_home": _text(one.home_minor, currency),
                "tax_home": _text(one.tax_home_minor, currency),
                "is_taking_back": one.is_taking_back,
                "is_undone": one.is_undone,
            }
            for one in CLOSED.every(company_id=company_id, wanted=wanted)
        ]
        sums = closed_rest_sums(company_id=company_id, month_of=month_of, currency=currency)
    return sums | {"closed": closed}


def month_of_day(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    first = day.replace(day=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def closed_rest_sums(*, company_id: UUID, month_of: date, currency: str) -> dict[str, Any]:
    """The same without the rests themselves."""
    first, last = month_of_day(month_of)
    sums = closed_sums(company_id=company_id, wanted={"from": first, "to": last})
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "currency": currency,
        "total": _text(sum(one.home_minor for one in sums), currency),
        "tax": _text(sum(one.tax_home_minor for one in sums), currency),
        "sums": [
            {
                "by": one.by,
                "who": one.who,
                "reason": one.reason,
                "count": one.count,
                "taken_back": one.taken_back,
                "amount": _text(one.amount_minor, one.currency),
                "tax": _text(one.tax_minor, one.currency),
                "currency": one.currency,
                "amount_home": _text(one.home_minor, currency),
                "tax_home": _text(one.tax_home_minor, currency),
            }
            for one in sums
        ],
    }


def _text(minor: int, currency: str) -> str:
    return str(Money(minor, currency).decimal)
