"""The canonical despatch advice: what was sent off, in which packages, for which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.invoice import Item
from acquit.core.documents.trade import TradeParty


@dataclass(frozen=True, slots=True)
class DespatchLine:
    """A quantity of an item, of an order's line, in a package."""

    id: str
    item: Item
    quantity: Decimal  # delivered
    unit: str
    order_number: str | None = None
    order_line: str | None = None
    package: str | None = None  # the SSCC of the package it is in


@dataclass(frozen=True, slots=True)
class DespatchAdvice:
    """A delivery on its way. ``order_number`` is the order of all lines, if there is but one."""

    number: str  # BT-16 of the invoice that follows
    issue_date: date
    buyer: TradeParty
    seller: TradeParty
    lines: tuple[DespatchLine, ...]
    despatched_on: date | None = None
    expected_on: date | None = None
    order_number: str | None = None
    deliver_to: TradeParty | None = None
    carrier: str | None = None
    transport_document: str | None = None  # bill of lading or consignment note
    packages: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DespatchAdvice:
        return plain.from_plain(cls, data)
