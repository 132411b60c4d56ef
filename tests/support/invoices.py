"""Customers, orders and deliveries for tests of billing, written straight into the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from acquit.stages.insight import verify
from acquit.stages.masterdata.models import Customer, ExchangeRate
from acquit.stages.orders.models import Delivery, DeliveryLine, Order, OrderLine
from acquit.stages.orders.rules.places import NOWHERE, Place
from acquit.stages.orders.rules.references import UNSAID, BuyerReferences
from tests.support.world import World


@dataclass(frozen=True)
class Sold:
    """One order line: what, how much, at what price, with which tax code."""

    quantity: str = "1"
    price: str = "100.00"
    item: str = "A-1"
    tax_code: str = ""
    unit: str = "C62"


def customer(world: World, number: str = "C-1", **more: object) -> Customer:
    values: dict[str, object] = {
        "name": f"Kunde {number}",
        "country": "DE",
        "street": "Marktplatz 2",
        "city": "Hamburg",
        "postcode": "20095",
        "email": f"{number.lower()}@kunde.example",
        "locale": "de_DE",
        "currency": "EUR",
        "terms": "NET30",
    }
    now = world.ctx().now
    return Customer.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        number=number,
        created_at=now,
        updated_at=now,
        **{**values, **more},
    )


def deliver(
    world: World,
    buyer: Customer,
    lines: Sequence[Sold] = (Sold(),),
    *,
    number: str = "",
    on: date | None = None,
    returns: Sequence[UUID | None] = (),
    purchase_order: str = "",
    references: BuyerReferences = UNSAID,
    deliver_to: Place = NOWHERE,
    currency: str = "EUR",
) -> list[UUID]:
    """An order with one delivery of all its lines; the ids of the delivery lines.

    With ``returns`` it is taken back instead: quantities become negative and point at the
    delivery lines given (None: the original is not known).
    """
    ctx = world.ctx()
    day = on or world.today
    name = number or f"O-{world.ids.new().hex[-8:]}"
    own = {"company_id": world.company_id}
    order = Order.objects.create(
        id=world.ids.new(),
        number=name,
        customer=buyer,
        ordered_on=day,
        currency=currency,
        source="web",
        **references._replace(purchase_order=purchase_order or references.purchase_order)._asdict(),
        deliver_to=deliver_to.values() or None,
        created_at=ctx.now,
        **own,
    )
    delivery = Delivery.objects.create(
        id=world.ids.new(),
        number=f"D-{name}",
        order=order,
        customer=buyer,
        kind="return" if returns else "delivery",
        delivered_on=day,
        created_at=ctx.now,
        **own,
    )
    order_lines = OrderLine.objects.bulk_create(
        OrderLine(
            id=world.ids.new(),
            order=order,
            line_no=index,
            item_code=line.item,
            description=f"Artikel {line.item}",
            quantity=Decimal(line.quantity),
            unit=line.unit,
            unit_price=Decimal(line.price),
            tax_code=line.tax_code,
            **own,
        )
        for index, line in enumerate(lines, start=1)
    )
    return _hand_over(world, delivery, order_lines, returns)


def _hand_over(
    world: World,
    delivery: Delivery,
    order_lines: Sequence[OrderLine],
    returns: Sequence[UUID | None],
) -> list[UUID]:
    made = DeliveryLine.objects.bulk_create(
        DeliveryLine(
            id=world.ids.new(),
            company_id=world.company_id,
            delivery=delivery,
            order_line=line,
            customer_id=delivery.customer_id,
            quantity=-line.quantity if returns else line.quantity,
            returns_id=returns[index] if returns else None,
        )
        for index, line in enumerate(order_lines)
    )
    return [line.id for line in made]


def rate(world: World, base: str, target: str, value: str) -> None:
    ExchangeRate.objects.create(
        id=world.ids.new(),
        company_id=world.company_id,
        day=world.today,
        base=base,
        target=target,
        rate=Decimal(value),
        source="test",
    )


def broken(world: World) -> list[dict[str, str]]:
    """What ``acquit verify`` finds wrong with the company."""
    found: list[dict[str, str]] = verify.run(company_id=world.company_id, now=datetime.now(UTC))[
        "broken"
    ]
    return found
