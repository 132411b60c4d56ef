"""What happens to orders and deliveries. One fact per order or delivery, not per line."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from acquit.history.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecorded(Fact):
    KIND = "orders.OrderRecorded"
    number: str
    customer_id: UUID
    source: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecorded(Fact):
    """``kind`` is delivery or return."""

    KIND = "orders.DeliveryRecorded"
    number: str
    order_id: UUID
    customer_id: UUID
    kind: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportUndone(Fact):
    """Orders and deliveries of an import that were taken back because nothing was billed yet."""

    KIND = "orders.ImportUndone"
    orders: int
    lines: int
