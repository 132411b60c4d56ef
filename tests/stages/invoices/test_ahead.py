"""Chunks are planned ahead on a second connection; what they bill is still billed once."""

from __future__ import annotations

import pytest
from django.db import transaction

from acquit.database.ahead import made_ahead
from acquit.database.copy import fetch_rows
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from acquit.stages.ledger.models import Entry
from tests.support.invoices import Sold, customer, deliver
from tests.support.world import new_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_chunks_give_one_series_and_every_line_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("acquit.stages.invoices.commands.bill.CHUNK_LINES", 2)
    world = new_world(seed="ahead")
    for number in range(9):
        buyer = customer(world, f"C-{number}")
        (line,) = deliver(world, buyer, [Sold("3", "9.99")])
        if number % 3 == 0:
            deliver(world, buyer, [Sold("1", "9.99")], returns=[line])
    figures = bill(ctx=world.ctx(), as_of=world.today).figures
    assert (figures["invoices"], figures["credit_notes"]) == (9, 3)
    numbers = Document.objects.filter(kind="invoice").values_list("series_number", flat=True)
    assert sorted(numbers) == list(range(1, 10))
    assert Entry.objects.count() == Document.objects.count()
    assert bill(ctx=world.ctx(), as_of=world.today).figures["invoices"] == 0


def test_a_chunk_that_another_run_took_is_planned_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acquit.stages.invoices.commands.bill.CHUNK_LINES", 1)
    world = new_world(seed="ahead")
    for number in range(3):
        deliver(world, customer(world, f"C-{number}"))
    # The other run comes when the first chunk is stored and the second is planned already.
    others = []

    def after(done: int, total: int) -> None:
        if done == 1:
            others.append(bill(ctx=world.ctx(), as_of=world.today).figures["invoices"])

    figures = bill(ctx=world.ctx(), as_of=world.today, progress=after).figures
    assert (figures["invoices"], others) == (1, [2])
    assert sorted(Document.objects.values_list("series_number", flat=True)) == [1, 2, 3]


def test_results_come_in_order_and_errors_reach_the_caller() -> None:
    def half(number: int) -> int:
        fetch_rows("SELECT 1")
        return 6 // number

    assert list(made_ahead(half, [1, 2, 3])) == [6, 3, 2]
    assert list(made_ahead(half, [1])) == [None]
    with transaction.atomic():
        assert list(made_ahead(half, [1, 2])) == [None, None]
    with pytest.raises(ZeroDivisionError):
        list(made_ahead(half, [1, 0, 2]))
