"""Receipts: money that came in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes, not_found, public_id
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    CustomerId,
    Day,
    Limit,
    Line,
    MoneyValue,
    OutcomeOut,
    Page,
    Strict,
    Word,
    public,
    uid,
)
from acquit.stages.receipts import queries as receipts
from acquit.stages.receipts.commands.record import NewReceipt, record
from acquit.stages.receipts.queries import ReceiptView

routes = Routes("receipts")


class ReceiptIn(Strict):
    """Money taken by hand from a customer. ``key`` is your own word for it."""

    key: Word
    customer_id: CustomerId
    method: Literal["cash", "card", "cheque", "bank", "direct_debit"]
    amount: MoneyValue
    received_on: Day
    text: Line = ""

    def item(self) -> NewReceipt:
        return NewReceipt(
            key=self.key,
            customer_id=uid("customer", self.customer_id),
            method=self.method,
            amount=self.amount.money(),
            received_on=self.received_on,
            text=self.text,
        )


class ReceiptOut(Strict):
    """``quittance_number`` is empty for money from the bank."""

    id: str
    method: str
    received_on: date
    amount: MoneyValue
    customer_id: str | None
    payer_name: str
    payer_iban: str
    text: str
    ledger_account: str
    quittance_number: str
    bank_line_id: str | None
    recorded_at: datetime

    @classmethod
    def of(cls, view: ReceiptView) -> ReceiptOut:
        return cls.model_construct(
            id=public("receipt", view.id),
            method=view.method,
            received_on=view.received_on,
            amount=MoneyValue.of(view.amount_minor, view.currency),
            customer_id=public("customer", view.customer_id),
            payer_name=view.payer_name,
            payer_iban=view.payer_iban,
            text=view.text,
            ledger_account=view.ledger_account,
            quittance_number=view.quittance_number,
            bank_line_id=public("bank_line", view.bank_line_id),
            recorded_at=view.recorded_at,
        )


@routes.get("/receipts", "read.receipts", Page[ReceiptOut])
def list_receipts(frame: Frame, limit: Limit = 50, cursor: CursorText = "") -> Page[ReceiptOut]:
    """Receipts, newest first."""
    after = cursors.decode(cursor, date, UUID)
    page = receipts.receipts(
        company_id=frame.company_id,
        limit=limit,
        after=(after[0], after[1]) if after else None,
    )
    more = cursors.encode(*page.next) if page.next else None
    return Page.model_construct(items=[ReceiptOut.of(row) for row in page.items], next=more)


@routes.post("/receipts", "receipts.record", moves_money=True)
def record_receipts(frame: Frame, body: Batch[ReceiptIn]) -> OutcomeOut:
    """Record money taken by hand; each gets a quittance number without gaps."""
    outcome = record(ctx=frame.ctx, items=[item.item() for item in body.items])
    return OutcomeOut.of(outcome, kind="receipt")


@routes.get("/receipts/{receipt_id}", "read.receipts", ReceiptOut)
def get_receipt(frame: Frame, receipt_id: str) -> ReceiptOut:
    """One receipt."""
    view = receipts.receipt(
        company_id=frame.company_id, receipt_id=public_id("receipt", receipt_id)
    ).alone()
    if view is None:
        raise not_found("receipt")
    return ReceiptOut.of(view)
