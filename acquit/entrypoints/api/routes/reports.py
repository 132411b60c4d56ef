"""Reports at any date, and as they were known at any instant."""

from __future__ import annotations

from datetime import date
from typing import Literal

from acquit.core.money import Money
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes, not_found
from acquit.entrypoints.api.schemas import (
    CurrencyCode,
    CursorText,
    CustomerId,
    Day,
    DecimalText,
    Instant,
    Limit,
    Page,
    Strict,
    public,
    uid,
)
from acquit.stages.insight import reports
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.receivables import queries as receivables
from acquit.stages.receivables.queries import AgeingRow, Buckets

routes = Routes("reports")
Bucket = Literal["not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "unapplied"]


class BucketsOut(Strict):
    """Claims less credit notes by days after their due day; ``total`` is their sum, which the
    receivables control account equals. Money that settles nothing yet stands apart."""

    not_due: DecimalText
    days_1_30: DecimalText
    days_31_60: DecimalText
    days_61_90: DecimalText
    over_90: DecimalText
    total: DecimalText
    unapplied: DecimalText

    @classmethod
    def of(cls, buckets: Buckets, currency: str) -> BucketsOut:
        def text(minor: int) -> str:
            return str(Money(minor, currency).decimal)

        return cls.model_construct(
            not_due=text(buckets.not_due_minor),
            days_1_30=text(buckets.days_1_30_minor),
            days_31_60=text(buckets.days_31_60_minor),
            days_61_90=text(buckets.days_61_90_minor),
            over_90=text(buckets.over_90_minor),
            total=text(buckets.receivable_minor),
            unapplied=text(buckets.unapplied_minor),
        )


class AgeingTotalsOut(Strict):
    """All customers: in the company's currency, and by the currency of the documents."""

    as_at: date
    currency: str
    home: BucketsOut
    by_currency: dict[str, BucketsOut]


class AgeingRowOut(Strict):
    """One customer in one currency; no customer: money whose payer is not known."""

    customer_id: str | None
    customer_number: str
    customer_name: str
    currency: str
    amounts: BucketsOut

    @classmethod
    def of(cls, row: AgeingRow) -> AgeingRowOut:
        return cls.model_construct(
            customer_id=public("customer", row.customer_id),
            customer_number=row.customer_number,
            customer_name=row.customer_name,
            currency=row.currency,
            amounts=BucketsOut.of(row.amounts, row.currency),
        )


class AccountBalanceOut(Strict):
    code: str
    name: str
    debit: DecimalText
    credit: DecimalText


class TrialBalanceOut(Strict):
    """Every account on the side of its balance: total debit = total credit."""

    as_at: date
    currency: str
    debit: DecimalText
    credit: DecimalText
    accounts: list[AccountBalanceOut]


class StatementLineOut(Strict):
    """One movement; plus: the customer owes more."""

    on: date
    kind: str
    number: str
    due_on: date
    amount: DecimalText
    balance: DecimalText


class CustomerStatementOut(Strict):
    """Opening of the first morning + movements = closing of the last evening."""

    customer_id: str
    currency: str
    from_on: date
    to_on: date
    opening: DecimalText
    closing: DecimalText
    lines: list[StatementLineOut]


class DsoMonthOut(Strict):
    month: str
    billed: DecimalText
    taken: DecimalText
    days: DecimalText


class CountBackOut(Strict):
    """``is_whole`` is false when two years of billing do not explain what is owed."""

    days: DecimalText
    is_whole: bool
    formula: str
    months: list[DsoMonthOut]


class SimpleOut(Strict):
    """``days`` is null when nothing was billed in the period."""

    days: DecimalText | None
    formula: str
    billed: DecimalText
    period_days: int


class DsoOut(Strict):
    """Days sales outstanding both ways, each with its formula and inputs."""

    as_at: date
    currency: str
    receivable: DecimalText
    count_back: CountBackOut
    simple: SimpleOut


@routes.get("/reports/ageing", "read.receivables", AgeingTotalsOut)
def report_ageing(
    frame: Frame, as_at: Day | None = None, known_at: Instant | None = None
) -> AgeingTotalsOut:
    """How old what is open is, in all. ``as_at`` is today unless given."""
    day = as_at or frame.ctx.today
    totals = receivables.ageing_totals(company_id=frame.company_id, as_at=day, known_at=known_at)
    return AgeingTotalsOut(
        as_at=day,
        currency=totals.currency,
        home=BucketsOut.of(totals.home, totals.currency),
        by_currency={code: BucketsOut.of(b, code) for code, b in totals.by_currency.items()},
    )


@routes.get("/reports/ageing/customers", "read.receivables", Page[AgeingRowOut])
def report_ageing_by_customer(
    frame: Frame,
    as_at: Day | None = None,
    known_at: Instant | None = None,
    bucket: Bucket | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[AgeingRowOut]:
    """The same by customer and currency, by customer number; the pages sum to the totals.

    A page may hold fewer rows than ``limit`` and still have a next one.
    """
    (after,) = cursors.decode(cursor, str) or ("",)
    page = receivables.ageing_page(
        company_id=frame.company_id,
        as_at=as_at or frame.ctx.today,
        known_at=known_at,
        limit=limit,
        after=after,
        bucket=bucket or "",
    )
    more = cursors.encode(page.next) if page.next else None
    return Page.model_construct(items=[AgeingRowOut.of(row) for row in page.rows], next=more)


@routes.get("/reports/trial-balance", "read.ledger", TrialBalanceOut)
def report_trial_balance(
    frame: Frame, as_at: Day | None = None, known_at: Instant | None = None
) -> TrialBalanceOut:
    """The balance of every account at the end of a day."""
    day = as_at or frame.ctx.today
    return TrialBalanceOut(
        **reports.trial_balance(company_id=frame.company_id, as_at=day, known_at=known_at)
    )


@routes.get("/reports/customer-statement", "read.receivables", CustomerStatementOut)
def report_customer_statement(
    frame: Frame,
    customer: CustomerId,
    currency: CurrencyCode,
    from_on: Day,
    to_on: Day,
    known_at: Instant | None = None,
) -> CustomerStatementOut:
    """What a customer owed, what happened, what he owes: between two days, in one currency."""
    customer_id = uid("customer", customer)
    if masterdata.customer(company_id=frame.company_id, customer_id=customer_id) is None:
        raise not_found("customer")
    view = receivables.customer_statement(
        company_id=frame.company_id,
        customer_id=customer_id,
        currency=currency,
        from_on=from_on,
        to_on=to_on,
        known_at=known_at,
    )

    def text(minor: int) -> str:
        return str(Money(minor, currency).decimal)

    return CustomerStatementOut(
        customer_id=customer,
        currency=currency,
        from_on=from_on,
        to_on=to_on,
        opening=text(view.opening_minor),
        closing=text(view.closing_minor),
        lines=[
            StatementLineOut(
                on=line.on,
                kind=line.kind,
                number=line.number,
                due_on=line.due_on,
                amount=text(line.amount_minor),
                balance=text(line.balance_minor),
            )
            for line in view.lines
        ],
    )


@routes.get("/reports/dso", "read.insight", DsoOut)
def report_dso(frame: Frame, as_at: Day | None = None, known_at: Instant | None = None) -> DsoOut:
    """Days sales outstanding, by count-back and simple."""
    day = as_at or frame.ctx.today
    return DsoOut(**reports.dso(company_id=frame.company_id, as_at=day, known_at=known_at))
