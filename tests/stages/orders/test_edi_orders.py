"""An order that came by EDIFACT or X12 goes through the import like any other file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from acquit.core.codecs import formats
from acquit.stages.orders.models import Order, OrderLine
from tests.core.documents.trade_samples import order
from tests.support.orders import figures, import_content, some_customers, some_items
from tests.support.world import World


@pytest.mark.parametrize("to", ["edifact", "x12"])
def test_an_order_of_a_partner_is_imported(world: World, to: str) -> None:
    world.on("2026-11-03")
    some_customers(world, "4012345000009")
    some_items(world, "LUM-4411", "KAB-1")
    received = formats.write(document=order(), to=to).data
    (document,) = formats.read(data=received).documents
    rows = formats.write(document=document, to=formats.CSV).data
    done = import_content(world, rows, "standard", filename="order.csv")
    assert (figures(done), done.faults) == ((2, 2, 0, 0), ())
    found = Order.objects.of(world.company_id).get()
    assert (found.number, found.purchase_order, found.source) == ("4500123", "4500123", "edi")
    assert found.contract == order().contract
    lines = OrderLine.objects.of(world.company_id).order_by("line_no")
    assert [(x.item_code, x.quantity, x.unit, x.unit_price, x.buyer_line) for x in lines] == [
        ("LUM-4411", Decimal(12), "H87", Decimal("84.9"), "10"),
        ("KAB-1", Decimal("150.5"), "MTR", Decimal("1.1875"), "20"),
    ]
