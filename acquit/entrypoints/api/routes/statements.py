"""Bank statements and their movements, down to the bytes of the bank's file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import File, UploadedFile

from acquit.core.codecs import packed
from acquit.entrypoints import taking_in
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.routes.invoices import file_answer
from acquit.entrypoints.api.schemas import (
    CursorText,
    Limit,
    Line,
    MoneyValue,
    OutcomeOut,
    Page,
    Strict,
    public,
)
from acquit.history.archive import Piece
from acquit.stages.receipts import queries as receipts
from acquit.stages.receipts.commands.import_statement import StatementFile, import_statement
from acquit.stages.receipts.commands.judge import ParkedStatement, accept, discard
from acquit.stages.receipts.queries import BankLineView, StatementView

routes = Routes("bank statements")


class StatementOut(Strict):
    """A statement as received; parked when opening + movements is not closing, or when nothing
    proves whether its movements are known already."""

    id: str
    iban: str
    reference: str
    filename: str
    digest: str
    from_date: date | None
    to_date: date
    opening: MoneyValue | None
    closing: MoneyValue | None
    lines: int
    state: str
    parked_reason: str
    recorded_at: datetime

    @classmethod
    def of(cls, view: StatementView) -> StatementOut:
        return cls(
            id=public("statement", view.id) or "",
            iban=view.iban,
            reference=view.reference,
            filename=view.filename,
            digest=view.digest,
            from_date=view.from_date,
            to_date=view.to_date,
            opening=_money(view.opening_minor, view.currency),
            closing=_money(view.closing_minor, view.currency),
            lines=view.lines,
            state=view.state,
            parked_reason=view.parked_reason,
            recorded_at=view.recorded_at,
        )


class BankLineOut(Strict):
    """A movement; plus is money in. ``receipt_id`` where it became a receipt; the byte range is
    its place in the file."""

    id: str
    statement_id: str
    position: int
    booked_on: date
    value_on: date
    amount: MoneyValue
    payer_name: str
    payer_iban: str
    end_to_end_id: str
    text: str
    bank_reference: str
    byte_start: int
    byte_end: int
    receipt_id: str | None

    @classmethod
    def of(cls, view: BankLineView) -> BankLineOut:
        return cls.model_construct(
            id=public("bank_line", view.id),
            statement_id=public("statement", view.statement_id),
            position=view.position,
            booked_on=view.booked_on,
            value_on=view.value_on,
            amount=MoneyValue.of(view.amount_minor, view.currency),
            payer_name=view.payer_name,
            payer_iban=view.payer_iban,
            end_to_end_id=view.end_to_end_id,
            text=view.text,
            bank_reference=view.bank_reference,
            byte_start=view.byte_start,
            byte_end=view.byte_end,
            receipt_id=public("receipt", view.receipt_id),
        )


class StatementReason(Strict):
    """Why it is right to take, or to leave, what does not add up."""

    reason: Line = ""


class Acceptance(StatementReason):
    """``movements`` says what those in doubt are, where the file does not prove it."""

    movements: Literal["", "new", "repeat"] = ""


@routes.post("/statements", "receipts.import_statement", moves_money=True)
def import_bank_file(frame: Frame, file: File[UploadedFile]) -> OutcomeOut:
    """Take in a statement of the bank in any syntax that is known, or a ZIP of several.

    Each movement is kept once however many files carry it; a file that does not add up is parked.
    The same bytes again change nothing.
    """
    name = "".join(letter for letter in file.name or "" if letter.isprintable())[:200]
    body = file.read()
    if packed.sniff(body):
        outcome = taking_in.take_in(
            ctx=frame.ctx,
            kind=taking_in.BANK,
            profile="",
            filename=name or "file",
            content=body,
            options={},
        )
        return OutcomeOut.of(outcome, kind="import")
    item = StatementFile(key=name or "file", body=body)
    return OutcomeOut.of(import_statement(ctx=frame.ctx, items=[item]), kind="import")


@routes.get("/statements", "read.receipts", Page[StatementOut])
def list_statements(
    frame: Frame,
    state: Literal["accepted", "parked", "discarded"] | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[StatementOut]:
    """Statements, newest first."""
    after = cursors.decode(cursor, date, UUID)
    page = receipts.statements(
        company_id=frame.company_id,
        state=state or "",
        limit=limit,
        after=(after[0], after[1]) if after else None,
    )
    more = cursors.encode(*page.next) if page.next else None
    return Page(items=[StatementOut.of(row) for row in page.items], next=more)


@routes.get("/statements/{statement_id}", "read.receipts", StatementOut)
def get_statement(frame: Frame, statement_id: str) -> StatementOut:
    """One statement."""
    return StatementOut.of(_statement(frame, statement_id))


@routes.get("/statements/{statement_id}/lines", "read.receipts", Page[BankLineOut])
def list_bank_lines(
    frame: Frame, statement_id: str, limit: Limit = 50, cursor: CursorText = ""
) -> Page[BankLineOut]:
    """The movements that this statement was the first to bring, in its order."""
    view = _statement(frame, statement_id)
    (after,) = cursors.decode(cursor, int) or (None,)
    page = receipts.bank_lines(
        company_id=frame.company_id, statement_id=view.id, limit=limit, after=after
    )
    more = cursors.encode(page.next) if page.next is not None else None
    return Page(items=[BankLineOut.of(row) for row in page.items], next=more)


@routes.post("/statements/{statement_id}/acceptance", "receipts.accept", moves_money=True)
def accept_statement(frame: Frame, statement_id: str, body: Acceptance) -> Reply:
    """Take the movements of a parked statement although its totals do not agree, or say what
    those are that may be known already."""
    view = _statement(frame, statement_id)
    ctx = frame.ctx.because(reason=body.reason)
    item = ParkedStatement(id=view.id, movements=body.movements)
    return done(accept(ctx=ctx, items=[item]), kind="statement")


@routes.post("/statements/{statement_id}/discard", "receipts.discard", moves_money=True)
def discard_statement(frame: Frame, statement_id: str, body: StatementReason) -> Reply:
    """Put a parked statement aside; its file may be imported again."""
    view = _statement(frame, statement_id)
    ctx = frame.ctx.because(reason=body.reason)
    return done(discard(ctx=ctx, items=[ParkedStatement(id=view.id)]), kind="statement")


@routes.get("/bank-lines/{line_id}/source", "read.receipts", None, media="application/xml")
def get_bank_line_source(frame: Frame, line_id: str) -> HttpResponse:
    """The bytes of the bank's file that say so: the end of every drill-down."""
    found = receipts.source_of(
        company_id=frame.company_id, bank_line_id=public_id("bank_line", line_id)
    )
    if found is None:
        raise not_found("bank_line")
    piece = Piece(found.excerpt, "application/xml", f"{found.line.position}.xml")
    return file_answer(piece, media_type="application/xml")


def _statement(frame: Frame, text: str) -> StatementView:
    view = receipts.statement(
        company_id=frame.company_id, statement_id=public_id("statement", text)
    )
    if view is None:
        raise not_found("statement")
    return view


def _money(minor: int | None, currency: str) -> MoneyValue | None:
    return None if minor is None else MoneyValue.of(minor, currency)
