"""Papers about an account: statement, reminder, and the quittance for money received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from acquit.core.documents.invoice import CreditTransfer
from acquit.core.documents.parties import Party
from acquit.core.money import Money


class MovementKind(StrEnum):
    """What moved the balance of a customer."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"
    RECEIPT = "receipt"
    REFUND = "refund"
    DISCOUNT = "discount"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement; a positive amount is owed by the customer, a negative one is to its credit."""

    day: date
    kind: MovementKind
    reference: str
    amount: Money
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StatementItem:
    """One claim or credit that is open on the closing day."""

    number: str
    issue_date: date
    due_date: date | None
    original: Money
    open: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account from ``start`` to ``end``, both included, in one currency."""

    number: str
    issuer: Party
    customer: Party
    currency: str
    start: date
    end: date
    opening: Money
    movements: tuple[Movement, ...]
    closing: Money
    items: tuple[StatementItem, ...]
    pay_to: CreditTransfer | None = None
    reference: str | None = None  # what to quote; else the number

    def __post_init__(self) -> None:
        """Invariant I35: opening and movements make the closing, and the items make it too."""
        reached = self.opening
        for movement in self.movements:
            reached = reached + movement.amount
        if reached != self.closing:
            raise ValueError(f"opening and movements make {reached}, not {self.closing}")
        opened = Money.zero(self.currency)
        for item in self.items:
            opened = opened + item.open
        if opened != self.closing:
            raise ValueError(f"the open items make {opened}, not {self.closing}")


LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A letter about what is late: claims past their day, and open credits that lower them.

    ``level`` is 1 (friendly) to 3 (last), ``pay_by`` the day it asks for. Nothing that is not yet
    due is in it.
    """

    number: str
    level: int
    issue_date: date
    pay_by: date
    issuer: Party
    customer: Party
    items: tuple[StatementItem, ...]
    pay_to: CreditTransfer | None = None
    reference: str | None = None

    def __post_init__(self) -> None:
        """ValueError for another level, nothing to ask for, or a claim that is not late."""
        if self.level not in LEVELS:
            raise ValueError(f"a reminder has level 1, 2 or 3, not {self.level}")
        for item in self.items:
            day = item.due_date or item.issue_date
            if item.open.minor > 0 and day >= self.issue_date:
                raise ValueError(f"{item.number} is not late on {self.issue_date}")
        if not self.items or self.due.minor <= 0:
            raise ValueError("there is nothing to remind of")

    @property
    def due(self) -> Money:
        """What is asked for; a ValueError where the items are in several currencies."""
        total = Money.zero(self.items[0].open.currency)
        for item in self.items:
            total = total + item.open
        return total


class PaymentMeans(StrEnum):
    """How the money of a quittance was handed over."""

    CASH = "cash"
    CARD = "card"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class QuittanceItem:
    """One document that the money pays, wholly or in part."""

    number: str
    issue_date: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Quittance:
    """The acknowledgement of money: number, payer, amount, what for, who took it."""

    number: str
    issue_date: date
    issuer: Party
    payer: Party
    amount: Money
    means: PaymentMeans
    received_by: str
    items: tuple[QuittanceItem, ...] = ()
    purpose: str | None = None
    place: str | None = None
    cancelled: bool = False  # a cancelled quittance keeps its number and is printed as such
