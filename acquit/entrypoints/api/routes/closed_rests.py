"""Rests that were closed without money: what a month comes to, and each of them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from acquit.access.queries import home_of
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes
from acquit.entrypoints.api.schemas import (
    CursorText,
    CustomerId,
    Day,
    DecimalText,
    Limit,
    MoneyValue,
    Page,
    Strict,
    public,
    uid,
)
from acquit.stages.insight import reports
from acquit.stages.receivables.queries.closed import CLOSED, Closed

routes = Routes("closed-rests")
By = Literal["rule", "person", "approval"]
Reason = Literal["discount", "late_discount", "bank_fee", "small_difference", "withheld_tax"]


class ClosedSumOut(Strict):
    """Rests closed by one rule or person, for one reason and in one currency. ``count`` were
    closed in the month, ``taken_back`` were taken back in it: the amounts are without these."""

    by: By
    who: str
    reason: Reason
    count: int
    taken_back: int
    amount: DecimalText
    tax: DecimalText
    currency: str
    amount_home: DecimalText
    tax_home: DecimalText


class ClosedRestsOut(Strict):
    """``total`` and ``tax``, the part of it that corrected tax, are in the company's currency."""

    from_on: date
    to_on: date
    currency: str
    total: DecimalText
    tax: DecimalText
    sums: list[ClosedSumOut]


class ClosedRestOut(Strict):
    """A rest that was closed, or with ``is_taking_back`` what takes one back; plus: we let the
    customer off. ``who`` is the rule, or who closed it, with ``approval`` after a request of
    ``asked_by``."""

    on: date
    number: str
    invoice_id: str | None
    receipt_id: str | None
    customer_id: str | None
    customer_number: str
    customer_name: str
    reason: Reason
    by: By
    who: str
    asked_by: str
    note: str
    amount: MoneyValue
    tax: MoneyValue
    is_taking_back: bool
    is_undone: bool

    @classmethod
    def of(cls, one: Closed) -> ClosedRestOut:
        return cls.model_construct(
            on=one.on,
            number=one.number,
            invoice_id=public("document", one.document_id),
            receipt_id=public("receipt", one.receipt_id),
            customer_id=public("customer", one.customer_id),
            customer_number=one.customer_number,
            customer_name=one.customer_name,
            reason=one.reason,
            by=one.by,
            who=one.who,
            asked_by=one.asked_by,
            note=one.note,
            amount=MoneyValue.from_money(one.amount),
            tax=MoneyValue.from_money(one.tax),
            is_taking_back=one.is_taking_back,
            is_undone=one.is_undone,
        )


@routes.get("/reports/closed-rests", "read.receivables", ClosedRestsOut)
def report_closed_rests(frame: Frame, as_at: Day | None = None) -> ClosedRestsOut:
    """The rests closed without money in the month of ``as_at`` (today unless given): what they come
    to by rule and by person. As it is known now."""
    told = reports.closed_rest_sums(
        company_id=frame.company_id,
        month_of=as_at or frame.ctx.today,
        currency=home_of(frame.company_id).currency,
    )
    return ClosedRestsOut(from_on=told.pop("from"), to_on=told.pop("to"), **told)


@routes.get("/reports/closed-rests/rests", "read.receivables", Page[ClosedRestOut])
def list_closed_rests(
    frame: Frame,
    as_at: Day | None = None,
    by: By | None = None,
    reason: Reason | None = None,
    customer: CustomerId | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[ClosedRestOut]:
    """Each of them, the newest first."""
    first, last = reports.month_of_day(as_at or frame.ctx.today)
    wanted: dict[str, Any] = {"from": first, "to": last}
    wanted |= {name: value for name, value in (("by", by), ("reason", reason)) if value}
    wanted |= {"customer": uid("customer", customer)} if customer else {}
    page = CLOSED.page(
        company_id=frame.company_id,
        wanted=wanted,
        limit=limit,
        after=cursors.decode_pair(cursor, date),
    )
    items = [ClosedRestOut.of(one) for one in page.rows]
    return Page.model_construct(items=items, next=cursors.encode_pair(page.after))
