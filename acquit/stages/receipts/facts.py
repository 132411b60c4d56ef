"""What happens to money that comes in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementImported(Fact):
    """``subject_id`` is the statement. ``new`` + ``known`` movements = its movements; ``said`` is
    what a person said of those in doubt ("new", "repeat")."""

    KIND = "receipts.StatementImported"
    reference: str
    new: int
    known: int
    opening_minor: int | None
    closing_minor: int | None
    currency: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementParked(Fact):
    KIND = "receipts.StatementParked"
    reference: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDiscarded(Fact):
    """A parked statement was put aside; none of its movements was taken."""

    KIND = "receipts.StatementDiscarded"
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecorded(Fact):
    """``subject_id`` is the receipt; ``account`` the ledger account the money is on."""

    KIND = "receipts.ReceiptRecorded"
    method: str
    amount_minor: int
    currency: str
    rate: Decimal
    account: str
    customer_id: UUID | None = None
    bank_line_id: UUID | None = None
    quittance_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLeft(Fact):
    """A debit on the bank account: ``subject_id`` is the bank line. Booked to suspense until a
    later stage explains it, so that bank = ledger at every moment (invariant I10)."""

    KIND = "receipts.MoneyLeft"
    amount_minor: int
    currency: str
    rate: Decimal
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceTaken(Fact):
    """Somebody said what a sum of money is made of; ``subject_id`` is the advice. ``digest`` covers
    the words and amounts of its parts."""

    KIND = "receipts.AdviceTaken"
    kind: str
    number: str
    amount_minor: int
    currency: str
    parts: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceLinked(Fact):
    """The movement that an advice explains is known; ``subject_id`` is the advice. A payout of
    exactly nothing has none, and is settled as it comes (``by`` is then "nothing")."""

    KIND = "receipts.AdviceLinked"
    bank_line_id: UUID | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCharged(Fact):
    """What a provider kept as fees of a payout that brought no money; ``subject_id`` is the advice.
    Less than nothing where that is taken back, or where fees were given back."""

    KIND = "receipts.PayoutCharged"
    amount_minor: int
    currency: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceWithdrawn(Fact):
    """The import that brought the advice was taken back; ``subject_id`` is the advice."""

    KIND = "receipts.AdviceWithdrawn"
    number: str
