"""Reading orders and deliveries: what is recorded, what is outstanding, what is to be billed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, within_days
from acquit.stages.orders.rules.places import NOWHERE, Place
from acquit.stages.orders.rules.returns import Moment, Original


class UnbilledLine(NamedTuple):
    """A delivered line that no document claims. ``quantity`` is negative when goods came back;
    ``returns_id`` is then the delivered line taken back, None where it is not known."""

    id: UUID
    customer_id: UUID
    delivery_id: UUID
    delivery_number: str
    kind: str  # delivery, return
    delivered_on: date
    order_id: UUID
    order_number: str
    ordered_on: date
    source: str
    purchase_order: str
    currency: str
    line_no: int
    item_code: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    tax_code: str
    buyer_line: str
    returns_id: UUID | None


class UnbilledSum(NamedTuple):
    """What a customer has waiting in one currency; ``net`` is quantity x price, unrounded."""

    customer_id: UUID
    currency: str
    deliveries: int
    lines: int
    net: Decimal
    oldest: date


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """An order that is there; ``kind`` is return when it takes goods back (then its quantities
    are negative), else delivery."""

    id: UUID
    number: str
    customer: str
    currency: str
    kind: str
    content: Counter[tuple[str, Decimal, Decimal]]  # (item code, quantity, unit price)


@dataclass(frozen=True, slots=True)
class OutstandingOrder:
    """What of an order has not been delivered, by line number."""

    id: UUID
    number: str
    customer_id: UUID
    goes_elsewhere: bool
    home: Place  # the customer's own address
    line_ids: dict[int, UUID]
    outstanding: dict[int, Decimal]


class HandedOver(NamedTuple):
    """A line of a delivery, as the order names it."""

    line_no: int
    item_code: str
    description: str
    quantity: Decimal
    unit: str
    buyer_line: str


class DeliveryView(NamedTuple):
    """A delivery or return (``kind``) of one order."""

    id: UUID
    number: str
    kind: str
    delivered_on: date
    customer_id: UUID
    order_number: str
    purchase_order: str
    deliver_to: Place
    lines: tuple[HandedOver, ...]


class DeliveryRow(NamedTuple):
    """A delivery or return in the list: how many lines, and what of them no document claims
    (``open``) or a draft holds (``drafted``)."""

    id: UUID
    number: str
    kind: str
    delivered_on: date
    customer_id: UUID
    customer_number: str
    customer_name: str
    order_number: str
    purchase_order: str
    lines: int
    open: int
    drafted: int

    @property
    def state(self) -> str:
        """``open`` while a line waits to be billed, then ``drafted``, then ``billed``."""
        return "open" if self.open else "drafted" if self.drafted else "billed"


_LINES = (
    "FROM orders_delivery_line l LEFT JOIN orders_unbilled u"
    " ON u.company_id = l.company_id AND u.id = l.id"
    " WHERE l.company_id = d.company_id AND l.delivery_id = d.id"
)
DELIVERIES = Listing(
    columns="d.id, d.number, d.kind, d.delivered_on, c.id, c.number, c.name, o.number,"
    " o.purchase_order, n.lines, n.open, n.drafted",
    source="FROM orders_delivery d"
    " JOIN orders_order o ON o.company_id = d.company_id AND o.id = d.order_id"
    " JOIN masterdata_customer c ON c.company_id = d.company_id AND c.id = d.customer_id"
    " CROSS JOIN LATERAL (SELECT count(*) AS lines, count(*) FILTER (WHERE u.billing = 'open')"
    f" AS open, count(*) FILTER (WHERE u.billing = 'drafted') AS drafted {_LINES}) n"
    " WHERE d.company_id = %(company)s",
    newest=("d.delivered_on", "d.id"),
    make=DeliveryRow,
    conditions={
        "q": "(d.number ILIKE %(like)s OR o.number ILIKE %(like)s"
        " OR o.purchase_order ILIKE %(like)s OR c.name ILIKE %(like)s OR c.number ILIKE %(like)s)",
        "state": {
            "open": "n.open > 0",
            "drafted": "n.open = 0 AND n.drafted > 0",
            "billed": "n.open = 0 AND n.drafted = 0",
        },
        "kind": "d.kind = %(kind)s",
        "customer": "d.customer_id = %(customer)s",
        **within_days("d.delivered_on"),
    },
)


class OrderView(NamedTuple):
    """A line of the order list; ``net`` is quantity x price in major units, unrounded."""

    id: UUID
    number: str
    ordered_on: date
    customer_id: UUID
    customer_number: str
    customer_name: str
    source: str
    purchase_order: str
    project: str
    contract: str
    buyer_accounting: str
    currency: str
    lines: int
    net: Decimal
    unbilled: int  # delivered lines that no document claims
    deliver_to: Place


@dataclass(frozen=True, slots=True)
class Page:
    """A page of orders; ``after`` asks for the next one, None when this is the last."""

    rows: tuple[OrderView, ...]
    after: tuple[date, UUID] | None


def orders(
    *,
    company_id: UUID,
    search: str = "",
    customer_id: UUID | None = None,
    limit: int = 50,
    after: tuple[date, UUID] | None = None,
) -> Page:
    """A page of orders, newest first. ``search`` finds parts of order number, purchase order,
    project, contract and customer name; ``after`` is the cursor of the page before."""
    day, last = after or (None, None)
    rows = fetch_rows(
        "SELECT o.id, o.number, o.ordered_on, c.id, c.number, c.name, o.source,"
        " o.purchase_order, o.project, o.contract, o.buyer_accounting, o.currency, n.lines, n.net,"
        " u.unbilled, o.deliver_to"
        " FROM orders_order o JOIN masterdata_customer c"
        "  ON (c.company_id, c.id) = (o.company_id, o.customer_id)"
        " CROSS JOIN LATERAL (SELECT count(*) lines, coalesce(sum(quantity * unit_price), 0) net"
        "  FROM orders_line l WHERE (l.company_id, l.order_id) = (o.company_id, o.id)) n"
        " CROSS JOIN LATERAL (SELECT count(*) unbilled FROM orders_line l"
        "  JOIN orders_delivery_line d ON (d.company_id, d.order_line_id) = (l.company_id, l.id)"
        "  JOIN orders_unbilled n ON (n.company_id, n.id) = (d.company_id, d.id)"
        "  WHERE (l.company_id, l.order_id) = (o.company_id, o.id) AND n.billing = 'open') u"
        " WHERE o.company_id = %(company)s"
        " AND (%(customer)s::uuid IS NULL OR o.customer_id = %(customer)s)"
        " AND (%(day)s::date IS NULL OR (o.ordered_on, o.id) < (%(day)s, %(last)s::uuid))"
        " AND (%(search)s = '' OR strpos(lower(o.number), lower(%(search)s)) > 0"
        "  OR strpos(lower(o.purchase_order), lower(%(search)s)) > 0"
        "  OR strpos(lower(o.project), lower(%(search)s)) > 0"
        "  OR strpos(lower(o.contract), lower(%(search)s)) > 0"
        "  OR strpos(lower(c.name), lower(%(search)s)) > 0)"
        " ORDER BY o.ordered_on DESC, o.id DESC LIMIT %(limit)s",
        {
            "company": company_id,
            "customer": customer_id,
            "day": day,
            "last": last,
            "search": search,
            "limit": limit + 1,
        },
    )
    found = tuple(OrderView(*row[:-1], deliver_to=_place(row[-1])) for row in rows)
    more = (found[limit - 1].ordered_on, found[limit - 1].id) if len(found) > limit else None
    return Page(found[:limit], more)


def unbilled_sums(*, company_id: UUID, as_of: date) -> list[UnbilledSum]:
    """What waits to be billed, by customer and currency, the oldest first."""
    rows = fetch_rows(
        "SELECT dl.customer_id, o.currency, count(DISTINCT d.id), count(*),"
        " sum(dl.quantity * ol.unit_price), min(d.delivered_on)"
        f" {_UNBILLED_FROM} WHERE u.company_id = %s AND u.billing = 'open'"
        " AND d.delivered_on <= %s GROUP BY 1, 2 ORDER BY 6, 1, 2",
        [company_id, as_of],
    )
    return list(map(UnbilledSum._make, rows))


_UNBILLED_FROM = (
    "FROM orders_unbilled u"
    " JOIN orders_delivery_line dl ON (dl.company_id, dl.id) = (u.company_id, u.id)"
    " JOIN orders_delivery d ON (d.company_id, d.id) = (dl.company_id, dl.delivery_id)"
    " JOIN orders_line ol ON (ol.company_id, ol.id) = (dl.company_id, dl.order_line_id)"
    " JOIN orders_order o ON (o.company_id, o.id) = (ol.company_id, ol.order_id)"
)


def unbilled(
    *,
    company_id: UUID,
    as_of: date,
    customer_ids: Sequence[UUID] | None = None,
    limit_lines: int | None = None,
) -> list[UnbilledLine]:
    """Delivered lines to bill, whole customers together, by customer, day, delivery and line.

    ``limit_lines`` bounds the answer for runs in chunks: as many whole customers as fit, at least
    one; call again after billing them. Two queries at most.
    """
    chosen = None if customer_ids is None else list(customer_ids)
    if limit_lines is not None:
        chosen = _customers_within(company_id, as_of, chosen, limit_lines)
    rows = fetch_rows(
        "SELECT dl.id, dl.customer_id, d.id, d.number, d.kind, d.delivered_on, o.id, o.number,"
        " o.ordered_on, o.source, o.purchase_order, o.currency, ol.line_no, ol.item_code,"
        " ol.description, dl.quantity, ol.unit, ol.unit_price, ol.tax_code, ol.buyer_line,"
        f" dl.returns_id {_UNBILLED_FROM} WHERE u.company_id = %(company)s"
        " AND u.billing = 'open' AND d.delivered_on <= %(as_of)s"
        " AND (%(chosen)s::uuid[] IS NULL OR u.customer_id = ANY(%(chosen)s))"
        " ORDER BY dl.customer_id, d.delivered_on, d.created_at, d.position, d.number,"
        " ol.line_no, dl.id",
        {"company": company_id, "as_of": as_of, "chosen": chosen},
    )
    return list(map(UnbilledLine._make, rows))


def _customers_within(
    company_id: UUID, as_of: date, chosen: list[UUID] | None, limit_lines: int
) -> list[UUID]:
    rows = fetch_rows(
        "SELECT customer_id FROM ("
        " SELECT customer_id, sum(lines) OVER (ORDER BY customer_id) - lines AS before, lines"
        " FROM (SELECT u.customer_id, count(*) AS lines FROM orders_unbilled u"
        "  JOIN orders_delivery_line dl ON (dl.company_id, dl.id) = (u.company_id, u.id)"
        "  JOIN orders_delivery d ON (d.company_id, d.id) = (dl.company_id, dl.delivery_id)"
        "  WHERE u.company_id = %(company)s AND u.billing = 'open'"
        "  AND d.delivered_on <= %(as_of)s"
        "  AND (%(chosen)s::uuid[] IS NULL OR u.customer_id = ANY(%(chosen)s))"
        "  GROUP BY u.customer_id) counted) running"
        " WHERE before = 0 OR before + lines <= %(limit)s",
        {"company": company_id, "as_of": as_of, "chosen": chosen, "limit": limit_lines},
    )
    return [row[0] for row in rows]


def recorded_orders(*, company_id: UUID, numbers: Iterable[str]) -> dict[str, RecordedOrder]:
    """The orders there are among these numbers, with their content. Two queries."""
    wanted = list(numbers)
    found = {
        id: RecordedOrder(id, number, customer, currency, kind, Counter())
        for id, number, customer, currency, kind in fetch_rows(
            "SELECT o.id, o.number, c.number, o.currency,"
            " CASE WHEN EXISTS (SELECT FROM orders_line l WHERE l.company_id = o.company_id"
            "  AND l.order_id = o.id AND l.quantity < 0) THEN 'return' ELSE 'delivery' END"
            " FROM orders_order o JOIN masterdata_customer c"
            "  ON (c.company_id, c.id) = (o.company_id, o.customer_id)"
            " WHERE o.company_id = %s AND o.number = ANY(%s)",
            [company_id, wanted],
        )
    }
    if found:
        for order_id, code, quantity, price in fetch_rows(
            "SELECT order_id, item_code, quantity, unit_price FROM orders_line"
            " WHERE company_id = %s AND order_id = ANY(%s)",
            [company_id, list(found)],
        ):
            found[order_id].content[code, quantity, price] += 1
    return {order.number: order for order in found.values()}


def recorded_deliveries(*, company_id: UUID, numbers: Iterable[str]) -> dict[str, tuple[UUID, str]]:
    """Delivery number -> (its id, the number of its order)."""
    rows = fetch_rows(
        "SELECT d.number, d.id, o.number FROM orders_delivery d JOIN orders_order o"
        " ON (o.company_id, o.id) = (d.company_id, d.order_id)"
        " WHERE d.company_id = %s AND d.number = ANY(%s)",
        [company_id, list(numbers)],
    )
    return {number: (id, order) for number, id, order in rows}


def delivery(*, company_id: UUID, number: str) -> DeliveryView | None:
    """A delivery with its lines in the order of the order's; None where there is none. One query;
    what came back is negative."""
    rows = fetch_rows(
        "SELECT d.id, d.number, d.kind, d.delivered_on, d.customer_id, o.number, o.purchase_order,"
        " coalesce(d.deliver_to, o.deliver_to), l.line_no, l.item_code, l.description, n.quantity,"
        " l.unit, l.buyer_line"
        " FROM orders_delivery d"
        " JOIN orders_order o ON (o.company_id, o.id) = (d.company_id, d.order_id)"
        " JOIN orders_delivery_line n ON (n.company_id, n.delivery_id) = (d.company_id, d.id)"
        " JOIN orders_line l ON (l.company_id, l.id) = (n.company_id, n.order_line_id)"
        " WHERE d.company_id = %s AND d.number = %s ORDER BY l.line_no, n.id",
        [company_id, number],
    )
    if not rows:
        return None
    lines = tuple(HandedOver(*row[8:]) for row in rows)
    return DeliveryView(*rows[0][:7], deliver_to=_place(rows[0][7]), lines=lines)


def _place(kept: str | None) -> Place:
    return Place.of(json.loads(kept)) if kept else NOWHERE


def outstanding_orders(*, company_id: UUID, numbers: Iterable[str]) -> dict[str, OutstandingOrder]:
    """What is left to deliver of these orders. One query."""
    rows = fetch_rows(
        "SELECT o.id, o.number, o.customer_id, o.deliver_to IS NOT NULL,"
        " c.name, '', c.street, '', c.postcode, c.city, c.region, c.country, l.line_no, l.id,"
        " l.quantity - coalesce(sum(d.quantity), 0)"
        " FROM orders_order o"
        " JOIN masterdata_customer c ON (c.company_id, c.id) = (o.company_id, o.customer_id)"
        " JOIN orders_line l ON (l.company_id, l.order_id) = (o.company_id, o.id)"
        " LEFT JOIN orders_delivery_line d ON d.company_id = l.company_id"
        "  AND d.order_line_id = l.id"
        " WHERE o.company_id = %s AND o.number = ANY(%s)"
        " GROUP BY o.company_id, o.id, c.company_id, c.id, l.line_no, l.id, l.quantity"
        " ORDER BY o.number, l.line_no",
        [company_id, list(numbers)],
    )
    found: dict[str, OutstandingOrder] = {}
    for row in rows:
        line_no, line_id, left = row[12:]
        order = found.get(row[1])
        if order is None:
            order = found[row[1]] = OutstandingOrder(
                *row[:4], home=Place(*row[4:12]), line_ids={}, outstanding={}
            )
        order.line_ids[line_no] = line_id
        order.outstanding[line_no] = left
    return found


def originals_of(
    *, company_id: UUID, pairs: Iterable[tuple[UUID, str]], import_run_id: UUID | None
) -> list[Original]:
    """Delivered lines of these customers and articles that have not come back in full.

    What was recorded before this import stands before everything in it, in its own order.
    """
    wanted = list(pairs)
    rows = fetch_rows(
        "SELECT dl.id, dl.customer_id, ol.item_code, o.currency, d.delivered_on, ol.line_no,"
        " ol.unit_price, ol.tax_code, dl.quantity + coalesce(back.quantity, 0),"
        " CASE WHEN d.import_run_id = %(run)s THEN d.position END"
        " FROM unnest(%(customers)s::uuid[], %(codes)s::text[]) AS w(customer_id, item_code)"
        " JOIN orders_order o ON o.company_id = %(company)s AND o.customer_id = w.customer_id"
        " JOIN orders_line ol ON (ol.company_id, ol.order_id) = (o.company_id, o.id)"
        "  AND ol.item_code = w.item_code"
        " JOIN orders_delivery_line dl ON (dl.company_id, dl.order_line_id)"
        "  = (ol.company_id, ol.id) AND dl.quantity > 0"
        " JOIN orders_delivery d ON (d.company_id, d.id) = (dl.company_id, dl.delivery_id)"
        " LEFT JOIN LATERAL (SELECT sum(b.quantity) AS quantity FROM orders_delivery_line b"
        "  WHERE b.company_id = dl.company_id AND b.returns_id = dl.id) back ON true"
        " WHERE dl.quantity + coalesce(back.quantity, 0) > 0"
        " ORDER BY d.delivered_on, d.created_at, d.position, d.number, ol.line_no, dl.id",
        {
            "customers": [customer for customer, _ in wanted],
            "codes": [code for _, code in wanted],
            "company": company_id,
            "run": import_run_id,
        },
    )
    return [
        Original(
            id=row[0],
            customer_id=row[1],
            item_code=row[2],
            currency=row[3],
            at=Moment(row[4], index - len(rows) if row[9] is None else row[9]),
            line_no=row[5],
            unit_price=row[6],
            tax_code=row[7],
            remaining=row[8],
        )
        for index, row in enumerate(rows)
    ]


class DeliveredLine(NamedTuple):
    """A delivered line as the policies of billing are asked about it."""

    delivery_number: str
    line_no: int
    kind: str  # delivery, return
    delivered_on: date
    customer_id: UUID
    source: str
    has_purchase_order: bool
    has_project: bool
    has_contract: bool
    goes_elsewhere: bool
    item_code: str
    tax_code: str


_RECENT = """
SELECT d.number, ol.line_no, d.kind, d.delivered_on, l.customer_id, o.source,
       o.purchase_order <> '', o.project <> '', o.contract <> '',
       coalesce(d.deliver_to, o.deliver_to) IS NOT NULL, ol.item_code, ol.tax_code
FROM (SELECT company_id, id, ordered_on, source, purchase_order, project, contract, deliver_to
      FROM orders_order
      WHERE company_id = %(company)s ORDER BY ordered_on DESC, id DESC LIMIT %(limit)s) o
JOIN orders_delivery d ON d.company_id = o.company_id AND d.order_id = o.id
JOIN orders_delivery_line l ON l.company_id = d.company_id AND l.delivery_id = d.id
JOIN orders_line ol ON ol.company_id = l.company_id AND ol.id = l.order_line_id
ORDER BY o.ordered_on DESC, o.id DESC, d.number, ol.line_no LIMIT %(limit)s
"""


def recently_delivered(*, company_id: UUID, limit: int) -> list[DeliveredLine]:
    """Lines of the latest orders, billed or not; one query."""
    rows = fetch_rows(_RECENT, {"company": company_id, "limit": limit})
    return [DeliveredLine(*row) for row in rows]
