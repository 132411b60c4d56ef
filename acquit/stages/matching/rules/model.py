"""What the matcher is given, and what it answers. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Money:
    """A receipt: ``amount_minor`` is what is still open of it."""

    receipt_id: UUID
    item_id: UUID
    received_on: date
    amount_minor: int
    currency: str
    customer_id: UUID | None
    payer_name: str
    text: str
    end_to_end_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An open document; ``is_credit`` for credit notes, which lower what is due."""

    id: UUID
    customer_id: UUID
    number: str
    currency: str
    open_minor: int
    due_on: date
    is_credit: bool


@dataclass(frozen=True, slots=True)
class SameAmount:
    """Claims of exactly one amount: how many in the whole ledger, and those looked at."""

    total: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer that the payer is known as, and by what: "the same IBAN", "the same name"."""

    customer_id: UUID
    how: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason in words; ``start`` and ``end`` mark the piece of the receipt's text it is
    about, both -1 when it is about something else."""

    kind: str  # reference, amount, payer, rival, warning
    text: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Share:
    """What a claim is credited: from the receipt, or from a credit note netted with it."""

    open_item_id: UUID
    number: str
    amount_minor: int
    credit_item_id: UUID | None = None
    credit_number: str = ""


@dataclass(frozen=True, slots=True)
class ProposalPlan:
    """One answer for one receipt. ``rank`` 1 is the best; ``rivals`` counts the other answers
    that fit as well; ``customer_id`` is whose claims it settles, when they are one customer's."""

    receipt_id: UUID
    rank: int
    probability: Decimal
    rivals: int
    reason: str
    shares: tuple[Share, ...]
    evidence: tuple[Evidence, ...]
    total_minor: int  # of the receipt's money
    currency: str
    customer_id: UUID | None
