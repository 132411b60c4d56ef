"""The canonical remittance advice: which claims a payment settles, and what was held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money, total


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the payer takes off (negative) or adds, and why."""

    amount: Money
    reason_code: str | None = None  # UNCL 4465 in EDIFACT, element 426 in X12
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One document of the payee. ``paid`` is negative for a credit note that is set off."""

    document: str  # the number the payee gave it
    paid: Money
    document_type: str | None = None  # UNCL 1001: 380, 381, 383
    issue_date: date | None = None
    due: Money | None = None  # what was claimed
    discount: Money | None = None  # positive: taken for paying early
    order_number: str | None = None
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class RemittanceAdvice:
    """What one payment is for. ``payments`` is the money that arrives."""

    number: str
    issue_date: date
    payer: TradeParty
    payee: TradeParty
    payments: Money
    lines: tuple[RemittanceLine, ...]
    paid_on: date | None = None
    means: str | None = None  # CHK, ACH, 30, 31: as the syntax says it
    payer_account: str | None = None
    payee_account: str | None = None
    adjustments: tuple[Adjustment, ...] = ()  # of the whole, of no document

    @property
    def currency(self) -> str:
        return self.payments.currency

    @property
    def difference(self) -> Money:
        """What the lines leave open or exceed: zero where they explain the payment."""
        explained = total((line.paid for line in self.lines), self.currency)
        extra = total((part.amount for part in self.adjustments), self.currency)
        return self.payments - explained - extra

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RemittanceAdvice:
        return plain.from_plain(cls, data)
