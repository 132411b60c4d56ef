"""Orders for tests: customers, items, deliveries, and files in the online-retail shape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from acquit.core.outcome import Outcome
from acquit.intake.commands.run import import_file
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.orders.commands.deliver import DeliveryData, deliver
from acquit.stages.orders.commands.record_orders import OrderData, OrderLineData, record_orders
from tests.support.world import World

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def some_customers(world: World, *numbers: str, country: str = "DE", **more: str) -> Outcome:
    items = [CustomerData(number=n, name=f"Kunde {n}", country=country, **more) for n in numbers]
    return save_customers(ctx=world.ctx(), items=items).or_refuse()


def some_items(world: World, *codes: str, tax_code: str = "") -> Outcome:
    items = [ItemData(code=code, name=f"Ware {code}", tax_code=tax_code) for code in codes]
    return save_items(ctx=world.ctx(), items=items).or_refuse()


def order(
    number: str, customer: str, *lines: tuple[str, str, str], on: date, **more: Any
) -> OrderData:
    """Lines are (item code, quantity, unit price)."""
    made = tuple(
        OrderLineData(item_code=code, quantity=Decimal(quantity), unit_price=Decimal(price))
        for code, quantity, price in lines
    )
    return OrderData(number=number, customer=customer, ordered_on=on, lines=made, **more)


def delivered(world: World, *orders: OrderData) -> Outcome:
    """Orders recorded and delivered in full on the day of the order, under their own numbers."""
    record_orders(ctx=world.ctx(), items=orders).or_refuse()
    items = [
        DeliveryData(number=o.number, order_number=o.number, delivered_on=o.ordered_on)
        for o in orders
    ]
    return deliver(ctx=world.ctx(), items=items).or_refuse()


def retail_csv(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def import_retail(world: World, *rows: str, **options: str) -> Outcome:
    return import_content(world, retail_csv(*rows), "online-retail", options=options)


def import_content(
    world: World,
    content: bytes,
    profile: str = "auto",
    *,
    kind: str = "orders",
    options: dict[str, str] | None = None,
    filename: str = "file.csv",
) -> Outcome:
    return import_file(
        ctx=world.ctx(),
        kind=kind,
        profile=profile,
        filename=filename,
        content=content,
        options=options or {},
    )


def figures(outcome: Outcome) -> tuple[int, int, int, int]:
    """(rows, accepted, rejected, duplicate), after checking that they account for every row."""
    f = outcome.figures
    assert f["rows"] == f["accepted"] + f["rejected"] + f["duplicate"]
    return f["rows"], f["accepted"], f["rejected"], f["duplicate"]


def codes(faults: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(fault["row"], fault["code"]) for fault in faults]
