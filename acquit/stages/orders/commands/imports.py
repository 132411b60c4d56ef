"""Files of orders, one row per order line, and of deliveries against orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from acquit.core.context import Context
from acquit.core.outcome import ItemState, Outcome
from acquit.intake.kinds import Column, ColumnType, Committed, Frame, ImportRow, Kind, RowReject
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.commands.save_customers import ensure_customers
from acquit.stages.masterdata.commands.save_items import ensure_items
from acquit.stages.masterdata.rules.territory import country_code
from acquit.stages.orders.commands.deliver import DeliveredLine, DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.orders.commands.return_goods import ReturnData, ReturnLineData, return_goods
from acquit.stages.orders.commands.undo_import import undo_deliveries, undo_orders
from acquit.stages.orders.queries import RecordedOrder, recorded_deliveries, recorded_orders
from acquit.stages.orders.rules import places
from acquit.stages.orders.rules.lines import number_faults
from acquit.stages.orders.rules.places import Place
from acquit.stages.orders.rules.references import BuyerReferences

_PLACE_COLUMNS = tuple(
    Column(name, title=title)
    for name, title in zip(
        places.NAMES,
        (
            "Delivered to",
            "Delivered to: number of the place",
            "Delivered to: street",
            "Delivered to: second line",
            "Delivered to: postcode",
            "Delivered to: city",
            "Delivered to: region",
            "Delivered to: country",
        ),
        strict=True,
    )
)
_ORDER_COLUMNS = (
    Column("order_number", required=True, title="Order number"),
    Column("customer_number", required=True, title="Customer number"),
    Column("item_code", required=True, title="Item code"),
    Column("description", title="Description"),
    Column("quantity", ColumnType.DECIMAL, required=True, title="Quantity"),
    Column("unit", title="Unit"),
    Column("unit_price", ColumnType.DECIMAL, required=True, title="Unit price"),
    Column("ordered_on", ColumnType.DATE, required=True, title="Order date"),
    Column("currency", title="Currency"),
    Column("tax_code", title="Tax code"),
    Column("purchase_order", title="Purchase order"),
    Column("project", title="Project"),
    Column("contract", title="Contract"),
    Column("buyer_accounting", title="Cost centre"),
    Column("buyer_line", title="Buyer line"),
    Column("line_buyer_accounting", title="Cost centre of the line"),
    *_PLACE_COLUMNS,
    Column("source", title="Source"),
    Column("customer_name", title="Customer name"),
    Column("country", title="Country"),
    Column("line_kind", title="Kind"),  # order (the default) or return
    Column("delivered", title="Delivered"),  # yes: delivered in full on the day of the order
    Column("create_missing", title="Create missing"),  # yes: customers and items are made
)
_DELIVERY_COLUMNS = (
    Column("delivery_number", required=True, title="Delivery number"),
    Column("order_number", required=True, title="Order number"),
    Column("delivered_on", ColumnType.DATE, required=True, title="Delivery date"),
    Column("line_no", ColumnType.DECIMAL, title="Order line"),
    Column("quantity", ColumnType.DECIMAL, title="Quantity"),
    *_PLACE_COLUMNS,
)
# What all rows of one order must say alike.
_HEAD = (
    *("customer_number", "ordered_on", "currency", "line_kind"),
    *BuyerReferences._fields,
    *places.NAMES,
)


@dataclass(slots=True)
class _Fates:
    """What becomes of rows on the way; a row gets its first fate and keeps it."""

    duplicates: set[int] = field(default_factory=set)
    rejected: dict[int, RowReject] = field(default_factory=dict)

    def reject(self, rows: Sequence[ImportRow], code: str, message: str, fix: str = "") -> None:
        for row in rows:
            self.rejected.setdefault(row.number, RowReject(code, message, fix))

    def open(self, rows: Sequence[ImportRow]) -> list[ImportRow]:
        settled = self.rejected.keys() | self.duplicates
        return [row for row in rows if row.number not in settled]


def _commit_orders(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    fates = _Fates()
    _check_lines(rows, fates)
    _check_heads(rows, fates)
    _sort_out_known(ctx, rows, fates)
    made, conflicts = _make_missing(ctx, frame, fates.open(rows), fates)
    groups = _groups(fates.open(rows))
    sales = [group for group in groups if not _is_return(group[0])]
    returns = [group for group in groups if _is_return(group[0])]
    outcome = record_orders(
        ctx=ctx, items=[_order(group) for group in sales], import_run_id=frame.run_id
    )
    recorded = list(_settled(sales, outcome, fates))
    delivered = deliver(
        ctx=ctx,
        items=[_delivery(group) for group in recorded if group[0].values.get("delivered") == "yes"],
        import_run_id=frame.run_id,
    ).or_refuse()
    returned = return_goods(
        ctx=ctx, items=[_return(group) for group in returns], import_run_id=frame.run_id
    )
    list(_settled(returns, returned, fates))
    created = {
        **made,
        "orders": outcome.figures["orders"],
        "order_lines": outcome.figures["lines"],
        "deliveries": delivered.figures["deliveries"],
        "returns": returned.figures["returns"],
        "return_lines": returned.figures["lines"],
        "returns_linked": returned.figures["linked"],
        "returns_unlinked": returned.figures["unlinked"],
        "country_conflicts": conflicts,
    }
    return Committed(created, frozenset(fates.duplicates), fates.rejected)


def _is_return(row: ImportRow) -> bool:
    return bool(row.values.get("line_kind") == "return")


def _groups(rows: Sequence[ImportRow]) -> list[list[ImportRow]]:
    groups: dict[str, list[ImportRow]] = {}
    for row in rows:
        groups.setdefault(row.values["order_number"], []).append(row)
    return list(groups.values())


def _check_lines(rows: Sequence[ImportRow], fates: _Fates) -> None:
    for row in rows:
        values = row.values
        kind = values.get("line_kind") or "order"
        if kind not in ("order", "return"):
            message = f"{kind!r} is neither order nor return"
            fates.reject([row], "line.kind", message, "leave it empty for an order")
        quantity = -values["quantity"] if kind == "return" else values["quantity"]
        for fault in number_faults(quantity=quantity, unit_price=values["unit_price"]):
            fates.reject([row], fault.code, fault.message, fault.fix)
        for name, limit in (("order_number", 60), ("customer_number", 40), ("item_code", 60)):
            if len(values[name]) > limit:
                message = f"{name} has {len(values[name])} characters, {limit} fit"
                fates.reject([row], f"{name}.too_long", message, "shorten it")


def _check_heads(rows: Sequence[ImportRow], fates: _Fates) -> None:
    """Rows of one order agree with its first row on customer, day and currency."""
    heads: dict[str, dict[str, Any]] = {}
    for row in fates.open(rows):
        number = row.values["order_number"]
        head = {name: row.values.get(name) or "" for name in _HEAD}
        first = heads.setdefault(number, head)
        for name in _HEAD:
            if head[name] != first[name]:
                message = f"order {number} has {name} {first[name]!s} in an earlier row,"
                message = f"{message} {head[name]!s} here"
                fates.reject([row], "order.rows_differ", message, "give it a number of its own")


def _sort_out_known(ctx: Context, rows: Sequence[ImportRow], fates: _Fates) -> None:
    """Rows of orders that are there: equal lines are duplicates, others are rejected."""
    groups = _groups(fates.open(rows))
    numbers = {group[0].values["order_number"] for group in groups}
    orders = recorded_orders(company_id=ctx.company_id, numbers=numbers)
    taken = recorded_deliveries(company_id=ctx.company_id, numbers=numbers - orders.keys())
    for group in groups:
        number = group[0].values["order_number"]
        if number in orders:
            _compare(group, orders[number], fates)
        elif number in taken:
            message = f"the delivery number {number} belongs to order {taken[number][1]}"
            fates.reject(group, "delivery.number_taken", message, "use another number")


def _compare(group: Sequence[ImportRow], order: RecordedOrder, fates: _Fates) -> None:
    customer = group[0].values["customer_number"]
    if customer != order.customer:
        message = f"order {order.number} belongs to customer {order.customer}"
        fates.reject(group, "order.other_customer", message, "use another number")
        return
    left: Counter[tuple[str, Decimal, Decimal]] = Counter(order.content)
    for row in group:
        line = (row.values["item_code"], row.values["quantity"], row.values["unit_price"])
        if left[line] > 0:
            left[line] -= 1
            fates.duplicates.add(row.number)
        else:
            message = f"order {order.number} was recorded before, without this line"
            fates.reject([row], "order.changed", message, "record it under a number of its own")


def _make_missing(
    ctx: Context, frame: Frame, rows: Sequence[ImportRow], fates: _Fates
) -> tuple[dict[str, int], int]:
    """Customers and items of rows that may bring them; other rows that lack them are rejected."""
    conflicts = _reject_unknown(ctx, rows, fates)
    bringing = [row for row in fates.open(rows) if row.values.get("create_missing") == "yes"]
    names: dict[str, tuple[str, str]] = {}
    items: dict[str, str] = {}
    for row in bringing:
        values = row.values
        number = values["customer_number"]
        name = values.get("customer_name") or f"Customer {number}"
        names.setdefault(number, (name[:200], country_code(values.get("country") or "") or ""))
        items.setdefault(values["item_code"], "")
        items[values["item_code"]] = items[values["item_code"]] or (values.get("description") or "")
    customers = items_made = 0
    if names:
        _, customers = ensure_customers(ctx=ctx, names=names, import_run_id=frame.run_id)
        shortened = {code: name[:250] for code, name in items.items()}
        _, items_made = ensure_items(ctx=ctx, names=shortened, import_run_id=frame.run_id)
    return {"customers": customers, "items": items_made}, conflicts


def _reject_unknown(ctx: Context, rows: Sequence[ImportRow], fates: _Fates) -> int:
    """Reject rows whose customer or item is neither there nor can be made. Returns how many
    customers the file puts into more than one country (the first one counts)."""
    company = ctx.company_id
    customers = masterdata.customers_by_number(
        company_id=company, numbers={row.values["customer_number"] for row in rows}
    )
    items = masterdata.items_by_code(
        company_id=company, codes={row.values["item_code"] for row in rows}
    )
    countries: dict[str, set[str]] = {}
    for row in rows:
        number, code = row.values["customer_number"], row.values["item_code"]
        may_make = row.values.get("create_missing") == "yes"
        country = country_code(row.values.get("country") or "")
        if number not in customers and not may_make:
            message = f"there is no customer {number!r}"
            fates.reject([row], "customer.unknown", message, "save the customer first")
        elif number not in customers and country is None:
            named = row.values.get("country") or ""
            why = f"{named!r} is no country" if named else "the row names no country"
            message = f"there is no customer {number!r}, and {why} to make one in"
            fix = "write the country's English name or its two letters, or save the customer first"
            fates.reject([row], "customer.country", message, fix)
        elif code not in items and not may_make:
            fates.reject([row], "item.unknown", f"there is no item {code!r}", "save the item first")
        if number not in customers and country is not None:
            countries.setdefault(number, set()).add(country)
    return sum(1 for named in countries.values() if len(named) > 1)


def _settled(
    groups: Sequence[list[ImportRow]], outcome: Outcome, fates: _Fates
) -> Iterator[list[ImportRow]]:
    """The groups that a command recorded; the rows of the others get its reason."""
    for group, result in zip(groups, outcome.items, strict=True):
        if result.state is ItemState.DONE:
            yield group
        else:
            faults = result.faults
            message = "; ".join(fault.message for fault in faults)
            fates.reject(group, faults[0].code, message, faults[0].fix)


def _order(group: Sequence[ImportRow]) -> OrderData:
    head = group[0].values
    return OrderData(
        number=head["order_number"],
        customer=head["customer_number"],
        ordered_on=head["ordered_on"],
        currency=head.get("currency") or "",
        source=head.get("source") or "file",
        **BuyerReferences.of(head)._asdict(),
        deliver_to=Place.of(head),
        lines=tuple(
            OrderLineData(
                item_code=row.values["item_code"],
                quantity=row.values["quantity"],
                unit_price=row.values["unit_price"],
                description=row.values.get("description") or "",
                unit=row.values.get("unit") or "",
                tax_code=row.values.get("tax_code") or "",
                buyer_line=row.values.get("buyer_line") or "",
                buyer_accounting=row.values.get("line_buyer_accounting") or "",
            )
            for row in group
        ),
    )


def _delivery(group: Sequence[ImportRow]) -> DeliveryData:
    head = group[0].values
    return DeliveryData(
        number=head["order_number"],
        order_number=head["order_number"],
        delivered_on=head["ordered_on"],
        position=group[0].number,
    )


def _return(group: Sequence[ImportRow]) -> ReturnData:
    head = group[0].values
    return ReturnData(
        number=head["order_number"],
        customer=head["customer_number"],
        returned_on=head["ordered_on"],
        currency=head.get("currency") or "",
        source=head.get("source") or "file",
        position=group[0].number,
        references=BuyerReferences.of(head),
        deliver_to=Place.of(head),
        lines=tuple(
            ReturnLineData(
                item_code=row.values["item_code"],
                quantity=-row.values["quantity"],
                unit_price=row.values["unit_price"],
                description=row.values.get("description") or "",
                buyer_accounting=row.values.get("line_buyer_accounting") or "",
            )
            for row in group
        ),
    )


def _commit_deliveries(ctx: Context, frame: Frame, rows: Sequence[ImportRow]) -> Committed:
    """Rows of one delivery number are one delivery; without line and quantity, all that is left."""
    fates = _Fates()
    heads: dict[str, tuple[str, date, Place]] = {}
    for row in rows:
        values = row.values
        number = values["delivery_number"]
        head = (values["order_number"], values["delivered_on"], Place.of(values))
        first = heads.setdefault(number, head)
        if head != first:
            where = f" to {first[2]}" if head[2] != first[2] else ""
            message = f"delivery {number} is of order {first[0]} on {first[1]}{where} in an"
            message = f"{message} earlier row"
            fates.reject([row], "delivery.rows_differ", message, "give it a number of its own")
        elif (values.get("line_no") is None) != (values.get("quantity") is None):
            message = "order line and quantity are given together, or both left empty"
            fates.reject([row], "delivery.line", message)
        elif values.get("line_no") is not None and values["line_no"] != int(values["line_no"]):
            fates.reject([row], "delivery.line", "the order line is a whole number")
    groups: dict[str, list[ImportRow]] = {}
    for row in fates.open(rows):
        groups.setdefault(row.values["delivery_number"], []).append(row)
    listed = list(groups.values())
    outcome = deliver(
        ctx=ctx, items=[_delivery_of(group) for group in listed], import_run_id=frame.run_id
    )
    for group, result in zip(listed, outcome.items, strict=True):
        if result.state is ItemState.DUPLICATE:
            fates.duplicates.update(row.number for row in group)
    done = [result for result in outcome.items if result.state is not ItemState.DUPLICATE]
    rest = [group for group in listed if group[0].number not in fates.duplicates]
    list(_settled(rest, Outcome(tuple(done)), fates))
    created = {
        "deliveries": outcome.figures["deliveries"],
        "delivery_lines": outcome.figures["lines"],
    }
    return Committed(created, frozenset(fates.duplicates), fates.rejected)


def _delivery_of(group: Sequence[ImportRow]) -> DeliveryData:
    head = group[0].values
    return DeliveryData(
        number=head["delivery_number"],
        order_number=head["order_number"],
        delivered_on=head["delivered_on"],
        position=group[0].number,
        deliver_to=Place.of(head),
        lines=tuple(
            DeliveredLine(line_no=int(row.values["line_no"]), quantity=row.values["quantity"])
            for row in group
            if row.values.get("line_no") is not None
        ),
    )


ORDERS = Kind("orders", "Orders", _ORDER_COLUMNS, _commit_orders, undo_orders, "orders.record")
DELIVERIES = Kind(
    "deliveries",
    "Deliveries",
    _DELIVERY_COLUMNS,
    _commit_deliveries,
    undo_deliveries,
    "orders.deliver",
)
