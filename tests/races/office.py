"""A company in which several people work at the same moment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from acquit.core.ids import IdSource
from acquit.stages.insight import verify
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.orders.commands.deliver import DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from acquit.stages.receivables.models import OpenItem
from tests.support.world import World, new_world

ROUNDS = int(os.environ.get("ACQUIT_ROUNDS", "10"))


@dataclass
class Office:
    """A company in which several people work; ``hand(n)`` is one of them, with ids of its own."""

    world: World
    customer_id: UUID
    count: int = 0

    @property
    def company_id(self) -> UUID:
        return self.world.company_id

    def hand(self) -> World:
        self.count += 1
        now = datetime.combine(self.world.today, datetime.min.time(), UTC)
        ids = IdSource.seeded(instant=now, seed=f"{self.world.company_id} {self.count}")
        return World(self.world.company_id, ids, self.world.today, self.world.actor)

    def delivered(self, *prices: str) -> None:
        """One order with one delivery for each price."""
        for price in prices:
            self.count += 1
            ctx = self.hand().ctx()
            line = OrderLineData(item_code="A", quantity=Decimal(1), unit_price=Decimal(price))
            order = OrderData(
                number=f"O{self.count}", customer="C1", ordered_on=ctx.today, lines=(line,)
            )
            record_orders(ctx=ctx, items=[order]).or_refuse()
            goods = DeliveryData(
                number=f"D{self.count}", order_number=order.number, delivered_on=ctx.today
            )
            deliver(ctx=ctx, items=[goods]).or_refuse()

    def item(self, **which: object) -> OpenItem:
        found: OpenItem = OpenItem.objects.of(self.company_id).get(**which)
        return found

    def is_sound(self) -> None:
        answer = verify.run(company_id=self.company_id, now=self.world.ctx().now)
        assert answer["broken"] == []


def new_office(name: str) -> Office:
    world = new_world(seed=name, slug=name)
    ctx = world.ctx()
    ada = CustomerData(
        number="C1",
        name="Ada GmbH",
        country="DE",
        street="Weg 1",
        city="Ort",
        postcode="10115",
        email="ada@kunde.example",
    )
    (customer_id,) = save_customers(ctx=ctx, items=[ada]).or_refuse().ids
    save_items(ctx=ctx, items=[ItemData(code="A", name="Apfel")]).or_refuse()
    return Office(world, customer_id)
