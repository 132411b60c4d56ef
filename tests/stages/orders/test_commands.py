"""Orders, deliveries and returns on a real database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from acquit.core.outcome import Outcome
from acquit.database.copy import execute
from acquit.history.models import FactRecord
from acquit.stages.orders import queries
from acquit.stages.orders.commands.deliver import DeliveredLine, DeliveryData, deliver
from acquit.stages.orders.commands.mark_billed import CannotMark, mark_billed
from acquit.stages.orders.commands.record_orders import OrderData, record_orders
from acquit.stages.orders.commands.return_goods import ReturnData, ReturnLineData, return_goods
from acquit.stages.orders.models import Unbilled
from tests.support.orders import delivered, order, some_customers, some_items
from tests.support.world import World

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def shop(world: World) -> World:
    some_customers(world, "1", "2")
    some_items(world, "A", "B")
    return world


def _states(outcome: Outcome) -> list[str]:
    return [result.state.value for result in outcome.items]


def _codes(outcome: Outcome) -> list[str]:
    return [fault.code for fault in outcome.faults]


def _deliver(world: World, number: str, of: str, *lines: tuple[int, str]) -> Outcome:
    parts = tuple(DeliveredLine(line_no=n, quantity=Decimal(q)) for n, q in lines)
    item = DeliveryData(number=number, order_number=of, delivered_on=DAY, lines=parts)
    return deliver(ctx=world.ctx(), items=[item])


def _return(world: World, number: str, *lines: ReturnLineData, customer: str = "1") -> Outcome:
    item = ReturnData(number=number, customer=customer, returned_on=DAY, lines=lines)
    return return_goods(ctx=world.ctx(), items=[item])


class TestRecording:
    def test_the_same_order_again_is_a_duplicate_another_one_is_refused(self, shop: World) -> None:
        first = order("O1", "1", ("A", "2", "9.99"), on=DAY)
        other = order("O1", "1", ("A", "3", "9.99"), on=DAY)
        stolen = order("O1", "2", ("A", "2", "9.99"), on=DAY)
        outcome = record_orders(ctx=shop.ctx(), items=[first, first, other, stolen])
        assert _states(outcome) == ["done", "duplicate", "refused", "refused"]
        assert _codes(outcome) == ["order.changed", "order.other_customer"]
        assert record_orders(ctx=shop.ctx(), items=[first]).items[0].state.value == "duplicate"

    @pytest.mark.parametrize(
        ("bad", "codes"),
        [
            (order("O1", "9", ("A", "1", "1"), on=DAY), ["customer.unknown"]),
            (order("O1", "1", ("Z", "1", "1"), on=DAY), ["item.unknown"]),
            (order("O1", "1", on=DAY), ["order.no_lines"]),
            (order("", "1", ("A", "1", "1"), on=DAY), ["order.number"]),
            (
                order("O1", "1", ("A", "0", "1"), ("A", "-1", "1"), on=DAY),
                ["line.quantity", "line.quantity"],
            ),
            (order("O1", "1", ("A", "1", "-1"), on=DAY), ["line.price"]),
            (order("O1", "1", ("A", "1", "0.0000001"), on=DAY), ["line.price"]),
            (order("O1", "1", ("A", "1e11", "1e11"), on=DAY), ["line.amount"]),
            (order("O1", "1", ("A", "NaN", "1"), on=DAY), ["line.quantity"]),
            (order("O1", "1", ("A", "1", "1"), on=DAY, currency="EUX"), ["order.currency"]),
            (order("O1", "1", ("A", "1", "1"), on=DAY, source="rumour"), ["order.source"]),
        ],
    )
    def test_faults(self, shop: World, bad: OrderData, codes: list[str]) -> None:
        assert _codes(record_orders(ctx=shop.ctx(), items=[bad])) == codes

    def test_one_fact_per_order(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "2", "1"), ("B", "1", "1"), on=DAY))
        facts = FactRecord.objects.of(shop.company_id).filter(kind__startswith="orders.")
        assert sorted((f.kind, f.payload["lines"]) for f in facts) == [
            ("orders.DeliveryRecorded", 2),
            ("orders.OrderRecorded", 2),
        ]


class TestDelivering:
    def test_in_parts_and_then_the_rest(self, shop: World) -> None:
        record_orders(
            ctx=shop.ctx(), items=[order("O1", "1", ("A", "5", "1"), ("B", "1", "1"), on=DAY)]
        )
        assert _states(_deliver(shop, "D1", "O1", (1, "2"))) == ["done"]
        assert _states(_deliver(shop, "D1", "O1", (1, "2"))) == ["duplicate"]
        assert _codes(_deliver(shop, "D2", "O1", (1, "2"), (1, "2"))) == ["delivery.too_much"]
        assert _codes(_deliver(shop, "D2", "O1", (7, "1"))) == ["delivery.line_unknown"]
        assert _deliver(shop, "D2", "O1").figures == {"deliveries": 1, "lines": 2}
        assert _codes(_deliver(shop, "D3", "O1")) == ["delivery.nothing_left"]
        assert _codes(_deliver(shop, "D3", "O9")) == ["order.unknown"]


class TestReturning:
    def test_it_points_at_the_delivery_and_takes_its_price_and_tax(self, shop: World) -> None:
        some_items(shop, "A", tax_code="R")
        delivered(shop, order("O1", "1", ("A", "5", "3.5"), on=DAY))
        some_items(shop, "A", tax_code="S")
        outcome = _return(shop, "R1", ReturnLineData(item_code="A", quantity=Decimal(2)))
        assert outcome.figures == {"returns": 1, "lines": 1, "linked": 1, "unlinked": 0}
        sold, back = queries.unbilled(company_id=shop.company_id, as_of=DAY)
        assert (back.kind, back.quantity, back.unit_price) == ("return", -2, Decimal("3.5"))
        assert (back.returns_id, back.tax_code) == (sold.id, "R")
        again = _return(shop, "R1", ReturnLineData(item_code="A", quantity=Decimal(2)))
        assert _states(again) == ["duplicate"]

    def test_more_than_was_delivered_has_no_original(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "5", "3.5"), on=DAY))
        line = ReturnLineData(item_code="A", quantity=Decimal(6))
        assert _codes(_return(shop, "R1", line)) == ["return.price"]
        priced = ReturnLineData(item_code="A", quantity=Decimal(6), unit_price=Decimal(1))
        assert _return(shop, "R1", priced).figures["unlinked"] == 1

    def test_a_named_line_gives_no_more_than_it_has(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "5", "3.5"), on=DAY))
        (sold,) = queries.unbilled(company_id=shop.company_id, as_of=DAY)
        lines = [
            ReturnLineData(item_code="A", quantity=Decimal(q), delivery_line_id=sold.id)
            for q in (3, 3)
        ]
        assert _states(_return(shop, "R1", lines[0])) == ["done"]
        assert _codes(_return(shop, "R2", lines[1])) == ["return.too_much"]

    def test_a_number_that_is_an_order_is_taken(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "5", "3.5"), on=DAY))
        line = ReturnLineData(item_code="A", quantity=Decimal(1))
        assert _codes(_return(shop, "O1", line)) == ["return.number_taken"]


class TestBilling:
    def test_a_line_is_billed_once(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "5", "1"), ("B", "1", "1"), on=DAY))
        first, second = queries.unbilled(company_id=shop.company_id, as_of=DAY)
        mark_billed(ctx=shop.ctx(), line_ids=[first.id], verb="draft")
        assert queries.unbilled(company_id=shop.company_id, as_of=DAY) == [second]
        mark_billed(ctx=shop.ctx(), line_ids=[first.id, second.id])
        with pytest.raises(CannotMark, match="1 of 1"):
            mark_billed(ctx=shop.ctx(), line_ids=[first.id])
        assert not Unbilled.objects.exists()

    def test_a_line_on_a_draft_or_a_document_cannot_be_deleted(self, shop: World) -> None:
        delivered(shop, order("O1", "1", ("A", "5", "1"), ("B", "1", "1"), on=DAY))
        drafted, free = queries.unbilled(company_id=shop.company_id, as_of=DAY)
        for verb in ("draft", "bill"):
            mark_billed(ctx=shop.ctx(), line_ids=[drafted.id], verb=verb)
            with pytest.raises(IntegrityError, match="stands on a draft"), transaction.atomic():
                execute("DELETE FROM orders_delivery_line")
        execute("DELETE FROM orders_delivery_line WHERE id = %s", [free.id])
        assert not Unbilled.objects.exists()

    def test_chunks_are_whole_customers(self, shop: World) -> None:
        lines = [("A", "1", "1")] * 3
        delivered(
            shop,
            order("O1", "1", *lines, on=DAY),
            order("O2", "2", *lines, on=DAY),
            order("O3", "1", *lines, on=date(2026, 3, 9)),
        )
        sizes = {
            limit: len(queries.unbilled(company_id=shop.company_id, as_of=DAY, limit_lines=limit))
            for limit in (1, 3, 5, 6)
        }
        assert sizes == {1: 3, 3: 3, 5: 3, 6: 6}
        sums = queries.unbilled_sums(company_id=shop.company_id, as_of=DAY)
        assert [(s.lines, s.net) for s in sums] == [(3, 3), (3, 3)]

    def test_the_order_of_delivery_is_kept(self, shop: World) -> None:
        numbers = [f"O{n:02}" for n in range(20)]
        delivered(shop, *(order(n, "1", ("A", "1", "1"), on=DAY) for n in numbers))
        rows = queries.unbilled(company_id=shop.company_id, as_of=DAY)
        assert [row.order_number for row in rows] == numbers


def test_pages_of_orders(shop: World) -> None:
    days = [date(2026, 3, day) for day in (1, 2, 2, 3, 4)]
    delivered(shop, *(order(f"O{i}", "1", ("A", "2", "1.5"), on=day) for i, day in enumerate(days)))
    seen: list[str] = []
    after: Any = None
    while True:
        page = queries.orders(company_id=shop.company_id, limit=2, after=after)
        seen += [row.number for row in page.rows]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == ["O0", "O1", "O2", "O3", "O4"]
    assert (seen[0], seen[-1]) == ("O4", "O0")
    (row,) = queries.orders(company_id=shop.company_id, search="o3").rows
    assert (row.customer_number, row.lines, row.net, row.unbilled) == ("1", 1, 3, 1)


def test_the_number_of_queries_does_not_depend_on_the_number_of_orders(shop: World) -> None:
    counts = []
    for name, many in (("a", 1), ("b", 1000)):
        orders = [order(f"{name}{n}", "1", ("A", "2", "1"), on=DAY) for n in range(many)]
        with CaptureQueriesContext(connection) as seen:
            delivered(shop, *orders)
            line = ReturnLineData(item_code="A", quantity=Decimal(1))
            items = [
                ReturnData(number=f"R{o.number}", customer="1", returned_on=DAY, lines=(line,))
                for o in orders
            ]
            return_goods(ctx=shop.ctx(), items=items).or_refuse()
        # A large COPY is followed by one ANALYZE, which is no query over rows of ours.
        counts.append(sum(1 for q in seen.captured_queries if "ANALYZE" not in q["sql"]))
    assert counts[0] == counts[1]
