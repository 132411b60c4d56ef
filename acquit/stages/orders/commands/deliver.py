"""Deliver: goods or services of an order were handed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.stages.orders.commands.rows import DeliveryLineRow, DeliveryRow, write_deliveries
from acquit.stages.orders.queries import (
    OutstandingOrder,
    outstanding_orders,
    recorded_deliveries,
)
from acquit.stages.orders.rules.lines import number_faults
from acquit.stages.orders.rules.places import NOWHERE, Place, place_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredLine:
    """A quantity of the order's line ``line_no`` (1 is the first)."""

    line_no: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryData:
    """No lines means everything of the order that is still outstanding. ``position`` orders
    deliveries of one day; None takes the place in the batch. ``deliver_to`` goes before the
    order's place."""

    number: str
    order_number: str
    delivered_on: date
    lines: tuple[DeliveredLine, ...] = ()
    position: int | None = None
    deliver_to: Place = NOWHERE

    @property
    def key(self) -> str:
        return self.number


@command("orders.deliver")
def deliver(
    *, ctx: Context, items: Sequence[DeliveryData], import_run_id: UUID | None = None
) -> Outcome:
    """Record deliveries by number; the same number for the same order again is a duplicate."""
    lock(ctx.company_id, "orders")
    numbers = {item.order_number for item in items}
    orders = outstanding_orders(company_id=ctx.company_id, numbers=numbers)
    present = recorded_deliveries(
        company_id=ctx.company_id, numbers={item.number for item in items}
    )
    results: list[ItemResult] = []
    rows: list[DeliveryRow] = []
    lines: list[DeliveryLineRow] = []
    for place, item in enumerate(items):
        known = present.get(item.number)
        if known is not None and known[1] == item.order_number:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, known[0]))
            continue
        order = orders.get(item.order_number)
        faults = tuple(_faults(item, order, taken_by=known[1] if known else None))
        if faults or order is None:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
            continue
        made = _line_rows(ctx, ctx.ids.new(), item, order)
        position = place if item.position is None else item.position
        row = DeliveryRow(
            made[0].delivery_id,
            item.number,
            order.id,
            order.customer_id,
            "delivery",
            item.delivered_on,
            position,
            _place(item.deliver_to, order),
            len(made),
        )
        rows.append(row)
        lines.extend(made)
        present[item.number] = (row.id, item.order_number)
        results.append(ItemResult(item.key, ItemState.DONE, row.id))
    write_deliveries(ctx, rows, lines, import_run_id=import_run_id)
    return Outcome(tuple(results), figures={"deliveries": len(rows), "lines": len(lines)})


def _place(place: Place, order: OutstandingOrder) -> dict[str, str] | None:
    """The place of the delivery where it has one of its own; the customer's own address is one
    where the order goes elsewhere."""
    kept = place.elsewhere(order.home)
    if kept is None and order.goes_elsewhere and place != NOWHERE:
        return place.completed(order.home).values()
    return kept


def _faults(
    item: DeliveryData, order: OutstandingOrder | None, *, taken_by: str | None
) -> Iterator[Fault]:
    if not 0 < len(item.number) <= 60:
        yield Fault("delivery.number", "a delivery number has 1 to 60 characters", "number")
    yield from place_faults(item.deliver_to)
    if taken_by is not None:
        message = f"delivery {item.number} belongs to order {taken_by}"
        yield Fault("delivery.number_taken", message, "number", fix="use another number")
    if order is None:
        message = f"there is no order {item.order_number!r}"
        yield Fault("order.unknown", message, "order_number", fix="record the order first")
        return
    if item.lines:
        yield from _line_faults(item, order)
    elif not any(order.outstanding.values()):
        message = f"everything of order {order.number} has been delivered"
        yield Fault("delivery.nothing_left", message, "order_number")


def _line_faults(item: DeliveryData, order: OutstandingOrder) -> Iterator[Fault]:
    wanted: dict[int, Decimal] = {}
    for index, line in enumerate(item.lines):
        path = f"lines[{index}]."
        yield from number_faults(quantity=line.quantity, unit_price=None, path=path)
        if line.line_no not in order.outstanding:
            message = f"order {order.number} has no line {line.line_no}"
            yield Fault("delivery.line_unknown", message, f"{path}line_no")
            continue
        wanted[line.line_no] = wanted.get(line.line_no, Decimal(0)) + line.quantity
        left = order.outstanding[line.line_no]
        if wanted[line.line_no] > left:
            message = f"line {line.line_no} of order {order.number} has {left.normalize():f} left"
            yield Fault("delivery.too_much", message, f"{path}quantity")


def _line_rows(
    ctx: Context, delivery_id: UUID, item: DeliveryData, order: OutstandingOrder
) -> list[DeliveryLineRow]:
    """The rows of a delivery; what it takes is no longer outstanding for the rest of the batch."""
    chosen = [(line.line_no, line.quantity) for line in item.lines] or [
        (line_no, left) for line_no, left in order.outstanding.items() if left > 0
    ]
    rows = []
    for line_no, quantity in chosen:
        order.outstanding[line_no] -= quantity
        line_id = order.line_ids[line_no]
        rows.append(
            DeliveryLineRow(ctx.ids.new(), delivery_id, line_id, order.customer_id, quantity, None)
        )
    return rows
