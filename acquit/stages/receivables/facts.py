"""What happens to open items."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CashApplied(Fact):
    """Value moved, amounts positive; ``subject_id`` is the allocation. ``from_kind`` is the credit
    item's kind (receipt or credit_note); ``credit_customer_id`` is None while the payer is not
    known. An ``adjustment`` settles one item alone: the other is None, and ``taxes`` are parts of
    the amount that correct tax accounts."""

    KIND = "receivables.CashApplied"
    debit_item_id: UUID | None
    credit_item_id: UUID | None
    amount_minor: int
    currency: str
    customer_id: UUID | None
    credit_customer_id: UUID | None
    from_kind: str
    debit_functional_minor: int
    credit_functional_minor: int
    adjustment: str = ""
    taxes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationUndone(Fact):
    """``subject_id`` is the reversing allocation, ``undone_id`` the one it takes back. Amounts are
    positive: they are what is taken back."""

    KIND = "receivables.AllocationUndone"
    undone_id: UUID
    debit_item_id: UUID | None
    credit_item_id: UUID | None
    amount_minor: int
    currency: str
    customer_id: UUID | None
    credit_customer_id: UUID | None
    from_kind: str
    debit_functional_minor: int
    credit_functional_minor: int
    adjustment: str = ""
    taxes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerIdentified(Fact):
    """A receipt whose payer was unknown got its customer; ``subject_id`` is the open item."""

    KIND = "receivables.PayerIdentified"
    receipt_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    functional_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerWithdrawn(Fact):
    """The payer of a receipt is unknown again, because everything that told him was undone;
    ``subject_id`` is the open item. The exact reverse of :class:`PayerIdentified`."""

    KIND = "receivables.PayerWithdrawn"
    receipt_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    functional_minor: int
