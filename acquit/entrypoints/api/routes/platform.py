"""What a French company tells its platform: statuses as they happen, e-reporting of a month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from acquit.core.documents.amounts import Period
from acquit.core.documents.ereport import Transmission
from acquit.core.faults import Fault
from acquit.core.ids import to_public
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Routes
from acquit.entrypoints.api.schemas import (
    CursorText,
    Day,
    DecimalText,
    DocumentId,
    Limit,
    Page,
    Strict,
    uid,
)
from acquit.stages.dispatch.queries.statuses import StatusView, messages_of, statuses
from acquit.stages.insight.queries.french import Message, told

routes = Routes("platform")
PlatformNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4}$")]


class BreachOut(Strict):
    """A rule of the network that a message would break."""

    code: str
    rule: str
    path: str
    message: str

    @classmethod
    def of(cls, fault: Fault) -> BreachOut:
        return cls(code=fault.code, rule=fault.rule, path=fault.path, message=fault.message)


class StatusOut(Strict):
    """A status that was told by itself: 212, money of an invoice came, per VAT rate in ``message``
    (CDAR D22B). ``amount`` is negative where that was taken back. A message that breaks rules of
    the network is not made: ``message`` is empty, ``faults`` say why."""

    id: str
    invoice_id: str
    invoice_number: str
    allocation_id: str
    status: str
    number: str
    amount: DecimalText
    currency: str
    effective_on: date
    rule: str
    issued_at: datetime
    message: str
    faults: list[BreachOut]

    @classmethod
    def of(cls, view: StatusView, message: str) -> StatusOut:
        return cls(
            id=to_public("status", view.id),
            invoice_id=to_public("document", view.document_id),
            invoice_number=view.document_number,
            allocation_id=to_public("allocation", view.allocation_id),
            status=view.status,
            number=view.number,
            amount=str(view.amount.decimal),
            currency=view.amount.currency,
            effective_on=view.effective_on,
            rule=view.rule,
            issued_at=view.issued_at,
            message=message,
            faults=[BreachOut.of(fault) for fault in view.faults],
        )


class MessageOut(Strict):
    """One file for the platform; ``of`` is how many invoices, days or parts it tells of."""

    name: str
    kind: Literal["status", "sales", "payments"]
    of: int
    body: str

    @classmethod
    def made_of(cls, message: Message) -> MessageOut:
        return cls.model_validate(
            {"name": message.name, "kind": message.kind, "of": message.of,
             "body": message.data.decode()}
        )  # fmt: skip


class EReportOut(Strict):
    """All of a month. ``rectify`` are earlier months that are to be told again, since what was
    taken back has made them untrue; ``faults`` say what could not be told, and by which rule."""

    month: str
    messages: list[MessageOut]
    rectify: list[str]
    faults: list[BreachOut]


@routes.get("/statuses", "read.dispatch", Page[StatusOut])
def list_statuses(
    frame: Frame,
    invoice: DocumentId | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[StatusOut]:
    """What the platform was told of each payment, newest first; of one invoice by its id."""
    after = cursors.decode(cursor, datetime, UUID)
    found = statuses(
        company_id=frame.company_id,
        document_id=uid("document", invoice) if invoice else None,
        limit=limit + 1,
        after=(after[0], after[1]) if after else None,
    )
    shown = found[:limit]
    pieces = messages_of(company_id=frame.company_id, told=shown)
    items = [
        StatusOut.of(one, pieces[one.id].body.decode() if one.id in pieces else "") for one in shown
    ]
    last = shown[-1] if len(found) > limit else None
    return Page(items=items, next=cursors.encode(last.issued_at, last.id) if last else None)


@routes.get("/e-report", "read.insight", EReportOut)
def get_e_report(
    frame: Frame, month: Day, platform: PlatformNumber, rectified: bool = False
) -> EReportOut:
    """E-reporting (flux 10) of the month of a day, and the statuses told in it, as files for the
    platform; ``rectified`` replaces what was told of the month before."""
    first = month.replace(day=1)
    found = told(
        company_id=frame.company_id,
        country=frame.company.country,
        period=Period(first, first.replace(day=monthrange(first.year, first.month)[1])),
        platform=platform,
        kind=Transmission.RECTIFIED if rectified else Transmission.INITIAL,
        now=frame.ctx.now,
    )
    return EReportOut(
        month=f"{first:%Y-%m}",
        messages=[MessageOut.made_of(message) for message in found.messages],
        rectify=sorted({f"{day:%Y-%m}" for day in found.untrue}),
        faults=[BreachOut.of(fault) for fault in found.faults],
    )
