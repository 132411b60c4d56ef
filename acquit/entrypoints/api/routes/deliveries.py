"""Deliveries and returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from acquit.entrypoints.api.operation import Frame, Routes
from acquit.entrypoints.api.routes.orders import PlaceIn
from acquit.entrypoints.api.schemas import Batch, Day, Line, OutcomeOut, QuantityText, Strict, Word
from acquit.stages.orders.commands.deliver import DeliveredLine, DeliveryData, deliver
from acquit.stages.orders.commands.return_goods import ReturnData, ReturnLineData, return_goods

routes = Routes("deliveries")


class DeliveredLineIn(Strict):
    """A quantity of the order's line ``line_no`` (1 is the first)."""

    line_no: Annotated[int, Field(ge=1, le=100_000)]
    quantity: QuantityText


class DeliveryIn(Strict):
    """Without lines everything of the order that is still outstanding is delivered; ``deliver_to``
    goes before the order's place."""

    number: Word
    order_number: Word
    delivered_on: Day
    lines: Annotated[list[DeliveredLineIn], Field(max_length=10000)] = []
    deliver_to: PlaceIn = PlaceIn()

    def item(self) -> DeliveryData:
        lines = tuple(
            DeliveredLine(line_no=line.line_no, quantity=Decimal(line.quantity))
            for line in self.lines
        )
        return DeliveryData(
            number=self.number,
            order_number=self.order_number,
            delivered_on=self.delivered_on,
            lines=lines,
            deliver_to=self.deliver_to.place(),
        )


class ReturnLineIn(Strict):
    """Without a price the original's counts; without an original a price is needed."""

    item_code: Word
    quantity: QuantityText
    unit_price: QuantityText | None = None
    description: Line = ""


class ReturnIn(Strict):
    """``customer`` is the customer's number. The lines taken back are looked for among what was
    delivered to him."""

    number: Word
    customer: Word
    returned_on: Day
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=10000)]
    currency: Line = ""

    def item(self) -> ReturnData:
        lines = tuple(
            ReturnLineData(
                item_code=line.item_code,
                quantity=Decimal(line.quantity),
                unit_price=None if line.unit_price is None else Decimal(line.unit_price),
                description=line.description,
            )
            for line in self.lines
        )
        return ReturnData(
            number=self.number,
            customer=self.customer,
            returned_on=self.returned_on,
            lines=lines,
            currency=self.currency,
        )


@routes.post("/deliveries", "orders.deliver")
def record_deliveries(frame: Frame, body: Batch[DeliveryIn]) -> OutcomeOut:
    """Record deliveries by number; the same number for the same order again is a duplicate."""
    outcome = deliver(ctx=frame.ctx, items=[item.item() for item in body.items])
    return OutcomeOut.of(outcome, kind="delivery")


@routes.post("/returns", "orders.return")
def record_returns(frame: Frame, body: Batch[ReturnIn]) -> OutcomeOut:
    """Record returns by number; each is billed as a credit note over the lines it takes back."""
    outcome = return_goods(ctx=frame.ctx, items=[item.item() for item in body.items])
    return OutcomeOut.of(outcome, kind="delivery")
