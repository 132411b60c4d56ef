"""Issued documents: invoices, credit notes and debit notes, their lines and their files."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpResponse
from pydantic import Field

from acquit.core.text import sha256
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.problems import NotFound
from acquit.entrypoints.api.schemas import (
    CursorText,
    CustomerId,
    Day,
    DecimalText,
    Limit,
    Line,
    MoneyValue,
    Page,
    QuantityText,
    RunId,
    Strict,
    public,
    uid,
)
from acquit.history.archive import Piece
from acquit.stages.dispatch import queries as dispatch
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.credit import Credit, CreditedLine, credit
from acquit.stages.invoices.queries import Correction, DocumentRow, DocumentView, LineView

routes = Routes("invoices")


class InvoiceOut(Strict):
    """A document as issued. ``rule`` names the policy that issued it without a person.
    ``report_by`` is the last day on which the tax office wants it, null where it wants none, and
    ``reported_on`` the day on which it took it."""

    id: str
    kind: str
    number: str
    issued_on: date
    due_on: date
    customer_id: str
    customer_number: str
    customer_name: str
    net: MoneyValue
    tax: MoneyValue
    gross: MoneyValue
    rule: str
    corrects_id: str | None
    recorded_at: datetime
    report_by: date | None
    reported_on: date | None

    @classmethod
    def of(cls, row: DocumentRow) -> InvoiceOut:
        return cls.model_construct(
            id=public("document", row.id),
            kind=row.kind,
            number=row.number,
            issued_on=row.issued_on,
            due_on=row.due_on,
            customer_id=public("customer", row.customer_id),
            customer_number=row.customer_number,
            customer_name=row.customer_name,
            net=MoneyValue.from_money(row.net),
            tax=MoneyValue.from_money(row.tax),
            gross=MoneyValue.from_money(row.gross),
            rule=row.rule,
            corrects_id=public("document", row.corrects_id),
            recorded_at=row.recorded_at,
            report_by=row.report_by,
            reported_on=row.reported_on,
        )


class CorrectionOut(Strict):
    """A credit note over the document."""

    id: str
    number: str
    issued_on: date
    gross: MoneyValue

    @classmethod
    def of(cls, view: Correction) -> CorrectionOut:
        return cls(
            id=public("document", view.id) or "",
            number=view.number,
            issued_on=view.issued_on,
            gross=MoneyValue.from_money(view.gross),
        )


class InvoiceDetailOut(InvoiceOut):
    """With what corrects it. ``digest`` is the SHA-256 of everything in it."""

    corrections: list[CorrectionOut]
    digest: str


class InvoiceLineOut(Strict):
    """A line, with what may still be credited of it."""

    line_no: int
    item_code: str
    description: str
    quantity: DecimalText
    unit: str
    unit_price: DecimalText
    net: MoneyValue
    tax: MoneyValue
    tax_category: str
    tax_rate: DecimalText
    creditable_quantity: DecimalText

    @classmethod
    def of(cls, line: LineView) -> InvoiceLineOut:
        return cls(
            line_no=line.line_no,
            item_code=line.item_code,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            net=MoneyValue.from_money(line.net),
            tax=MoneyValue.from_money(line.tax),
            tax_category=line.tax_category,
            tax_rate=line.tax_rate,
            creditable_quantity=line.creditable_quantity,
        )


class CreditedLineIn(Strict):
    line_no: Annotated[int, Field(ge=1, le=100_000)]
    quantity: QuantityText


class CreditIn(Strict):
    """Lines to credit; without any all that is left. ``reason`` is printed."""

    reason: Annotated[Line, Field(min_length=1)]
    lines: Annotated[list[CreditedLineIn], Field(max_length=10000)] = []
    issued_on: Day | None = None


@routes.get("/invoices", "read.invoices", Page[InvoiceOut])
def list_invoices(
    frame: Frame,
    kind: Literal["invoice", "credit_note", "debit_note"] | None = None,
    customer: CustomerId | None = None,
    run: RunId | None = None,
    number: Line = "",
    issued_from: Day | None = None,
    issued_to: Day | None = None,
    reporting: Literal["due", "late", "reported"] | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[InvoiceOut]:
    """Issued documents, newest first. ``number`` finds a part of the number, ``run`` what a
    billing run issued, ``reporting`` what the tax office wants: ``due`` all that it has not,
    ``late`` those whose last day is over, ``reported`` what it took."""
    filters = invoices.Filters(
        kind=kind or "",
        customer_id=uid("customer", customer) if customer else None,
        run_id=uid("run", run) if run else None,
        number=number,
        issued_from=issued_from,
        issued_to=issued_to,
        reporting=reporting or "",
        today=frame.ctx.today,
    )
    page = invoices.documents(
        company_id=frame.company_id,
        filters=filters,
        limit=limit,
        after=cursors.decode_pair(cursor, date),
    )
    items = [InvoiceOut.of(row) for row in page.rows]
    return Page.model_construct(items=items, next=cursors.encode_pair(page.after))


@routes.get("/invoices/{invoice_id}", "read.invoices", InvoiceDetailOut)
def get_invoice(frame: Frame, invoice_id: str) -> InvoiceDetailOut:
    """One document."""
    view = _document(frame, invoice_id)
    return InvoiceDetailOut(
        **InvoiceOut.of(view.row).model_dump(),
        corrections=[CorrectionOut.of(one) for one in view.corrections],
        digest=view.digest,
    )


@routes.get("/invoices/{invoice_id}/lines", "read.invoices", Page[InvoiceLineOut])
def list_invoice_lines(frame: Frame, invoice_id: str) -> Page[InvoiceLineOut]:
    """The lines of a document, all at once."""
    view = _document(frame, invoice_id)
    return Page(items=[InvoiceLineOut.of(line) for line in view.lines])


@routes.get("/invoices/{invoice_id}/ubl", "read.invoices", None, media="application/xml")
def get_invoice_ubl(frame: Frame, invoice_id: str) -> HttpResponse:
    """The UBL file as it was sent, byte for byte; 404 until it was rendered."""
    return _rendition(frame, invoice_id, "xml")


@routes.get("/invoices/{invoice_id}/pdf", "read.invoices", None, media="application/pdf")
def get_invoice_pdf(frame: Frame, invoice_id: str) -> HttpResponse:
    """The PDF (Factur-X) as it was sent, byte for byte; 404 until it was rendered."""
    return _rendition(frame, invoice_id, "pdf")


@routes.post("/invoices/{invoice_id}/credit-notes", "invoices.credit", moves_money=True)
def credit_invoice(frame: Frame, invoice_id: str, body: CreditIn) -> Reply:
    """Credit a document, in whole or by line; 202 when a second person must approve."""
    row = _row(frame, invoice_id)
    item = Credit(
        document_id=row.id,
        reason=body.reason,
        lines=tuple(CreditedLine(line.line_no, Decimal(line.quantity)) for line in body.lines),
        issued_on=body.issued_on,
    )
    return done(credit(ctx=frame.ctx, items=[item]), kind="document")


def file_answer(piece: Piece, *, media_type: str) -> HttpResponse:
    """Bytes as they were kept, with their digest (RFC 9530); never shown inside a page."""
    digest = sha256(piece.body)
    kept = (c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in piece.name)
    return HttpResponse(
        piece.body,
        content_type=media_type,
        headers={
            "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:",
            "ETag": f'"{digest}"',
            "Content-Disposition": f'attachment; filename="{"".join(kept) or "file"}"',
        },
    )


def _rendition(frame: Frame, text: str, form: str) -> HttpResponse:
    row = _row(frame, text)
    piece = dispatch.rendition(company_id=frame.company_id, document_id=row.id, form=form)
    if piece is None:
        raise NotFound.because(
            "document.not_rendered",
            "the file has not been made yet; it is made when the document is sent",
            fix="POST /dispatches for it",
        )
    return file_answer(piece, media_type=f"application/{form}")


def _row(frame: Frame, text: str) -> DocumentRow:
    document_id = public_id("document", text)
    found = invoices.rows_by_id(company_id=frame.company_id, ids=[document_id])
    if document_id not in found:
        raise not_found("document")
    return found[document_id]


def _document(frame: Frame, text: str) -> DocumentView:
    view = invoices.document(company_id=frame.company_id, document_id=public_id("document", text))
    if view is None:
        raise not_found("document")
    return view
