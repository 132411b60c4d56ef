"""Orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    CustomerId,
    Day,
    DecimalText,
    Limit,
    Line,
    OutcomeOut,
    Page,
    QuantityText,
    Strict,
    Word,
    number,
    public,
    uid,
)
from acquit.stages.orders import queries as orders
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.orders.queries import OrderView
from acquit.stages.orders.rules.places import Place

routes = Routes("orders")


class OrderLineIn(Strict):
    """``unit_price`` is net of tax. Empty description, unit and tax code come from the item, the
    tax code in the end from the tax policy. ``buyer_accounting`` is the line's own (BT-133)."""

    item_code: Word
    quantity: QuantityText
    unit_price: QuantityText
    description: Line = ""
    unit: Line = ""
    tax_code: Line = ""
    buyer_line: Line = ""
    buyer_accounting: Line = ""


class PlaceIn(Strict):
    """Where goods go (BG-13): ``location`` is the number of the place, such as its GLN (BT-71). An
    empty country is the customer's own."""

    name: Line = ""
    location: Line = ""
    street: Line = ""
    street_2: Line = ""
    postcode: Line = ""
    city: Line = ""
    region: Line = ""
    country: Line = ""

    def place(self) -> Place:
        return Place(**self.model_dump())


class OrderIn(Strict):
    """``customer`` is the customer's number; an empty currency is the customer's own. What the
    buyer wants to read again: ``purchase_order`` (BT-13), ``project`` (BT-11), ``contract``
    (BT-12) and ``buyer_accounting`` (BT-19), such as his cost centre. ``deliver_to`` is where all
    goes that is not delivered to his own address."""

    number: Word
    customer: Word
    ordered_on: Day
    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=10000)]
    currency: Line = ""
    source: Literal["web", "phone", "edi", "field", "file", "api"] = "api"
    purchase_order: Line = ""
    project: Line = ""
    contract: Line = ""
    buyer_accounting: Line = ""
    deliver_to: PlaceIn = PlaceIn()

    def item(self) -> OrderData:
        lines = tuple(
            OrderLineData(
                item_code=line.item_code,
                quantity=Decimal(line.quantity),
                unit_price=Decimal(line.unit_price),
                description=line.description,
                unit=line.unit,
                tax_code=line.tax_code,
                buyer_line=line.buyer_line,
                buyer_accounting=line.buyer_accounting,
            )
            for line in self.lines
        )
        return OrderData(
            number=self.number,
            customer=self.customer,
            ordered_on=self.ordered_on,
            lines=lines,
            currency=self.currency,
            source=self.source,
            purchase_order=self.purchase_order,
            project=self.project,
            contract=self.contract,
            buyer_accounting=self.buyer_accounting,
            deliver_to=self.deliver_to.place(),
        )


class PlaceOut(Strict):
    """The place of delivery; empty where goods go to the customer's own address."""

    name: str
    location: str
    street: str
    street_2: str
    postcode: str
    city: str
    region: str
    country: str


class OrderOut(Strict):
    """``net`` is quantity times price, unrounded; ``unbilled`` counts delivered lines that no
    document claims."""

    id: str
    number: str
    ordered_on: date
    customer_id: str
    customer_number: str
    customer_name: str
    source: str
    purchase_order: str
    project: str
    contract: str
    buyer_accounting: str
    currency: str
    lines: int
    net: DecimalText
    unbilled: int
    deliver_to: PlaceOut

    @classmethod
    def of(cls, view: OrderView) -> OrderOut:
        values = view._asdict()
        values |= {
            "id": public("order", view.id),
            "customer_id": public("customer", view.customer_id),
            "net": number(view.net),
            "deliver_to": PlaceOut.model_construct(**view.deliver_to._asdict()),
        }
        return cls.model_construct(**values)


@routes.get("/orders", "read.orders", Page[OrderOut])
def list_orders(
    frame: Frame,
    search: Line = "",
    customer: CustomerId | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[OrderOut]:
    """Orders, newest first.

    ``search`` finds parts of order number, purchase order, project, contract and customer name.
    """
    after = cursors.decode(cursor, date, UUID)
    page = orders.orders(
        company_id=frame.company_id,
        search=search,
        customer_id=uid("customer", customer) if customer else None,
        limit=limit,
        after=(after[0], after[1]) if after else None,
    )
    more = cursors.encode(*page.after) if page.after else None
    return Page.model_construct(items=[OrderOut.of(row) for row in page.rows], next=more)


@routes.post("/orders", "orders.record")
def record_order_batch(frame: Frame, body: Batch[OrderIn]) -> OutcomeOut:
    """Record orders by number.

    The same order again is a duplicate; the same number with another content is refused.
    """
    outcome = record_orders(ctx=frame.ctx, items=[item.item() for item in body.items])
    return OutcomeOut.of(outcome, kind="order")
