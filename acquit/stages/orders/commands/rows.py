"""Writing orders and deliveries: rows as tuples, straight into COPY, and their facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from psycopg.types.json import Jsonb

from acquit.core.context import Context
from acquit.database.bulk import refresh_statistics
from acquit.database.copy import copy_rows
from acquit.history import unit
from acquit.stages.orders.facts import DeliveryRecorded, OrderRecorded
from acquit.stages.orders.models import Delivery, DeliveryLine, Order, OrderLine, Unbilled
from acquit.stages.orders.rules.references import BuyerReferences


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: UUID
    number: str
    customer_id: UUID
    ordered_on: date
    currency: str
    source: str
    references: BuyerReferences
    deliver_to: dict[str, str] | None
    lines: int


@dataclass(frozen=True, slots=True)
class OrderLineRow:
    id: UUID
    order_id: UUID
    line_no: int
    item_code: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    tax_code: str
    buyer_line: str
    buyer_accounting: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """``kind`` is delivery or return."""

    id: UUID
    number: str
    order_id: UUID
    customer_id: UUID
    kind: str
    delivered_on: date
    position: int
    deliver_to: dict[str, str] | None
    lines: int


@dataclass(frozen=True, slots=True)
class DeliveryLineRow:
    id: UUID
    delivery_id: UUID
    order_line_id: UUID
    customer_id: UUID
    quantity: Decimal
    returns_id: UUID | None


def write_orders(
    ctx: Context,
    orders: Sequence[OrderRow],
    lines: Iterable[OrderLineRow],
    *,
    import_run_id: UUID | None,
) -> None:
    company = ctx.company_id
    copy_rows(
        Order,
        [
            "id",
            "company_id",
            "number",
            "customer_id",
            "ordered_on",
            "currency",
            "source",
            *BuyerReferences._fields,
            "deliver_to",
            "import_run_id",
            "created_at",
        ],
        (
            (
                *(o.id, company, o.number, o.customer_id, o.ordered_on, o.currency, o.source),
                *(*o.references, _json(o.deliver_to), import_run_id, ctx.now),
            )
            for o in orders
        ),
    )
    refresh_statistics(Order, added=len(orders))
    copy_rows(
        OrderLine,
        [
            "id",
            "company_id",
            "order_id",
            "line_no",
            "item_code",
            "description",
            "quantity",
            "unit",
            "unit_price",
            "tax_code",
            "buyer_line",
            "buyer_accounting",
        ],
        (
            (
                *(n.id, company, n.order_id, n.line_no, n.item_code, n.description, n.quantity),
                *(n.unit, n.unit_price, n.tax_code, n.buyer_line, n.buyer_accounting),
            )
            for n in lines
        ),
    )
    refresh_statistics(OrderLine, added=sum(row.lines for row in orders))


def write_deliveries(
    ctx: Context,
    deliveries: Sequence[DeliveryRow],
    lines: Iterable[DeliveryLineRow],
    *,
    import_run_id: UUID | None,
) -> None:
    """Write deliveries or returns with their lines, which the database lists to be billed, and
    record their facts."""
    company = ctx.company_id
    copy_rows(
        Delivery,
        [
            "id",
            "company_id",
            "number",
            "order_id",
            "customer_id",
            "kind",
            "delivered_on",
            "position",
            "deliver_to",
            "import_run_id",
            "created_at",
        ],
        (
            (
                *(d.id, company, d.number, d.order_id, d.customer_id, d.kind, d.delivered_on),
                *(d.position, _json(d.deliver_to), import_run_id, ctx.now),
            )
            for d in deliveries
        ),
    )
    refresh_statistics(Delivery, added=len(deliveries))
    copy_rows(
        DeliveryLine,
        [
            "id",
            "company_id",
            "delivery_id",
            "order_line_id",
            "customer_id",
            "quantity",
            "returns_id",
        ],
        (
            (
                *(n.id, company, n.delivery_id, n.order_line_id, n.customer_id, n.quantity),
                n.returns_id,
            )
            for n in lines
        ),
    )
    for table in (DeliveryLine, Unbilled):
        refresh_statistics(table, added=sum(row.lines for row in deliveries))
    unit.record(ctx, [_delivery_fact(row) for row in deliveries])


def _json(place: dict[str, str] | None) -> Jsonb | None:
    return Jsonb(place) if place else None


def order_fact(row: OrderRow) -> OrderRecorded:
    return OrderRecorded(
        subject_id=row.id,
        effective_on=row.ordered_on,
        number=row.number,
        customer_id=row.customer_id,
        source=row.source,
        lines=row.lines,
    )


def _delivery_fact(row: DeliveryRow) -> DeliveryRecorded:
    return DeliveryRecorded(
        subject_id=row.id,
        effective_on=row.delivered_on,
        number=row.number,
        order_id=row.order_id,
        customer_id=row.customer_id,
        kind=row.kind,
        lines=row.lines,
    )
