"""Orders delivered in full, three lines each, loaded by COPY: the input of a billing run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.database.copy import copy_rows, execute
from acquit.stages.orders.models import Delivery, DeliveryLine, Order, OrderLine, Unbilled
from benchmarks.company import customers

LINES = 3
PER_CUSTOMER = 10
_BLOCK = 20_000


def load(
    ctx: Context, count: int, *, seed: int = 7, start: int = 0, buyers: Sequence[UUID] = ()
) -> Decimal:
    """``count`` deliveries, numbered from ``start``, to new customers where none are given; the
    exact sum of quantity times price, each line rounded to cents."""
    draw = random.Random(seed)
    buyers = buyers or customers(ctx, max(1, count // PER_CUSTOMER))
    net, end = Decimal(0), start + count
    for first in range(start, end, _BLOCK):
        net += _block(ctx, range(first, min(first + _BLOCK, end)), buyers, draw)
    for model in (Order, OrderLine, Delivery, DeliveryLine, Unbilled):
        execute(f'ANALYZE "{model._meta.db_table}"')
    return net


def _block(ctx: Context, numbers: range, buyers: Sequence[UUID], draw: random.Random) -> Decimal:
    orders, deliveries = ctx.ids.many(len(numbers)), ctx.ids.many(len(numbers))
    own, created = ctx.company_id, ctx.now
    buyer = [buyers[n % len(buyers)] for n in numbers]
    days = [ctx.today - timedelta(days=n % 28) for n in numbers]
    copy_rows(
        Order,
        "id company_id number customer_id ordered_on currency source purchase_order project"
        " contract buyer_accounting created_at".split(),
        (
            (id, own, f"O{n:07}", who, day, "EUR", "web", f"PO-{n}", "", "", "", created)
            for id, n, who, day in zip(orders, numbers, buyer, days, strict=True)
        ),
    )
    copy_rows(
        Delivery,
        "id company_id number order_id customer_id kind delivered_on position created_at".split(),
        (
            (id, own, f"D{n:07}", order, who, "delivery", day, 0, created)
            for id, order, n, who, day in zip(deliveries, orders, numbers, buyer, days, strict=True)
        ),
    )
    ids = ctx.ids.many(len(numbers) * LINES)
    rows = list(_order_lines(own, orders, ids, draw))
    copy_rows(
        OrderLine,
        "id company_id order_id line_no item_code description quantity unit unit_price tax_code"
        " buyer_line buyer_accounting".split(),
        rows,
    )
    line_ids = ctx.ids.many(len(ids))
    copy_rows(
        DeliveryLine,
        "id company_id delivery_id order_line_id customer_id quantity".split(),
        (
            (id, own, deliveries[n // LINES], row[0], buyer[n // LINES], row[6])
            for n, (id, row) in enumerate(zip(line_ids, rows, strict=True))
        ),
    )
    return sum((round(row[6] * row[8], 2) for row in rows), Decimal(0))


def _order_lines(
    company: UUID, orders: Sequence[UUID], ids: Sequence[UUID], draw: random.Random
) -> Iterator[tuple[Any, ...]]:
    for n, id in enumerate(ids):
        item = draw.randrange(500)
        quantity = Decimal(draw.randrange(1, 40))
        # Prices of whole cents, so that the sum of the input is exact whatever the rounding.
        price = Decimal(draw.randrange(100, 99_999)).scaleb(-2)
        text = f"Artikel {item}, Ausführung {item % 7}"
        place = (id, company, orders[n // LINES], n % LINES + 1)
        yield (*place, f"A-{item:04}", text, quantity, "C62", price, "", "", "")
