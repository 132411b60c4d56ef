"""Receipts with what is left of them to apply: the list of the money that came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.core.money import Money
from acquit.database.listing import Listing, within_days


@dataclass(frozen=True, slots=True)
class ReceiptBalance:
    """Money in and what of it is not applied; without a customer while nobody knows who paid."""

    id: UUID
    method: str
    received_on: date
    customer_id: UUID | None
    customer_number: str
    customer_name: str
    payer_name: str
    payer_iban: str
    text: str
    quittance_number: str
    bank_line_id: UUID | None
    amount_minor: int
    open_minor: int
    currency: str

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def open(self) -> Money:
        return Money(self.open_minor, self.currency)

    @property
    def status(self) -> str:
        """``unapplied``, ``partly_applied`` or ``applied``."""
        if not self.open_minor:
            return "applied"
        return "unapplied" if self.open_minor == self.amount_minor else "partly_applied"


RECEIPTS = Listing(
    columns="r.id, r.method, r.received_on, i.customer_id, coalesce(c.number, ''),"
    " coalesce(c.name, ''), r.payer_name, r.payer_iban, r.text, r.quittance_number,"
    " r.bank_line_id, r.amount_minor, i.open_minor, r.currency",
    source="FROM receipts_receipt r"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " LEFT JOIN masterdata_customer c ON c.company_id = i.company_id AND c.id = i.customer_id"
    " WHERE r.company_id = %(company)s",
    newest=("r.received_on", "r.id"),
    make=ReceiptBalance,
    conditions={
        "q": "(r.payer_name ILIKE %(like)s OR r.text ILIKE %(like)s OR r.payer_iban ILIKE %(like)s"
        " OR r.quittance_number ILIKE %(like)s OR c.name ILIKE %(like)s"
        " OR c.number ILIKE %(like)s)",
        "state": {
            "unapplied": "i.open_minor = r.amount_minor",
            "partly_applied": "i.open_minor > 0 AND i.open_minor < r.amount_minor",
            "applied": "i.open_minor = 0",
        },
        "method": "r.method = %(method)s",
        "customer": "i.customer_id = %(customer)s",
        **within_days("r.received_on"),
    },
    amount=("r.currency", "r.amount_minor"),
)
