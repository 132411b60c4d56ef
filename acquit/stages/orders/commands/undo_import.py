"""Take back the orders and deliveries of an import, as long as nothing was made of them."""

from __future__ import annotations

from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.intake.undo import BY_RUN, CannotUndo, Made, take_back
from acquit.stages.masterdata.models import Customer, Item
from acquit.stages.orders.facts import ImportUndone
from acquit.stages.orders.models import BILLING, Delivery, DeliveryLine, Order, OrderLine

_OF_DELIVERY = (
    "t.delivery_id IN (SELECT d.id FROM orders_delivery d"
    " WHERE d.company_id = %(company)s AND d.import_run_id = %(run)s)"
)
_OF_ORDER = (
    "t.order_id IN (SELECT o.id FROM orders_order o"
    " WHERE o.company_id = %(company)s AND o.import_run_id = %(run)s)"
)
_DELIVERY_PARTS = [
    Made(DeliveryLine, _OF_DELIVERY, "delivered lines"),
    Made(Delivery, BY_RUN, "deliveries"),
]
_ORDER_PARTS = [
    *_DELIVERY_PARTS,
    Made(OrderLine, _OF_ORDER, "order lines"),
    Made(Order, BY_RUN, "orders"),
    Made(Item, BY_RUN, "items"),
    Made(Customer, BY_RUN, "customers"),
]


def undo_orders(ctx: Context, run_id: UUID) -> dict[str, int]:
    """Delete what the import made, placeholders included; CannotUndo names what depends on it."""
    _refuse_billed(ctx, run_id)
    _refuse_used_items(ctx, run_id)
    return _removed(ctx, run_id, _ORDER_PARTS)


def undo_deliveries(ctx: Context, run_id: UUID) -> dict[str, int]:
    """Delete the deliveries of the import; their orders are outstanding again."""
    _refuse_billed(ctx, run_id)
    return _removed(ctx, run_id, _DELIVERY_PARTS)


def _removed(ctx: Context, run_id: UUID, parts: list[Made]) -> dict[str, int]:
    removed = take_back(company_id=ctx.company_id, run_id=run_id, made=parts)
    fact = ImportUndone(
        subject_id=run_id,
        effective_on=ctx.today,
        orders=removed.get("orders", 0),
        lines=removed["delivered lines"],
    )
    unit.record(ctx, [fact])
    return removed


def _refuse_billed(ctx: Context, run_id: UUID) -> None:
    """Drafts hold their delivered lines by state, not by reference: the state is asked, and the
    lines stay locked until they are deleted."""
    rows = fetch_rows(
        "SELECT u.billing FROM orders_delivery d JOIN orders_delivery_line l"
        "  ON (l.company_id, l.delivery_id) = (d.company_id, d.id)"
        " LEFT JOIN LATERAL (SELECT billing FROM orders_unbilled"
        "  WHERE company_id = l.company_id AND id = l.id FOR UPDATE) u ON true"
        " WHERE d.company_id = %s AND d.import_run_id = %s",
        [ctx.company_id, run_id],
    )
    claimed = sum(1 for (billing,) in rows if billing != BILLING.initial)
    if claimed:
        lines = (
            "delivered line of this import stands"
            if claimed == 1
            else "delivered lines of this import stand"
        )
        message = f"{claimed} {lines} on drafts or documents"
        fix = "discard the drafts; what has a number is corrected by a credit note"
        raise CannotUndo.because("import.billed", message, fix=fix)


def _refuse_used_items(ctx: Context, run_id: UUID) -> None:
    """Order lines name items by code, so other orders that use an item are asked for."""
    rows = fetch_rows(
        "SELECT DISTINCT i.code FROM masterdata_item i JOIN orders_line l"
        " ON l.company_id = i.company_id AND l.item_code = i.code"
        " JOIN orders_order o ON (o.company_id, o.id) = (l.company_id, l.order_id)"
        " WHERE i.company_id = %(company)s AND i.import_run_id = %(run)s"
        " AND o.import_run_id IS DISTINCT FROM %(run)s ORDER BY i.code",
        {"company": ctx.company_id, "run": run_id},
    )
    if rows:
        shown = ", ".join(code for (code,) in rows[:5])
        message = f"other orders use {len(rows)} items of this import ({shown}, ...)"
        raise CannotUndo.because("import.items_used", message, fix="undo those imports first")
