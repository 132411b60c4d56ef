"""A small house with everything in it: billed, credited, paid by a bank file, applied, undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from acquit.core.codecs import camt
from acquit.core.documents.bank import BankStatement, content_key
from acquit.core.money import Money
from acquit.history import archive, unit
from acquit.history.archive import Piece
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.models import Document
from acquit.stages.masterdata.models import BankAccount, Customer
from acquit.stages.receipts.facts import MoneyLeft, ReceiptRecorded, StatementImported
from acquit.stages.receipts.models import BankDay, BankLine, Receipt, Statement
from acquit.stages.receivables.commands import NewAllocation, Undo, allocate, undo
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.support.invoices import Sold, customer, deliver
from tests.support.money import Movement, statement_bytes
from tests.support.world import World


@dataclass(frozen=True)
class House:
    world: World
    ada: Customer
    bob: Customer


def build(world: World) -> House:
    """January: three invoices. February: money, part of it applied. March: one link undone."""
    ada, bob = customer(world, "C-1"), customer(world, "C-2")
    world.on("2026-01-12")
    deliver(world, ada, [Sold("3", "9.99"), Sold("2", "5.005", "B", "R")])
    bill(ctx=world.ctx(), as_of=world.today)
    world.on("2026-01-13")
    deliver(world, bob, [Sold("10", "12.50")])
    bill(ctx=world.ctx(), as_of=world.today)
    world.on("2026-01-20")
    deliver(world, ada, [Sold("1", "250.00")])
    bill(ctx=world.ctx(), as_of=world.today)
    first, second, third = Document.objects.of(world.company_id).order_by("series_number")
    world.on("2026-01-25")
    credit(ctx=world.ctx(), items=[Credit(document_id=third.id, reason="broken")])
    world.on("2026-02-10")
    movements = [Movement(4_637, text=first.number), Movement(10_000, text="?"), Movement(-1_200)]
    bank(world, movements, on=world.today)
    one, two = (item(world, receipt__amount_minor=minor) for minor in (4_637, 10_000))
    note = item(world, kind="credit_note")
    apply(world, one, item(world, document=first), 4_000)
    apply(world, two, item(world, document=second), 5_000)
    apply(world, note, item(world, document=third), 10_000)
    world.on("2026-03-02")
    link = Allocation.objects.of(world.company_id).get(amount_minor=4_000)
    undo(ctx=world.ctx(reason="wrong customer"), items=[Undo(allocation_id=link.id)])
    return House(world, ada, bob)


def item(world: World, **which: object) -> OpenItem:
    found: OpenItem = OpenItem.objects.of(world.company_id).get(**which)
    return found


def apply(world: World, source: OpenItem, target: OpenItem, minor: int) -> None:
    wish = NewAllocation(
        key="k",
        credit_item_id=source.id,
        debit_item_id=target.id,
        amount=Money(minor, target.currency),
    )
    outcome = allocate(ctx=world.ctx(), items=[wish])
    assert not outcome.faults, outcome.faults


def bank(world: World, movements: Sequence[Movement], *, on: date) -> Statement:
    """A bank file as the receipts stage takes it in: rows, archived bytes and facts."""
    ctx, own = world.ctx(), {"company_id": world.company_id}
    body = statement_bytes(movements, on=on)
    (read,) = camt.read_all(body).statements
    account = BankAccount.objects.of(world.company_id).get(is_default=True)
    with transaction.atomic():
        opened = unit.begin(company_id=world.company_id, command="tests.bank")
        assert opened is not None
        try:
            (digest,) = archive.keep(ctx, [Piece(body, "application/xml", "bank.xml")])
            statement = Statement.objects.create(
                id=world.ids.new(),
                bank_account=account,
                archive_digest=digest,
                format="camt",
                reference=read.reference,
                number=1,
                lines=len(read.lines),
                from_date=on,
                to_date=on,
                currency="EUR",
                opening_minor=read.opening_minor,
                closing_minor=read.closing_minor,
                state="accepted",
                recorded_at=ctx.now,
                **own,
            )
            lines = _movements(world, statement, read, on=on)
            _facts(world, statement, lines)
            unit.flush(opened)
        finally:
            unit.end()
    return statement


def _movements(
    world: World, statement: Statement, read: BankStatement, *, on: date
) -> list[BankLine]:
    """The lines of the statement, and what is known of their day."""
    own = {"company_id": world.company_id, "bank_account": statement.bank_account}
    keys = [content_key(line) for line in read.lines]
    lines = BankLine.objects.bulk_create(
        BankLine(
            id=world.ids.new(),
            statement=statement,
            position=line.position,
            content_key=keys[n],
            occurrence=keys[:n].count(keys[n]) + 1,
            booked_on=line.booking_date,
            value_on=line.booking_date,
            amount_minor=line.amount_minor,
            currency="EUR",
            text=line.remittance,
            byte_start=line.byte_start,
            byte_end=line.byte_end,
            **own,
        )
        for n, line in enumerate(read.lines)
    )
    BankDay.objects.create(
        id=world.ids.new(),
        booked_on=on,
        opening_minor=read.opening_minor,
        closing_minor=read.closing_minor,
        moved_minor=sum(line.amount_minor for line in lines),
        **own,
    )
    return lines


def _facts(world: World, statement: Statement, lines: Sequence[BankLine]) -> None:
    ctx, own = world.ctx(), {"company_id": world.company_id}
    receipts = Receipt.objects.bulk_create(
        Receipt(
            id=world.ids.new(),
            bank_line=line,
            method="bank",
            received_on=line.booked_on,
            amount_minor=line.amount_minor,
            currency="EUR",
            ledger_account="1800",
            recorded_at=ctx.now,
            **own,
        )
        for line in lines
        if line.amount_minor > 0
    )
    imported = StatementImported(
        subject_id=statement.id,
        effective_on=statement.to_date,
        reference=statement.reference,
        new=len(lines),
        known=0,
        opening_minor=statement.opening_minor or 0,
        closing_minor=statement.closing_minor or 0,
        currency="EUR",
    )
    received = [
        ReceiptRecorded(
            subject_id=receipt.id,
            effective_on=receipt.received_on,
            method="bank",
            amount_minor=receipt.amount_minor,
            currency="EUR",
            rate=Decimal(1),
            account="1800",
            bank_line_id=receipt.bank_line_id,
        )
        for receipt in receipts
    ]
    left = [
        MoneyLeft(
            subject_id=line.id,
            effective_on=line.booked_on,
            amount_minor=-line.amount_minor,
            currency="EUR",
            rate=Decimal(1),
            account="1800",
        )
        for line in lines
        if line.amount_minor < 0
    ]
    unit.record(ctx, [imported, *received, *left])
