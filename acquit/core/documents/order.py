"""The canonical order and the seller's answer to it, in the words of UBL 2.1 and EN 16931."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from acquit.core.documents import plain
from acquit.core.documents.amounts import Price
from acquit.core.documents.invoice import Item, Note
from acquit.core.documents.parties import Address
from acquit.core.documents.trade import TradeParty
from acquit.core.money import Money


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What is wanted. The unit is of UN/ECE Recommendation 20, the price is net of tax."""

    id: str
    item: Item
    quantity: Decimal
    unit: str
    price: Price | None = None
    net: Money | None = None
    requested_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order: what a buyer asks a seller to deliver, under the buyer's own number."""

    number: str  # BT-13 of the invoice that follows
    issue_date: date
    buyer: TradeParty
    seller: TradeParty
    lines: tuple[OrderLine, ...]
    type_code: str = "220"  # UNCL 1001
    currency: str | None = None
    deliver_to: TradeParty | None = None
    invoicee: TradeParty | None = None
    requested_on: date | None = None
    contract: str | None = None
    notes: tuple[Note, ...] = ()
    total: Money | None = None  # net, as the buyer computes it

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Order:
        return plain.from_plain(cls, data)


class LineStatus(StrEnum):
    """What the seller says of a line."""

    ACCEPTED = "accepted"
    CHANGED = "changed"  # other quantity, price or day
    REJECTED = "rejected"
    BACKORDERED = "backordered"


class OrderStatus(StrEnum):
    ACKNOWLEDGED = "acknowledged"  # it arrived; the answer is still to come
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OrderResponseLine:
    """The answer to one line: what will be delivered, at which price, and when."""

    id: str
    status: LineStatus
    item: Item
    quantity: Decimal | None = None  # that will be delivered
    ordered: Decimal | None = None
    unit: str = "C62"
    price: Price | None = None
    promised_on: date | None = None
    order_line: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OrderResponse:
    """The seller's answer to an order."""

    number: str
    issue_date: date
    status: OrderStatus
    order_number: str
    buyer: TradeParty
    seller: TradeParty
    lines: tuple[OrderResponseLine, ...] = ()
    order_date: date | None = None
    currency: str | None = None
    promised_on: date | None = None
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return plain.to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OrderResponse:
        return plain.from_plain(cls, data)


def import_rows(*, order: Order, customer_number: str) -> list[dict[str, str]]:
    """The order as rows of the import kind ``orders``, one row a line.

    The seller's number of an item comes first, then the GTIN, then the buyer's number. An absent
    price is left empty: the import rejects the row with its reason rather than selling for
    nothing. A price for several units becomes one for one unit.
    """
    rows = []
    place = _place(order.deliver_to)
    for line in order.lines:
        item = line.item
        gtin = item.standard_id.value if item.standard_id else None
        price = line.price
        each = price.net / (price.base_quantity or Decimal(1)) if price else None
        rows.append(
            {
                "order_number": order.number,
                "customer_number": customer_number,
                "item_code": item.seller_id or gtin or item.buyer_id or item.name,
                "description": item.name,
                "quantity": format(line.quantity, "f"),
                "unit": line.unit,
                "unit_price": "" if each is None else format(each, "f"),
                "ordered_on": order.issue_date.isoformat(),
                "currency": order.currency or "",
                "purchase_order": order.number,
                "contract": order.contract or "",
                "buyer_line": line.id,
                **place,
                "source": "edi",
            }
        )
    return rows


def _place(party: TradeParty | None) -> dict[str, str]:
    """The place of delivery as columns; what is not said is empty."""
    party = party or TradeParty()
    at = party.address or Address("")
    number = party.identifier("0088") or next((one.value for one in party.identifiers), "")
    said = {
        "name": party.name,
        "location": number,
        "street": at.street,
        "street_2": ", ".join(part for part in (at.street_2, at.street_3) if part),
        "postcode": at.postcode,
        "city": at.city,
        "region": at.subdivision,
        "country": at.country,
    }
    return {f"deliver_to_{name}": text or "" for name, text in said.items()}
