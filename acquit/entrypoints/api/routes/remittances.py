"""Remittances: what payers, payment providers and the bank say a sum is made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes, not_found, public_id
from acquit.entrypoints.api.schemas import CursorText, Limit, MoneyValue, Page, Strict, public
from acquit.stages.receipts import queries as receipts
from acquit.stages.receipts.queries import AdviceHead, AdvicePartView

routes = Routes("remittances")


class AdviceOut(Strict):
    """An advice. ``bank_line_id`` and ``receipt_id`` name the money it explains, once it came."""

    id: str
    kind: str
    number: str
    payer_name: str
    payer_iban: str
    paid_on: date
    amount: MoneyValue
    parts: int
    filename: str
    digest: str
    bank_line_id: str | None
    receipt_id: str | None
    import_id: str | None
    is_withdrawn: bool
    recorded_at: datetime

    @classmethod
    def of(cls, view: AdviceHead) -> AdviceOut:
        return cls(
            id=public("advice", view.id) or "",
            kind=view.kind,
            number=view.number,
            payer_name=view.payer_name,
            payer_iban=view.payer_iban,
            paid_on=view.paid_on,
            amount=MoneyValue.of(view.amount_minor, view.currency),
            parts=view.parts,
            filename=view.filename,
            digest=view.digest,
            bank_line_id=public("bank_line", view.bank_line_id),
            receipt_id=public("receipt", view.receipt_id),
            import_id=public("import", view.import_run_id),
            is_withdrawn=view.is_withdrawn,
            recorded_at=view.recorded_at,
        )


class AdvicePartOut(Strict):
    """One part, signed as it changes what arrives. ``place`` is a row (``Sheet1!7``) or a box on
    a page (``2:71,402,520,414``, points from the lower left), "" where the bytes say it."""

    position: int
    kind: str
    document: str
    reference: str
    payer_name: str
    amount: MoneyValue
    discount: MoneyValue
    byte_start: int
    byte_end: int
    place: str

    @classmethod
    def of(cls, position: int, view: AdvicePartView, currency: str) -> AdvicePartOut:
        return cls(
            position=position,
            kind=view.kind,
            document=view.document,
            reference=view.reference,
            payer_name=view.payer_name,
            amount=MoneyValue.of(view.amount_minor, currency),
            discount=MoneyValue.of(view.discount_minor, currency),
            byte_start=view.byte_start,
            byte_end=view.byte_end,
            place=view.place,
        )


@routes.get("/remittances", "read.receipts", Page[AdviceOut])
def list_remittances(
    frame: Frame,
    state: Literal["", "waiting", "linked"] = "",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[AdviceOut]:
    """Advices, newest first; ``waiting`` for their money, or ``linked`` to it."""
    after = cursors.decode(cursor, date, UUID)
    page = receipts.advice_list(
        company_id=frame.company_id,
        state=state,
        limit=limit,
        after=(after[0], after[1]) if after else None,
    )
    more = cursors.encode(*page.next) if page.next else None
    return Page(items=[AdviceOut.of(row) for row in page.items], next=more)


@routes.get("/remittances/{remittance_id}", "read.receipts", AdviceOut)
def get_remittance(frame: Frame, remittance_id: str) -> AdviceOut:
    """One advice."""
    return AdviceOut.of(_found(frame, remittance_id))


@routes.get("/remittances/{remittance_id}/parts", "read.receipts", Page[AdvicePartOut])
def list_remittance_parts(
    frame: Frame, remittance_id: str, limit: Limit = 50, cursor: CursorText = ""
) -> Page[AdvicePartOut]:
    """What the sum is made of, in the order of the file."""
    advice = _found(frame, remittance_id)
    (after,) = cursors.decode(cursor, int) or (0,)
    parts, more = receipts.advice_parts(
        company_id=frame.company_id, advice_id=advice.id, limit=limit, after=after
    )
    items = [AdvicePartOut.of(position, part, advice.currency) for position, part in parts]
    return Page(items=items, next=cursors.encode(more) if more else None)


def _found(frame: Frame, text: str) -> AdviceHead:
    view = receipts.advice(company_id=frame.company_id, advice_id=public_id("advice", text))
    if view is None:
        raise not_found("advice")
    return view
