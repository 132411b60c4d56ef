"""Imports: every row has one fate, twice is once, and a whole import can be taken back."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquit.access.command import Forbidden
from acquit.access.models import RefusedAccess
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState
from acquit.history import archive
from acquit.intake import queries as intake
from acquit.intake.commands.run import RunToUndo, import_file, preview_file, undo_import
from acquit.intake.models import ImportRun, RowFault
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.models import Customer, Item
from acquit.stages.orders import queries
from acquit.stages.orders.commands.mark_billed import mark_billed
from acquit.stages.orders.models import DeliveryLine, Order
from tests.support.orders import (
    HEADER,
    codes,
    delivered,
    figures,
    import_content,
    import_retail,
    order,
    retail_csv,
    some_customers,
    some_items,
)
from tests.support.world import World, new_world, someone

pytestmark = pytest.mark.django_db
LAST = date(2026, 3, 2)
SALE = "1001,A,ANCHOR,6,12/1/10 8:26,2.55,17850,United Kingdom"
SALE_2 = "1001,B,BELL,1,12/1/10 8:26,7.95,17850,United Kingdom"
FRENCH = "1002,A,ANCHOR,2,12/1/10 9:00,2.55,12583,France"
BACK = "C1003,A,ANCHOR,-4,12/2/10 8:26,2.55,17850,United Kingdom"
NOT_SALES = [
    ("1004,A,ANCHOR,1,12/2/10 8:26,2.55,,United Kingdom", "customer_number.missing"),
    ("1004,A,ANCHOR,1,12/2/10 8:26,0,17850,United Kingdom", "line.price_zero"),
    ("1004,A,ANCHOR,1,12/2/10 8:26,-1.5,17850,United Kingdom", "line.price_negative"),
    ("1004,A,ANCHOR,0,12/2/10 8:26,2.55,17850,United Kingdom", "line.quantity_zero"),
    ("1004,A,ANCHOR,-1,12/2/10 8:26,2.55,17850,United Kingdom", "line.quantity_negative"),
    ("C1005,A,ANCHOR,1,12/2/10 8:26,2.55,17850,United Kingdom", "line.quantity_positive"),
    ("1004,A,ANCHOR,many,12/2/10 8:26,2.55,17850,United Kingdom", "quantity.unreadable"),
    ("1004,A,ANCHOR,1,31/31/10 8:26,2.55,17850,United Kingdom", "ordered_on.unreadable"),
    ("1004,A,ANCHOR,1,12/2/10 8:26,2.55,999,Atlantis", "customer.country"),
    ("1001,A,ANCHOR,1,12/1/10 8:26,2.55,12583,France", "order.rows_differ"),
    ("1004,A,ANCHOR,1,12/2/10 8:26,2.55,17850,United Kingdom,surplus", "tabular.ragged"),
    ("1004,A,ANCHOR,9999999999999,12/2/10 8:26,2.55,17850,United Kingdom", "line.quantity"),
]


@pytest.fixture
def shop(db: None) -> World:
    return new_world(country="GB", vat_id="GB980780684", iban="GB33BUKB20201555555555")


class TestOnlineRetail:
    def test_sales_and_a_cancellation(self, shop: World) -> None:
        outcome = import_retail(shop, SALE, SALE_2, FRENCH, BACK)
        assert outcome.figures == {
            "kind": "orders",
            "rows": 4,
            "accepted": 4,
            "rejected": 0,
            "duplicate": 0,
            "created": {
                "customers": 2,
                "items": 2,
                "orders": 2,
                "order_lines": 3,
                "deliveries": 2,
                "returns": 1,
                "return_lines": 1,
                "returns_linked": 1,
                "returns_unlinked": 0,
                "country_conflicts": 0,
            },
            "faults": [],
            "ignored": [],
        }
        rows = queries.unbilled(company_id=shop.company_id, as_of=LAST)
        (back,) = [row for row in rows if row.kind == "return"]
        (sold,) = [row for row in rows if row.id == back.returns_id]
        assert (sold.order_number, sold.item_code, back.quantity) == ("1001", "A", -4)
        assert (sold.delivered_on, back.delivered_on) == (date(2010, 12, 1), date(2010, 12, 2))
        ana = Customer.objects.get(number="17850")
        assert (ana.name, ana.country, ana.is_placeholder) == ("Customer 17850", "GB", True)
        # France was in the same VAT territory then, and this customer gave no VAT identifier.
        assert {row.tax_code for row in rows} == {"S"}

    @pytest.mark.parametrize(("row", "code"), NOT_SALES)
    def test_what_is_no_sale_is_rejected_by_row(self, shop: World, row: str, code: str) -> None:
        outcome = import_retail(shop, SALE, row)
        assert figures(outcome) == (2, 1, 1, 0)
        assert codes(outcome.figures["faults"]) == [(3, code)]
        (kept,) = intake.faults(company_id=shop.company_id, run_id=outcome.ids[0])
        assert (kept.row, kept.code) == (3, code)
        assert kept.content.startswith(row[:9])

    def test_a_cancellation_before_the_sale_has_no_original(self, shop: World) -> None:
        early = BACK.replace("12/2/10", "11/1/10")
        made = import_retail(shop, SALE, early).figures["created"]
        assert (made["returns_linked"], made["returns_unlinked"]) == (0, 1)

    def test_without_dates_the_row_order_is_the_time(self, shop: World) -> None:
        def bare(row: str) -> str:
            cells = row.split(",")
            return ",".join([*cells[:4], *cells[5:]])

        header = HEADER.replace("InvoiceDate,", "")
        rows = [header, bare(BACK), bare(SALE), bare(BACK).replace("C1003", "C1004")]
        content = gzip.compress("\n".join(rows).encode("cp1252"))
        with pytest.raises(Refused, match="no column InvoiceDate"):
            import_content(shop, content, "online-retail")
        outcome = import_content(shop, content, "online-retail", options={"date": "2011-01-31"})
        made = outcome.figures["created"]
        assert (made["returns_linked"], made["returns_unlinked"]) == (1, 1)
        assert {order.ordered_on for order in Order.objects.all()} == {date(2011, 1, 31)}

    def test_a_later_import_finds_the_earlier_delivery(self, shop: World) -> None:
        import_retail(shop, SALE)
        assert import_retail(shop, BACK).figures["created"]["returns_linked"] == 1
        twice = BACK.replace("C1003", "C1004")
        assert import_retail(shop, twice).figures["created"]["returns_linked"] == 0


class TestTwice:
    def test_the_same_file_is_taken_once(self, shop: World) -> None:
        rows = (SALE, SALE_2, BACK)
        assert figures(import_retail(shop, *rows)) == (3, 3, 0, 0)
        again = import_retail(shop, *rows)
        assert figures(again) == (3, 0, 0, 3)
        assert again.figures["created"] == {}
        assert again.items[0].state is ItemState.DUPLICATE
        assert DeliveryLine.objects.count() == 3

    def test_rejected_rows_are_said_again_and_nothing_is_taken_twice(self, shop: World) -> None:
        rows = (SALE, SALE_2, BACK, NOT_SALES[0][0])
        assert figures(import_retail(shop, *rows)) == (4, 3, 1, 0)
        again = import_retail(shop, *rows)
        assert figures(again) == (4, 0, 1, 3)
        assert codes(again.figures["faults"]) == [(5, NOT_SALES[0][1])]
        assert DeliveryLine.objects.count() == 3

    def test_a_row_comes_in_once_its_cause_is_put_right(self, shop: World) -> None:
        content = b"order_number,customer_number,item_code,quantity,unit_price,ordered_on\n"
        content += b"1,17,A,1,2.50,2026-03-01\n2,18,A,1,2.50,2026-03-01\n"
        some_customers(shop, "17")
        some_items(shop, "A")
        assert figures(import_content(shop, content)) == (2, 1, 1, 0)
        some_customers(shop, "18")
        assert figures(import_content(shop, content)) == (2, 1, 0, 1)
        assert figures(import_content(shop, content)) == (2, 0, 0, 2)

    def test_rows_that_are_there_are_duplicates_in_another_file(self, shop: World) -> None:
        import_retail(shop, SALE, BACK)
        outcome = import_retail(shop, BACK, FRENCH, SALE, SALE, SALE_2)
        assert figures(outcome) == (5, 1, 2, 2)
        assert codes(outcome.figures["faults"]) == [(5, "order.changed"), (6, "order.changed")]

    def test_a_file_of_which_nothing_was_taken_may_come_again(self, shop: World) -> None:
        content = b"order_number,customer_number,item_code,quantity,unit_price,ordered_on\n"
        content += b"1,17,A,1,2.50,2026-03-01\n"
        first = import_content(shop, content)
        assert codes(first.figures["faults"]) == [(2, "customer.unknown")]
        some_customers(shop, "17")
        some_items(shop, "A")
        assert figures(import_content(shop, content)) == (1, 1, 0, 0)

    def test_an_idempotency_key_gives_the_same_answer(self, shop: World) -> None:
        answers = [
            import_file(
                ctx=shop.ctx(key="k1"),
                kind="orders",
                profile="online-retail",
                filename="f.csv",
                content=retail_csv(SALE),
                options={},
            )
            for _ in range(2)
        ]
        assert answers[0] == answers[1]
        assert ImportRun.objects.count() == 1


class TestUndo:
    def _undo(self, world: World, run_id: object) -> tuple[str, list[str], dict[str, int]]:
        outcome = undo_import(ctx=world.ctx(), items=[RunToUndo(run_id)])  # type: ignore[arg-type]
        (result,) = outcome.items
        return result.state.value, [f.code for f in result.faults], outcome.figures["removed"]

    def test_everything_goes_and_the_file_may_come_again(self, shop: World) -> None:
        (run_id,) = import_retail(shop, SALE, SALE_2, FRENCH, BACK).ids
        assert self._undo(shop, run_id) == (
            "done",
            [],
            {
                "delivered lines": 4,
                "deliveries": 3,
                "order lines": 4,
                "orders": 3,
                "items": 2,
                "customers": 2,
            },
        )
        left = (Order, DeliveryLine, Customer, Item)
        assert [model.objects.count() for model in left] == [0, 0, 0, 0]
        assert self._undo(shop, run_id)[:2] == ("refused", ["import.not_allowed"])
        assert figures(import_retail(shop, SALE, SALE_2, FRENCH, BACK)) == (4, 4, 0, 0)

    def test_what_is_on_a_draft_stays(self, shop: World) -> None:
        (run_id,) = import_retail(shop, SALE).ids
        (line,) = queries.unbilled(company_id=shop.company_id, as_of=LAST)
        mark_billed(ctx=shop.ctx(), line_ids=[line.id], verb="draft")
        assert self._undo(shop, run_id)[:2] == ("refused", ["import.billed"])

    def test_what_a_later_import_returns_stays(self, shop: World) -> None:
        (run_id,) = import_retail(shop, SALE).ids
        (later,) = import_retail(shop, BACK).ids
        assert self._undo(shop, run_id)[:2] == ("refused", ["import.items_used"])
        assert self._undo(shop, later)[0] == "done"
        assert self._undo(shop, run_id)[0] == "done"

    def test_what_an_order_of_hand_needs_stays_and_is_named(self, shop: World) -> None:
        (run_id,) = import_retail(shop, SALE).ids
        some_items(shop, "Z")
        delivered(shop, order("O1", "17850", ("Z", "1", "1"), on=LAST))
        outcome = undo_import(ctx=shop.ctx(), items=[RunToUndo(run_id)])
        messages = [fault.message for fault in outcome.faults]
        assert "1 orders depend on customers of this import" in messages
        assert Order.objects.count() == 2

    def test_customers_that_were_changed_are_not_undone(self, shop: World) -> None:
        content = b"number,name,country\n1,Ana,FR\n"
        some_customers(shop, "1")
        (run_id,) = import_content(shop, content, kind="customers").ids
        assert self._undo(shop, run_id)[:2] == ("refused", ["import.changed_others"])


class TestOtherKinds:
    def test_customers_and_items(self, shop: World) -> None:
        content = "Number;Name;Country;VAT id\r\n1;Société Éclair;France;FR40303265045\r\n"
        content += "2;Bad;Germany;DE1\r\n1;Société Éclair;FR;FR40303265045\r\n"
        outcome = import_content(shop, content.encode("cp1252"), kind="customers")
        assert figures(outcome) == (3, 1, 1, 1)
        assert codes(outcome.figures["faults"]) == [(3, "customer.vat_id")]
        (row,) = masterdata.customers(company_id=shop.company_id).rows
        assert (row.name, row.country, row.locale) == ("Société Éclair", "FR", "fr_FR")
        assert figures(import_content(shop, b"code,name\nA,Anker\n", kind="items")) == (1, 1, 0, 0)

    def test_deliveries(self, shop: World) -> None:
        some_customers(shop, "1")
        some_items(shop, "A")
        head = "order_number,customer_number,item_code,quantity,unit_price,ordered_on\n"
        import_content(shop, f"{head}O1,1,A,5,2.50,2026-03-01\n".encode())
        rows = [
            "delivery_number,order_number,delivered_on,line_no,quantity",
            "D1,O1,2026-03-02,1,2",
            "D2,O1,2026-03-02,1,9",
            "D3,O1,2026-03-02,1,",
            "D4,O9,2026-03-02,,",
            "D1,O1,2026-03-01,1,1",
        ]
        outcome = import_content(shop, "\n".join(rows).encode(), kind="deliveries")
        assert figures(outcome) == (5, 1, 4, 0)
        assert codes(outcome.figures["faults"]) == [
            (3, "delivery.too_much"),
            (4, "delivery.line"),
            (5, "order.unknown"),
            (6, "delivery.rows_differ"),
        ]
        again = "\n".join([*rows[:2], "D5,O1,2026-03-02,,"]).encode()
        assert figures(import_content(shop, again, kind="deliveries")) == (2, 1, 0, 1)


class TestWholeFiles:
    @pytest.mark.parametrize(
        ("content", "kind", "profile", "code"),
        [
            (b"", "orders", "auto", "tabular.empty"),
            (b"PK\x03\x04rest", "orders", "auto", "tabular.not_text"),
            (b"\x1f\x8bnot really", "orders", "auto", "tabular.compressed"),
            (b"a,b\n1,2\n", "orders", "auto", "import.column_missing"),
            (b"a,b\n1,2\n", "pigeons", "auto", "import.kind_unknown"),
            (b"a,b\n1,2\n", "orders", "mine", "import.profile_unknown"),
            (b"a,b\n1,2\n", "customers", "online-retail", "import.profile_unknown"),
        ],
    )
    def test_refusals_leave_no_run(
        self, shop: World, content: bytes, kind: str, profile: str, code: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            import_content(shop, content, profile, kind=kind)
        assert refused.value.faults[0].code == code
        assert refused.value.faults[0].fix
        assert not ImportRun.objects.exists()

    def test_an_unknown_option_is_refused(self, shop: World) -> None:
        with pytest.raises(Refused, match="no option 'dates'"):
            import_content(shop, retail_csv(SALE), options={"dates": "2026-01-01"})

    def test_a_file_with_a_header_alone_has_no_rows(self, shop: World) -> None:
        assert figures(import_retail(shop)) == (0, 0, 0, 0)

    def test_the_bytes_are_kept(self, shop: World) -> None:
        (run_id,) = import_retail(shop, SALE).ids
        run = intake.run(company_id=shop.company_id, run_id=run_id)
        assert run is not None
        piece = archive.read(company_id=shop.company_id, digest=run.digest)
        assert piece is not None
        assert piece.body == retail_csv(SALE)

    def test_who_may_not_import_is_noted_and_nothing_is_kept(self, shop: World) -> None:
        with pytest.raises(Forbidden):
            import_file(
                ctx=shop.ctx(actor=someone("auditor")),
                kind="orders",
                profile="auto",
                filename="f.csv",
                content=retail_csv(SALE),
                options={},
            )
        assert RefusedAccess.objects.of(shop.company_id).get().command == "intake.import"
        assert not ImportRun.objects.exists()


def test_a_preview_has_the_figures_of_the_import_and_leaves_nothing(shop: World) -> None:
    rows = retail_csv(SALE, BACK, NOT_SALES[0][0])
    arguments = {"kind": "orders", "profile": "auto", "filename": "f", "content": rows}
    preview = preview_file(ctx=shop.ctx(), options={}, **arguments)  # type: ignore[arg-type]
    assert preview.profile == "online-retail"
    assert preview.mapping["unit_price"] == "UnitPrice"
    assert preview.sample[0]["customer_number"] == "17850"
    models = (ImportRun, RowFault, Order, Customer)
    assert [model.objects.count() for model in models] == [0, 0, 0, 0]
    outcome = import_file(ctx=shop.ctx(), options={}, **arguments)  # type: ignore[arg-type]
    assert outcome.figures == preview.figures


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(shop: World) -> None:
    counts = []
    for start, many in ((0, 1), (2000, 1000)):
        numbers = range(start, start + many)
        rows = [SALE.replace("1001", str(n)).replace("17850", str(n)) for n in numbers]
        rows += [BACK.replace("C1003", f"C{n}").replace("17850", str(n)) for n in numbers]
        rows += [SALE.replace("17850", "")] * many
        with CaptureQueriesContext(connection) as seen:
            assert figures(import_retail(shop, *rows)) == (3 * many, 2 * many, many, 0)
        # A large COPY is followed by one ANALYZE, which is no query over rows of ours.
        counts.append(sum(1 for q in seen.captured_queries if "ANALYZE" not in q["sql"]))
    assert counts[0] == counts[1]


_CELLS = st.one_of(
    st.sampled_from(["1001", "C1001", "A", "B", "1", "-1", "0", "2.5", "12/1/10 8:26", "France"]),
    st.text(max_size=8),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=st.lists(st.lists(_CELLS, min_size=7, max_size=9), max_size=12))
def test_no_row_of_any_file_is_lost(shop: World, table: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER.split(","))
    writer.writerows(table)
    content = out.getvalue().encode("utf-8", "replace")
    outcome = import_content(shop, content, "online-retail")
    rows, accepted, rejected, _ = figures(outcome)
    assert rows == sum(1 for row in table if any(cell.strip() for cell in row))
    assert len({fault["row"] for fault in outcome.figures["faults"]}) == rejected
    made = DeliveryLine.objects.filter(delivery__import_run_id=outcome.ids[0])
    assert made.values("order_line").distinct().count() == accepted
