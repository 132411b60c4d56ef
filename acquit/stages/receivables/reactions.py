"""Open items follow from documents and receipts, in the same transaction; of money that settles
a document the network is told that wants to know.

Open items take effect on the day the books take it, so that ageing, statement and control account
agree at any date for ever; the document and the receipt keep their own dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.money import Money, exponent, round_to_minor
from acquit.core.text import normalize_reference
from acquit.database.copy import NULL, copy_text, escaped, fetch_rows, uuid_array
from acquit.history import unit
from acquit.history.facts import Recorded
from acquit.history.unit import Calendar
from acquit.stages.dispatch.commands import tell as dispatch
from acquit.stages.dispatch.rules.collected import COUNTRY, Payment
from acquit.stages.invoices.facts import DocumentIssued
from acquit.stages.receipts.commands.numbers import take_numbers
from acquit.stages.receipts.facts import ReceiptRecorded
from acquit.stages.receivables.facts import AllocationUndone, CashApplied
from acquit.stages.receivables.models import OpenItem

_COLUMNS = (
    "id",
    "company_id",
    "customer_id",
    "kind",
    "side",
    "document_id",
    "receipt_id",
    "number",
    "number_key",
    "reference_keys",
    "effective_on",
    "due_on",
    "discount_bp",
    "discount_until",
    "currency",
    "original_minor",
    "open_minor",
    "functional_minor",
    "open_functional_minor",
    "moved_on",
    "recorded_at",
)


def open_documents(ctx: Context, issued: Sequence[Recorded[DocumentIssued]]) -> None:
    """One claim per invoice or debit note, one credit per credit note."""
    home = home_of(ctx.company_id).currency
    copy_text(OpenItem, _COLUMNS, _document_rows(ctx, home, unit.calendar(), issued))


def open_receipts(ctx: Context, recorded: Sequence[Recorded[ReceiptRecorded]]) -> None:
    """One credit per receipt: unapplied money until an allocation uses it. It bears the number of
    its quittance, or one of the company's series for receipts."""
    home = home_of(ctx.company_id).currency
    bare = sum(not item.fact.quittance_number for item in recorded)
    numbers = iter(take_numbers(ctx, kind="receipt", count=bare))
    rows = _receipt_rows(ctx, home, unit.calendar(), recorded, numbers)
    copy_text(OpenItem, _COLUMNS, rows)


def _document_rows(
    ctx: Context,
    home: str,
    booking_day: Calendar,
    issued: Sequence[Recorded[DocumentIssued]],
) -> Iterator[str]:
    company, now = ctx.company_id.hex, str(ctx.now)
    for id, item in zip(ctx.ids.many(len(issued)), issued, strict=True):
        fact = item.fact
        yield _row(
            company,
            now,
            id,
            customer_id=fact.customer_id,
            kind=fact.kind,
            document_id=fact.subject_id,
            receipt_id=None,
            number=fact.number,
            effective_on=booking_day(fact.effective_on),
            due_on=fact.due_on,
            currency=fact.currency,
            minor=fact.gross_minor,
            functional_minor=functional(fact.gross_minor, fact.currency, fact.rate, home),
            discount_bp=fact.discount_bp,
            discount_until=fact.discount_until,
            references=fact.references,
        )


def _receipt_rows(
    ctx: Context,
    home: str,
    booking_day: Calendar,
    recorded: Sequence[Recorded[ReceiptRecorded]],
    numbers: Iterator[str],
) -> Iterator[str]:
    company, now = ctx.company_id.hex, str(ctx.now)
    for id, item in zip(ctx.ids.many(len(recorded)), recorded, strict=True):
        fact = item.fact
        yield _row(
            company,
            now,
            id,
            customer_id=fact.customer_id,
            kind="receipt",
            document_id=None,
            receipt_id=fact.subject_id,
            number=fact.quittance_number or next(numbers),
            effective_on=booking_day(fact.effective_on),
            due_on=fact.effective_on,
            currency=fact.currency,
            minor=fact.amount_minor,
            functional_minor=functional(fact.amount_minor, fact.currency, fact.rate, home),
        )


def _row(
    company: str,
    now: str,
    id: UUID,
    *,
    customer_id: UUID | None,
    kind: str,
    document_id: UUID | None,
    receipt_id: UUID | None,
    number: str,
    effective_on: date,
    due_on: date,
    currency: str,
    minor: int,
    functional_minor: int,
    discount_bp: int = 0,
    discount_until: date | None = None,
    references: Sequence[str] = (),
) -> str:
    """One line of COPY text."""
    keys = ",".join(key for text in references if (key := normalize_reference(text)))
    return (
        f"{id.hex}\t{company}\t{customer_id.hex if customer_id else NULL}\t{kind}"
        f"\t{'debit' if kind in ('invoice', 'debit_note') else 'credit'}"
        f"\t{document_id.hex if document_id else NULL}\t{receipt_id.hex if receipt_id else NULL}"
        f"\t{escaped(number)}\t{normalize_reference(number)}\t{{{keys}}}\t{effective_on}"
        f"\t{due_on}\t{discount_bp}\t{discount_until or NULL}\t{currency}"
        f"\t{minor}\t{minor}\t{functional_minor}\t{functional_minor}\t{effective_on}\t{now}\n"
    )


def tell_collected(
    ctx: Context, moved: Sequence[Recorded[CashApplied] | Recorded[AllocationUndone]]
) -> None:
    """A French company's platform is told of money that settled a document, or did not after all;
    in other countries nobody asks."""
    if home_of(ctx.company_id).country != COUNTRY:
        return
    paid = [one.fact for one in moved if one.fact.from_kind == "receipt" and one.fact.debit_item_id]
    documents = dict(
        fetch_rows(
            "SELECT i.id, i.document_id FROM receivables_open_item i"
            " WHERE i.company_id = %s AND i.id = ANY(%s::uuid[]) AND i.document_id IS NOT NULL",
            [ctx.company_id, uuid_array(fact.debit_item_id for fact in paid)],
        )
        if paid
        else ()
    )
    payments = [
        _payment(fact, documents[fact.debit_item_id])
        for fact in paid
        if fact.debit_item_id in documents
    ]
    if payments:
        dispatch.tell_collected(ctx, payments)


def _payment(fact: CashApplied | AllocationUndone, document_id: UUID) -> Payment:
    amount, is_undone = Money(fact.amount_minor, fact.currency), isinstance(fact, AllocationUndone)
    return Payment(
        allocation_id=fact.subject_id,
        document_id=document_id,
        amount=-amount if is_undone else amount,
        on=fact.effective_on,
        undoes=fact.undone_id if isinstance(fact, AllocationUndone) else None,
    )


def functional(minor: int, currency: str, rate: Decimal, home: str) -> int:
    """The amount in the company's currency at the recorded rate (invariant I22)."""
    if currency == home:
        return minor
    return round_to_minor(Decimal(minor).scaleb(-exponent(currency)) * rate, currency=home)
