"""Statements that come in a ZIP: each as if it had come by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acquit.core.outcome import ItemState, Outcome
from acquit.entrypoints.taking_in import take_in
from acquit.stages.receipts.models import Advice, BankLine, Statement
from tests.core.banking.test_packed import packet
from tests.support.lockbox import TWO_CHEQUES, joined, records
from tests.support.money import Movement, statement_bytes
from tests.support.world import World

pytestmark = pytest.mark.django_db


def bring(world: World, body: bytes, *, dry_run: bool = False) -> Outcome:
    return take_in(
        ctx=world.ctx(), kind="bank", profile="", filename="bank.zip", content=body, options={},
        dry_run=dry_run,
    )  # fmt: skip


def day(world: World, back: int, amount: int, opening: int) -> bytes:
    on = world.today - timedelta(days=back)
    return statement_bytes(
        [Movement(amount, f"RE-{back}")], on=on, reference=f"S{back}", opening_minor=opening
    )


def test_every_file_of_it_is_a_statement_of_its_own(world: World) -> None:
    """One is broken, one is a notice, one is no bank file: the others are taken all the same."""
    files = {
        "01.xml": day(world, 2, 10_000, 0),
        "02.xml": day(world, 1, 20_000, 10_000),
        "box.txt": joined(records(TWO_CHEQUES)),
        "readme.txt": b"Dear customer",
        "more.zip": packet({"a.xml": b"<a/>"}),
    }
    body = packet(files)
    tried = bring(world, body, dry_run=True)
    assert not Statement.objects.of(world.company_id).exists()
    done = bring(world, body)
    assert done.figures == tried.figures
    states = {item.key: item.state for item in done.items}
    assert states == {
        "01.xml": ItemState.DONE,
        "02.xml": ItemState.DONE,
        "box.txt": ItemState.DONE,
        "readme.txt": ItemState.REFUSED,
        "more.zip": ItemState.REFUSED,
    }
    lines = BankLine.objects.of(world.company_id).order_by("booked_on")
    assert [line.amount_minor for line in lines] == [10_000, 20_000]
    assert Advice.objects.of(world.company_id).filter(kind="notification").exists()
    said = " ".join(fault["message"] for fault in done.figures["faults"])
    assert "in the file readme.txt:" in said and "in the file more.zip:" in said
    again = bring(world, body)
    assert again.figures["accepted"] == 0
    assert BankLine.objects.of(world.company_id).count() == 2


def test_of_an_archive_that_is_not_opened_nothing_is_taken(world: World) -> None:
    done = bring(world, packet({"1.xml": bytes(50_000_000), "2.xml": day(world, 1, 500, 0)}))
    assert [(item.key, item.state) for item in done.items] == [("bank.zip", ItemState.REFUSED)]
    assert done.figures["rows"] == 0
    assert not BankLine.objects.of(world.company_id).exists()
