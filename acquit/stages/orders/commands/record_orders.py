"""Record orders: what was agreed, from whatever channel, each line with its tax code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from babel.numbers import list_currencies

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import lock
from acquit.history import unit
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.queries import CustomerView, ItemView
from acquit.stages.masterdata.rules.tax import TaxChooser, TaxQuestion
from acquit.stages.orders.commands.rows import OrderLineRow, OrderRow, order_fact, write_orders
from acquit.stages.orders.queries import RecordedOrder, recorded_orders
from acquit.stages.orders.rules.lines import number_faults
from acquit.stages.orders.rules.places import NOWHERE, Place, place_faults
from acquit.stages.orders.rules.references import LENGTH_MAX, BuyerReferences, reference_faults

SOURCES = ("web", "phone", "edi", "field", "file", "api")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineData:
    """``unit_price`` is net of tax, in major units, at most six decimals. Empty description, unit
    and tax code come from the item, the tax code in the end from the tax policy."""

    item_code: str
    quantity: Decimal
    unit_price: Decimal
    description: str = ""
    unit: str = ""
    tax_code: str = ""
    buyer_line: str = ""
    buyer_accounting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderData:
    """``customer`` is the customer's number; an empty currency is the customer's own.
    ``buyer_accounting`` counts for the lines that do not name their own, ``deliver_to`` for the
    deliveries that do not; nowhere is the customer's own address."""

    number: str
    customer: str
    ordered_on: date
    lines: tuple[OrderLineData, ...]
    currency: str = ""
    source: str = "api"
    purchase_order: str = ""
    project: str = ""
    contract: str = ""
    buyer_accounting: str = ""
    deliver_to: Place = NOWHERE

    @property
    def key(self) -> str:
        return self.number

    @property
    def references(self) -> BuyerReferences:
        return BuyerReferences(
            self.purchase_order, self.project, self.contract, self.buyer_accounting
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the batch needs from the database, loaded once."""

    customers: dict[str, CustomerView]
    items: dict[str, ItemView]
    tax_codes: frozenset[str]
    choosers: dict[date, TaxChooser]
    orders: dict[str, RecordedOrder]


@command("orders.record")
def record_orders(
    *, ctx: Context, items: Sequence[OrderData], import_run_id: UUID | None = None
) -> Outcome:
    """Record orders by number. The same order again is a duplicate; the same number with another
    content is refused."""
    if not items:
        return Outcome(figures={"orders": 0, "lines": 0})
    lock(ctx.company_id, "orders")
    known = _load(ctx, items)
    results: list[ItemResult] = []
    orders: list[OrderRow] = []
    lines: list[OrderLineRow] = []
    for item in items:
        present = known.orders.get(item.number)
        faults = _clash(item, present) if present else tuple(_faults(item, known))
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, faults))
        elif present:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, present.id))
        else:
            row = _order_row(ctx, item, known)
            orders.append(row)
            lines.extend(_line_rows(ctx, row.id, item, known))
            known.orders[item.number] = RecordedOrder(
                row.id, item.number, item.customer, row.currency, "delivery", _content(item)
            )
            results.append(ItemResult(item.key, ItemState.DONE, row.id))
    write_orders(ctx, orders, lines, import_run_id=import_run_id)
    unit.record(ctx, [order_fact(row) for row in orders])
    return Outcome(tuple(results), figures={"orders": len(orders), "lines": len(lines)})


def _load(ctx: Context, items: Sequence[OrderData]) -> _Known:
    company = ctx.company_id
    codes = {line.item_code for item in items for line in item.lines}
    return _Known(
        customers=masterdata.customers_by_number(
            company_id=company, numbers={item.customer for item in items}
        ),
        items=masterdata.items_by_code(company_id=company, codes=codes),
        tax_codes=masterdata.tax_code_names(company_id=company),
        choosers=masterdata.tax_choosers(
            company_id=company, days={item.ordered_on for item in items}
        ),
        orders=recorded_orders(company_id=company, numbers={item.number for item in items}),
    )


def _content(item: OrderData) -> Counter[tuple[str, Decimal, Decimal]]:
    return Counter((line.item_code, line.quantity, line.unit_price) for line in item.lines)


def _clash(item: OrderData, present: RecordedOrder) -> tuple[Fault, ...]:
    """Why an order of this number that is already there is not this one."""
    if present.customer != item.customer:
        message = f"order {item.number} belongs to customer {present.customer}"
        return (Fault("order.other_customer", message, "customer", fix="use another number"),)
    if present.content != _content(item):
        message = f"order {item.number} was recorded with other lines"
        return (Fault("order.changed", message, "lines", fix="record a further order"),)
    return ()


def _faults(item: OrderData, known: _Known) -> Iterator[Fault]:
    if not 0 < len(item.number) <= 60:
        yield Fault("order.number", "an order number has 1 to 60 characters", "number")
    customer = known.customers.get(item.customer)
    if customer is None:
        message = f"there is no customer {item.customer!r}"
        yield Fault("customer.unknown", message, "customer", fix="save the customer first")
    if item.currency and item.currency not in list_currencies():
        yield Fault("order.currency", f"{item.currency!r} is not of ISO 4217", "currency")
    if item.source not in SOURCES:
        fix = f"use one of {', '.join(SOURCES)}"
        yield Fault("order.source", f"{item.source!r} is not a source", "source", fix=fix)
    yield from reference_faults(item.references)
    yield from place_faults(item.deliver_to)
    if not item.lines:
        yield Fault("order.no_lines", f"order {item.number} has no line", "lines")
    for index, line in enumerate(item.lines):
        yield from _line_faults(line, f"lines[{index}].", known)


def _line_faults(line: OrderLineData, path: str, known: _Known) -> Iterator[Fault]:
    if line.item_code not in known.items:
        message = f"there is no item {line.item_code!r}"
        yield Fault("item.unknown", message, f"{path}item_code", fix="save the item first")
    if line.tax_code and line.tax_code not in known.tax_codes:
        message = f"there is no tax code {line.tax_code!r}"
        yield Fault("tax_code.unknown", message, f"{path}tax_code")
    for name, text, limit in (
        ("description", line.description, 250),
        ("unit", line.unit, 3),
        ("buyer_line", line.buyer_line, 40),
        ("buyer_accounting", line.buyer_accounting, LENGTH_MAX),
    ):
        if len(text) > limit:
            yield Fault(f"line.{name}", f"at most {limit} characters fit", f"{path}{name}")
    yield from number_faults(quantity=line.quantity, unit_price=line.unit_price, path=path)


def _order_row(ctx: Context, item: OrderData, known: _Known) -> OrderRow:
    customer = known.customers[item.customer]
    return OrderRow(
        ctx.ids.new(),
        item.number,
        customer.id,
        item.ordered_on,
        item.currency or customer.currency,
        item.source,
        item.references,
        item.deliver_to.elsewhere(Place.home(customer)),
        len(item.lines),
    )


def _line_rows(
    ctx: Context, order_id: UUID, item: OrderData, known: _Known
) -> Iterator[OrderLineRow]:
    customer, chooser = known.customers[item.customer], known.choosers[item.ordered_on]
    for line_no, line in enumerate(item.lines, start=1):
        own = known.items[line.item_code]
        yield OrderLineRow(
            ctx.ids.new(),
            order_id,
            line_no,
            line.item_code,
            line.description or own.name,
            line.quantity,
            line.unit or own.unit,
            line.unit_price,
            line.tax_code or chooser.choose(question(customer, item.ordered_on, own)).tax_code,
            line.buyer_line,
            line.buyer_accounting,
        )


def question(customer: CustomerView, on: date, item: ItemView) -> TaxQuestion:
    """What the tax policy is asked about a line."""
    return TaxQuestion(
        customer_country=customer.country,
        on=on,
        customer_has_vat_id=bool(customer.vat_id),
        customer_number=customer.number,
        customer_segment=customer.segment,
        item_code=item.code,
        item_tax_code=item.tax_code,
    )
