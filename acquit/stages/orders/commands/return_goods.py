"""Take goods back: a return points at the delivered lines it takes back, where they are found."""

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
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView, ItemView
from acquit.stages.masterdata.rules.tax import TaxChooser
from acquit.stages.orders.commands.record_orders import question
from acquit.stages.orders.commands.rows import (
    DeliveryLineRow,
    DeliveryRow,
    OrderLineRow,
    OrderRow,
    write_deliveries,
    write_orders,
)
from acquit.stages.orders.queries import RecordedOrder, originals_of, recorded_orders
from acquit.stages.orders.rules.lines import number_faults
from acquit.stages.orders.rules.places import NOWHERE, Place, place_faults
from acquit.stages.orders.rules.references import (
    LENGTH_MAX,
    UNSAID,
    BuyerReferences,
    reference_faults,
)
from acquit.stages.orders.rules.returns import Moment, Part, Wish, link

_LAST = 2**31 - 1  # after everything recorded so far: the largest position the column holds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLineData:
    """``quantity`` is positive. ``delivery_line_id`` names the line taken back; otherwise it is
    looked for. Without a price the original's counts; without an original a price is needed."""

    item_code: str
    quantity: Decimal
    unit_price: Decimal | None = None
    description: str = ""
    delivery_line_id: UUID | None = None
    buyer_accounting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnData:
    """``customer`` is the customer's number. ``position`` places the return among the deliveries
    of its own import; None means after all of them. ``references`` and
    ``deliver_to``, where it came back from, count where no delivery is known: a document that is
    taken back names its own."""

    number: str
    customer: str
    returned_on: date
    lines: tuple[ReturnLineData, ...]
    currency: str = ""
    source: str = "api"
    position: int | None = None
    references: BuyerReferences = UNSAID
    deliver_to: Place = NOWHERE

    @property
    def key(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class _Known:
    customers: dict[str, CustomerView]
    items: dict[str, ItemView]
    choosers: dict[date, TaxChooser]
    orders: dict[str, RecordedOrder]


@command("orders.return")
def return_goods(
    *, ctx: Context, items: Sequence[ReturnData], import_run_id: UUID | None = None
) -> Outcome:
    """Record returns by number: each becomes an order of its own with negative quantities, and a
    delivery of kind return whose lines are billed as a credit note.

    Figures: ``returns``, ``lines``, ``linked`` and ``unlinked`` (lines).
    """
    if not items:
        return Outcome(figures=dict.fromkeys(("returns", "lines", "linked", "unlinked"), 0))
    lock(ctx.company_id, "orders")
    known = _load(ctx, items)
    sound, results = _judge(items, known)
    wishes = [_wish(item, line, known) for item in sound for line in item.lines]
    originals = originals_of(
        company_id=ctx.company_id,
        pairs={(wish.customer_id, wish.item_code) for wish in wishes},
        import_run_id=import_run_id,
    )
    parts = iter(link(wishes, originals))
    batch = _Batch([], [], [], [])
    for item in sound:
        found = [next(parts) for _ in item.lines]
        faults = tuple(_link_faults(item, found))
        if faults:
            results[item.number] = ItemResult(item.key, ItemState.REFUSED, None, faults)
        else:
            delivery = _rows(ctx, item, found, known, batch)
            results[item.number] = ItemResult(item.key, ItemState.DONE, delivery.id)
    write_orders(ctx, batch.orders, batch.order_lines, import_run_id=import_run_id)
    write_deliveries(ctx, batch.deliveries, batch.lines, import_run_id=import_run_id)
    linked = sum(1 for row in batch.lines if row.returns_id is not None)
    figures = {
        "returns": len(batch.deliveries),
        "lines": len(batch.order_lines),
        "linked": linked,
        "unlinked": len(batch.lines) - linked,
    }
    return Outcome(tuple(_in_order(items, results)), figures=figures)


@dataclass(frozen=True, slots=True)
class _Batch:
    orders: list[OrderRow]
    order_lines: list[OrderLineRow]
    deliveries: list[DeliveryRow]
    lines: list[DeliveryLineRow]


def _load(ctx: Context, items: Sequence[ReturnData]) -> _Known:
    company = ctx.company_id
    codes = {line.item_code for item in items for line in item.lines}
    return _Known(
        customers=masterdata.customers_by_number(
            company_id=company, numbers={item.customer for item in items}
        ),
        items=masterdata.items_by_code(company_id=company, codes=codes),
        choosers=masterdata.tax_choosers(
            company_id=company, days={item.returned_on for item in items}
        ),
        orders=recorded_orders(company_id=company, numbers={item.number for item in items}),
    )


def _judge(
    items: Sequence[ReturnData], known: _Known
) -> tuple[list[ReturnData], dict[str, ItemResult]]:
    """The returns to record, and a result for each of the others."""
    sound: list[ReturnData] = []
    results: dict[str, ItemResult] = {}
    seen: set[str] = set()
    for item in items:
        present = known.orders.get(item.number)
        if item.number in seen:
            continue
        seen.add(item.number)
        if present and present.kind == "return" and present.customer == item.customer:
            results[item.number] = ItemResult(item.key, ItemState.DUPLICATE, present.id)
            continue
        faults = tuple(_faults(item, present, known))
        if faults:
            results[item.number] = ItemResult(item.key, ItemState.REFUSED, None, faults)
        else:
            sound.append(item)
    return sound, results


def _faults(item: ReturnData, present: RecordedOrder | None, known: _Known) -> Iterator[Fault]:
    if not 0 < len(item.number) <= 60:
        yield Fault("return.number", "a return number has 1 to 60 characters", "number")
    if present:
        message = f"{item.number} is already the number of another order or return"
        yield Fault("return.number_taken", message, "number", fix="use another number")
    if item.customer not in known.customers:
        message = f"there is no customer {item.customer!r}"
        yield Fault("customer.unknown", message, "customer", fix="save the customer first")
    yield from reference_faults(item.references)
    yield from place_faults(item.deliver_to)
    if not item.lines:
        yield Fault("return.no_lines", f"return {item.number} has no line", "lines")
    for index, line in enumerate(item.lines):
        path = f"lines[{index}]."
        if line.item_code not in known.items:
            message = f"there is no item {line.item_code!r}"
            yield Fault("item.unknown", message, f"{path}item_code", fix="save the item first")
        if len(line.description) > 250:
            yield Fault("line.description", "at most 250 characters fit", f"{path}description")
        if len(line.buyer_accounting) > LENGTH_MAX:
            message = f"at most {LENGTH_MAX} characters fit"
            yield Fault("line.buyer_accounting", message, f"{path}buyer_accounting")
        yield from number_faults(quantity=line.quantity, unit_price=line.unit_price, path=path)


def _wish(item: ReturnData, line: ReturnLineData, known: _Known) -> Wish:
    customer = known.customers[item.customer]
    return Wish(
        customer.id,
        line.item_code,
        item.currency or customer.currency,
        Moment(item.returned_on, _LAST if item.position is None else item.position),
        line.quantity,
        line.unit_price,
        line.delivery_line_id,
    )


def _link_faults(item: ReturnData, found: Sequence[tuple[Part, ...]]) -> Iterator[Fault]:
    for index, (line, parts) in enumerate(zip(item.lines, found, strict=True)):
        if parts:
            continue
        if line.delivery_line_id is not None:
            message = f"the delivered line does not have {line.quantity.normalize():f} left"
            path = f"lines[{index}].delivery_line_id"
            yield Fault("return.too_much", message, path, fix="return what was delivered, or less")
        elif line.unit_price is None:
            message = f"no delivery of {line.item_code} is found, so its price is not known"
            yield Fault("return.price", message, f"lines[{index}].unit_price", fix="give a price")


def _rows(
    ctx: Context,
    item: ReturnData,
    found: Sequence[tuple[Part, ...]],
    known: _Known,
    batch: _Batch,
) -> DeliveryRow:
    customer = known.customers[item.customer]
    order = OrderRow(
        ctx.ids.new(),
        item.number,
        customer.id,
        item.returned_on,
        item.currency or customer.currency,
        item.source,
        item.references,
        item.deliver_to.elsewhere(Place.home(customer)),
        len(item.lines),
    )
    delivery_id = ctx.ids.new()
    lines_before = len(batch.lines)
    for line_no, (line, parts) in enumerate(zip(item.lines, found, strict=True), start=1):
        row = _order_line(ctx, order, line_no, line, parts, known, customer)
        batch.order_lines.append(row)
        pieces: list[tuple[Decimal, UUID | None]] = [(p.quantity, p.original.id) for p in parts]
        batch.lines.extend(
            DeliveryLineRow(ctx.ids.new(), delivery_id, row.id, customer.id, -quantity, original)
            for quantity, original in pieces or [(line.quantity, None)]
        )
    delivery = DeliveryRow(
        delivery_id,
        item.number,
        order.id,
        customer.id,
        "return",
        item.returned_on,
        item.position or 0,
        None,
        len(batch.lines) - lines_before,
    )
    batch.orders.append(order)
    batch.deliveries.append(delivery)
    return delivery


def _order_line(
    ctx: Context,
    order: OrderRow,
    line_no: int,
    line: ReturnLineData,
    parts: tuple[Part, ...],
    known: _Known,
    customer: CustomerView,
) -> OrderLineRow:
    """The line credited. What is taken back is taxed as it was sold; a return without an original
    as the tax policy says today."""
    own = known.items[line.item_code]
    if parts:
        first = parts[0].original
        tax_code = first.tax_code
        price = first.unit_price if line.unit_price is None else line.unit_price
    else:
        asked = question(customer, order.ordered_on, own)
        tax_code = known.choosers[order.ordered_on].choose(asked).tax_code
        assert line.unit_price is not None
        price = line.unit_price
    return OrderLineRow(
        ctx.ids.new(),
        order.id,
        line_no,
        line.item_code,
        line.description or own.name,
        -line.quantity,
        own.unit,
        price,
        tax_code,
        "",
        line.buyer_accounting,
    )


def _in_order(items: Sequence[ReturnData], results: dict[str, ItemResult]) -> Iterator[ItemResult]:
    """One result per item; a number that stands twice in the batch is done once."""
    seen: set[str] = set()
    for item in items:
        result = results[item.number]
        if item.number in seen and result.state is ItemState.DONE:
            result = ItemResult(item.key, ItemState.DUPLICATE, result.id)
        seen.add(item.number)
        yield result
