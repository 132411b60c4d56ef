"""Billing on a real database: what comes out, what waits, and that nothing is made twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access.idempotency import KeyReused
from acquit.history.models import FactRecord
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.recording import CannotIssue
from acquit.stages.invoices.models import BillingRun, Document, Draft, Line, Series, TaxLine
from acquit.stages.masterdata.commands.save_items import ItemData, save_items
from acquit.stages.orders.models import Unbilled
from tests.support.invoices import Sold, customer, deliver, rate
from tests.support.world import World


def test_a_delivery_becomes_an_invoice_with_tax_number_and_due_date(world: World) -> None:
    buyer = customer(world)
    deliver(world, buyer, [Sold("3", "9.99"), Sold("2", "5.005", "B", "R")], number="W-1")
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert outcome.figures == {
        "invoices": 1,
        "credit_notes": 0,
        "net": "39.98",
        "tax": "6.39",
        "gross": "46.37",
        "held": 0,
    }
    document = Document.objects.get()
    assert (document.series_number, document.gross_minor) == (1, 4637)
    assert document.number.endswith("000001")
    assert document.due_on == date(2026, 4, 1)
    assert document.header["sales_order"] == "W-1"
    taxes = TaxLine.objects.order_by("-rate").values_list("rate", "taxable_minor", "tax_minor")
    assert [(int(r), n, t) for r, n, t in taxes] == [(19, 2997, 569), (7, 1001, 70)]
    assert not Unbilled.objects.exists()


def test_a_second_run_makes_nothing(world: World) -> None:
    deliver(world, customer(world))
    bill(ctx=world.ctx(), as_of=world.today)
    again = bill(ctx=world.ctx(), as_of=world.today)
    assert again.figures["invoices"] == 0
    assert again.figures["gross"] == "0.00"
    assert Document.objects.count() == 1


def test_the_same_key_gives_the_same_answer_and_anything_else_is_refused(world: World) -> None:
    deliver(world, customer(world))
    first = bill(ctx=world.ctx(key="run-1"), as_of=world.today)
    assert bill(ctx=world.ctx(key="run-1"), as_of=world.today).figures == first.figures
    others: list[dict[str, Any]] = [
        {"as_of": date(2026, 3, 3)},
        {"as_of": world.today, "customer_ids": [world.ids.new()]},
        {"as_of": world.today, "straight_through": False},
        {"as_of": world.today, "dry_run": True},
    ]
    for other in others:
        with pytest.raises(KeyReused):
            bill(ctx=world.ctx(key="run-1"), **other)
    with pytest.raises(KeyReused):
        save_items(ctx=world.ctx(key="run-1"), items=[ItemData(code="Z", name="Z")])


def test_a_run_that_was_killed_between_chunks_goes_on_under_its_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acquit.stages.invoices.commands.bill.CHUNK_LINES", 1)
    for number in range(4):
        deliver(world, customer(world, f"C-{number}"))

    def die(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bill(ctx=world.ctx(key="run"), as_of=world.today, progress=die)
    assert Document.objects.count() == 2
    assert BillingRun.objects.get().finished_at is None
    outcome = bill(ctx=world.ctx(key="run"), as_of=world.today)
    assert (outcome.figures["invoices"], outcome.figures["net"]) == (4, "400.00")
    assert sorted(Document.objects.values_list("series_number", flat=True)) == [1, 2, 3, 4]
    assert BillingRun.objects.get().finished_at is not None


def test_a_dry_run_says_what_would_come_and_writes_nothing(world: World) -> None:
    buyer = customer(world)
    (line,) = deliver(world, buyer, [Sold("4", "10.00")])
    deliver(world, buyer, [Sold("1", "10.00")], returns=[line])
    facts = FactRecord.objects.count()
    dry = bill(ctx=world.ctx(), as_of=world.today, dry_run=True)
    assert [row["kind"] for row in dry.figures["differences"]] == ["invoice", "credit_note"]
    assert Document.objects.count() == Draft.objects.count() == Series.objects.count() == 0
    assert FactRecord.objects.count() == facts
    wet = bill(ctx=world.ctx(), as_of=world.today)
    assert {k: v for k, v in dry.figures.items() if k != "differences"} == wet.figures


def test_a_return_is_credited_against_the_line_it_takes_back(world: World) -> None:
    buyer = customer(world)
    (line,) = deliver(world, buyer, [Sold("3", "3.33")])
    bill(ctx=world.ctx(), as_of=world.today)
    deliver(world, buyer, [Sold("2", "3.33")], returns=[line])
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["credit_notes"], outcome.figures["net"]) == (1, "-6.66")
    note = Document.objects.get(kind="credit_note")
    original = Document.objects.get(kind="invoice")
    assert note.corrects_id == original.id
    assert note.header["preceding"]["number"] == original.number
    assert Line.objects.get(document=note).corrects_id == Line.objects.get(document=original).id


def test_parts_that_come_back_take_exactly_the_cents_of_the_whole(world: World) -> None:
    buyer = customer(world)
    (line,) = deliver(world, buyer, [Sold("3", "0.335")])
    bill(ctx=world.ctx(), as_of=world.today)
    for _ in range(3):
        deliver(world, buyer, [Sold("1", "0.335")], returns=[line])
        bill(ctx=world.ctx(), as_of=world.today)
    original = Document.objects.get(kind="invoice")
    notes = Document.objects.filter(kind="credit_note")
    assert sum(n.net_minor for n in notes) == original.net_minor
    assert sum(n.tax_minor for n in notes) == original.tax_minor


def test_more_than_was_billed_is_not_credited_but_waits_with_its_reason(world: World) -> None:
    buyer = customer(world)
    (line,) = deliver(world, buyer, [Sold("2", "10.00")])
    bill(ctx=world.ctx(), as_of=world.today)
    deliver(world, buyer, [Sold("3", "10.00")], returns=[line])
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["credit_notes"], outcome.figures["held"]) == (0, 1)
    assert Draft.objects.get().faults[0]["code"] == "credit.exceeds"
    assert "2 are left" in Draft.objects.get().faults[0]["message"]


def test_a_return_without_a_known_delivery_has_a_credit_note_of_its_own(world: World) -> None:
    deliver(world, customer(world), [Sold("1", "10.00"), Sold("2", "7.00")], returns=[None, None])
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["credit_notes"], outcome.figures["gross"]) == (1, "-28.56")
    assert "preceding" not in Document.objects.get().header


def test_a_return_of_a_held_delivery_waits_for_its_invoice(world: World) -> None:
    buyer = customer(world, country="")
    (line,) = deliver(world, buyer)
    deliver(world, buyer, returns=[line])
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert outcome.figures["held"] == 2
    codes = [fault.code for item in outcome.items for fault in item.faults]
    assert codes == ["buyer.country", "return.waits"]
    assert Document.objects.count() == 0


def test_what_fails_a_check_becomes_a_draft_and_the_rest_goes_out(world: World) -> None:
    deliver(world, customer(world, "C-1"))
    deliver(world, customer(world, "C-2", segment="public"))
    deliver(world, customer(world, "C-3", country="FR", vat_id="FR40303265045"))
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["invoices"], outcome.figures["held"]) == (2, 1)
    draft = Draft.objects.get()
    assert (draft.state, draft.faults[0]["message"]) == ("review", "buyer reference missing")
    export = TaxLine.objects.get(category="K")
    assert (export.tax_minor, export.exemption_code) == (0, "VATEX-EU-IC")


def test_a_foreign_currency_needs_a_rate(world: World) -> None:
    buyer = customer(world)
    deliver(world, buyer, currency="USD")
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert Draft.objects.get().faults[0]["code"] == "rate.missing"
    assert outcome.figures["held"] == 1
    rate(world, "USD", "EUR", "0.9")
    deliver(world, buyer, currency="USD")
    outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert (outcome.figures["invoices"], outcome.figures["net"]) == (1, "90.00")


def test_a_date_never_goes_back_within_a_series(world: World) -> None:
    buyer = customer(world)
    deliver(world, buyer)
    bill(ctx=world.ctx(), as_of=world.today)
    deliver(world, buyer, on=date(2026, 2, 1))
    with pytest.raises(CannotIssue, match="would go back"):
        bill(ctx=world.ctx(), as_of=date(2026, 2, 1))
    assert Document.objects.count() == 1


def _queries(world: World, customers: int) -> int:
    for _ in range(customers):
        buyer = customer(world, f"C-{world.ids.new().hex[-9:]}")
        deliver(world, buyer, [Sold(), Sold("2", "3.10"), Sold("5", "0.99")])
    with CaptureQueriesContext(
        connection,
    ) as captured:
        outcome = bill(ctx=world.ctx(), as_of=world.today)
    assert outcome.figures["invoices"] == customers
    return len(captured)


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    few = _queries(world, 1)
    assert _queries(world, 1000) == few


def test_billing_chooses_customers_and_leaves_the_future(world: World) -> None:
    one, two = customer(world, "C-1"), customer(world, "C-2")
    deliver(world, one)
    deliver(world, two)
    deliver(world, one, on=date(2026, 3, 9))
    outcome = bill(ctx=world.ctx(), as_of=world.today, customer_ids=[one.id])
    assert outcome.figures["invoices"] == 1
    ids: list[UUID] = list(Document.objects.values_list("customer_id", flat=True))
    assert ids == [one.id]


def test_a_return_waits_for_a_run_that_is_not_older_than_its_invoice(world: World) -> None:
    buyer = customer(world)
    before = world.today - timedelta(days=1)
    (line,) = deliver(world, buyer, on=before)
    bill(ctx=world.ctx(), as_of=world.today)
    deliver(world, buyer, returns=[line], on=before)
    early = bill(ctx=world.ctx(), as_of=before)
    assert [fault.code for item in early.items for fault in item.faults] == ["return.waits"]
    assert bill(ctx=world.ctx(), as_of=world.today).figures["credit_notes"] == 1
