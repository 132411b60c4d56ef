"""Customers, documents and receipts for tests of money: real rows, real facts, real reactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from acquit.core.codecs import camt
from acquit.core.documents.bank import BankLine, BankStatement, StatementKind
from acquit.history import unit
from acquit.stages.invoices.facts import DocumentIssued, TaxAmount
from acquit.stages.invoices.models import Document, Series, TaxLine
from acquit.stages.masterdata.models import Customer
from acquit.stages.receipts.facts import ReceiptRecorded
from acquit.stages.receipts.models import Receipt
from acquit.stages.receivables.models import OpenItem
from tests.support.world import World

IBAN = "DE89370400440532013000"


def customers(world: World, count: int, *, prefix: str = "K") -> list[Customer]:
    """Customers ``K0001 ...`` with an IBAN of their own."""
    first = Customer.objects.of(world.company_id).count() + 1
    rows = [
        Customer(
            id=world.ids.new(),
            company_id=world.company_id,
            number=f"{prefix}{n:04}",
            name=f"Kunde {n} GmbH",
            country="DE",
            currency="EUR",
            name_key=f"KUNDE {n}",
            iban=f"DE0050010517{n:010}",
            created_at=world.ctx().now,
            updated_at=world.ctx().now,
        )
        for n in range(first, first + count)
    ]
    return Customer.objects.bulk_create(rows)


@dataclass(frozen=True)
class Doc:
    customer_id: UUID
    minor: int
    kind: str = "invoice"
    issued_on: date | None = None
    due_on: date | None = None
    currency: str = "EUR"
    rate: Decimal = Decimal(1)
    tax_minor: int = 0  # of ``minor``, at the usual rate
    discount_bp: int = 0  # taken until the day it is due


_SERIES = {"invoice": "RE", "credit_note": "GS", "debit_note": "BL"}


def issue(world: World, docs: Sequence[Doc]) -> list[OpenItem]:
    """Documents without lines, as issued; their open items in the same order."""
    ctx = world.ctx()
    with transaction.atomic():
        opened = unit.begin(company_id=world.company_id, command="tests.issue")
        assert opened is not None
        try:
            rows = [_document(world, doc) for doc in docs]
            Document.objects.bulk_create(rows)
            TaxLine.objects.bulk_create(_tax(world, row) for row in rows if row.tax_minor)
            unit.record(ctx, [_issued(row, doc) for row, doc in zip(rows, docs, strict=True)])
            unit.flush(opened)
        finally:
            unit.end()
    by_document = {
        item.document_id: item
        for item in OpenItem.objects.of(world.company_id).filter(
            document_id__in=[row.id for row in rows]
        )
    }
    return [by_document[row.id] for row in rows]


def _document(world: World, doc: Doc) -> Document:
    issued_on = doc.issued_on or world.today
    code = _SERIES[doc.kind]
    series, _ = Series.objects.of(world.company_id).get_or_create(
        code=code,
        year=issued_on.year,
        company_id=world.company_id,
        defaults={
            "id": world.ids.new(),
            "kind": doc.kind,
            "pattern": code + "{year}-{n:06}",
        },
    )
    series.last_number += 1
    series.save()
    return Document(
        id=world.ids.new(),
        company_id=world.company_id,
        kind=doc.kind,
        series=series,
        series_number=series.last_number,
        number=f"{code}{issued_on.year}-{series.last_number:06}",
        issued_on=issued_on,
        due_on=doc.due_on or issued_on + timedelta(days=30),
        customer_id=doc.customer_id,
        currency=doc.currency,
        net_minor=doc.minor - doc.tax_minor,
        tax_minor=doc.tax_minor,
        gross_minor=doc.minor,
        seller_digest="0" * 64,
        buyer_digest="0" * 64,
        header={},
        rounding_plan={},
        digest="0" * 64,
        recorded_at=world.ctx().now,
    )


def _tax(world: World, row: Document) -> TaxLine:
    return TaxLine(
        id=world.ids.new(),
        company_id=world.company_id,
        document=row,
        tax_code="S",
        category="S",
        rate=Decimal(19),
        taxable_minor=row.net_minor,
        tax_minor=row.tax_minor,
    )


def _issued(row: Document, doc: Doc) -> DocumentIssued:
    tax = TaxAmount("S", "S", Decimal(19), row.net_minor, row.tax_minor, "3806")
    return DocumentIssued(
        subject_id=row.id,
        effective_on=row.issued_on,
        kind=row.kind,
        number=row.number,
        customer_id=row.customer_id,
        currency=row.currency,
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        gross_minor=row.gross_minor,
        rate=doc.rate,
        taxes=(tax,) if row.tax_minor else (),
        due_on=row.due_on,
        digest=row.digest,
        discount_bp=doc.discount_bp,
        discount_until=row.due_on if doc.discount_bp else None,
    )


@dataclass(frozen=True)
class Incoming:
    minor: int
    customer_id: UUID | None = None
    currency: str = "EUR"
    rate: Decimal = Decimal(1)
    account: str = "1800"


def receive(world: World, money: Sequence[Incoming]) -> list[OpenItem]:
    """Receipts as a bank would bring them, without a statement; their open items in order."""
    ctx = world.ctx()
    with transaction.atomic():
        opened = unit.begin(company_id=world.company_id, command="tests.receive")
        assert opened is not None
        try:
            rows = [
                Receipt(
                    id=world.ids.new(),
                    company_id=world.company_id,
                    method="bank",
                    received_on=world.today,
                    amount_minor=one.minor,
                    currency=one.currency,
                    customer_id=one.customer_id,
                    ledger_account=one.account,
                    recorded_at=ctx.now,
                )
                for one in money
            ]
            Receipt.objects.bulk_create(rows)
            unit.record(
                ctx,
                [
                    ReceiptRecorded(
                        subject_id=row.id,
                        effective_on=row.received_on,
                        method=row.method,
                        amount_minor=row.amount_minor,
                        currency=row.currency,
                        rate=one.rate,
                        account=row.ledger_account,
                        customer_id=row.customer_id,
                    )
                    for row, one in zip(rows, money, strict=True)
                ],
            )
            unit.flush(opened)
        finally:
            unit.end()
    by_receipt = {
        item.receipt_id: item
        for item in OpenItem.objects.of(world.company_id).filter(
            receipt_id__in=[row.id for row in rows]
        )
    }
    return [by_receipt[row.id] for row in rows]


@dataclass(frozen=True)
class Movement:
    """One line of a bank statement; ``minor`` plus is money in."""

    minor: int
    text: str = ""
    payer: str = ""
    iban: str = ""
    on: date | None = None
    end_to_end: str = ""
    reference: str = ""
    mandate: str = ""
    returned: str = ""  # the bank's code for money that came back
    charges: int = 0


def statement_bytes(
    movements: Sequence[Movement],
    *,
    on: date,
    opening_minor: int = 0,
    closing_minor: int | None = None,
    reference: str = "S1",
    iban: str = IBAN,
    currency: str = "EUR",
) -> bytes:
    """A camt.053 file; the closing balance is right unless another one is given."""
    statement = statement_of(
        movements,
        on=on,
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        reference=reference,
        iban=iban,
        currency=currency,
    )
    return camt.write(statement, created_at=datetime(on.year, on.month, on.day, 20, tzinfo=UTC))


def statement_of(
    movements: Sequence[Movement],
    *,
    on: date,
    opening_minor: int = 0,
    closing_minor: int | None = None,
    reference: str = "S1",
    iban: str = IBAN,
    currency: str = "EUR",
) -> BankStatement:
    """What a bank file of these movements says, for any writer."""
    lines = tuple(
        BankLine(
            position=n,
            entry_number=n,
            booking_date=m.on or on,
            value_date=m.on or on,
            amount_minor=m.minor,
            currency=currency,
            payer_name=m.payer,
            payer_iban=m.iban,
            end_to_end_id=m.end_to_end,
            remittance=m.text,
            bank_reference=m.reference,
            mandate_id=m.mandate,
            return_reason=m.returned,
            charges_minor=m.charges,
            transaction_code="PMNT/RCDT/ESCT",
        )
        for n, m in enumerate(movements, start=1)
    )
    right = opening_minor + sum(m.minor for m in movements)
    return BankStatement(
        kind=StatementKind.STATEMENT,
        account_iban=iban,
        currency=currency,
        reference=reference,
        from_date=on,
        to_date=on,
        opening_minor=opening_minor,
        closing_minor=right if closing_minor is None else closing_minor,
        lines=lines,
    )
