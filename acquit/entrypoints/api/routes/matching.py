"""The queue of money that settles nothing yet, and what the matcher proposes for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    CursorText,
    DecimalText,
    Instant,
    Limit,
    MoneyValue,
    OutcomeOut,
    Page,
    ReceiptId,
    Strict,
    number,
    public,
    uid,
)
from acquit.stages.matching import queries as matching
from acquit.stages.matching.commands.aside import (
    NOTE_CHARACTERS_MAX,
    PutAside,
    TakeUp,
    put_aside,
    take_up,
)
from acquit.stages.matching.commands.confirm import confirm
from acquit.stages.matching.commands.judge import ProposalChoice, accept, reject, undo
from acquit.stages.matching.commands.propose import MatchReceipt, propose
from acquit.stages.matching.queries import ProposalView, waiting
from acquit.stages.matching.queries.waiting import Group, QueueRow
from acquit.stages.receipts import queries as receipts

routes = Routes("matching")
SINCE = timedelta(days=30)


class ProposingIn(Strict):
    """The receipts to match; without any, all money that settles nothing yet."""

    receipts: Annotated[list[ReceiptId], Field(max_length=5000)] = []


class QueueRowOut(Strict):
    """A receipt that waits, with its best proposal, if it has one. ``open_item_id`` is what an
    allocation takes the money from (``credit_item_id``)."""

    receipt_id: str
    open_item_id: str
    received_on: date
    payer_name: str
    text: str
    customer_id: str | None
    amount: MoneyValue
    open: MoneyValue
    proposal_id: str | None
    probability: DecimalText
    rivals: int
    reason: str
    rule: str
    aside: str

    @classmethod
    def of(cls, row: QueueRow) -> QueueRowOut:
        return cls(
            receipt_id=public("receipt", row.receipt_id) or "",
            open_item_id=public("open_item", row.open_item_id) or "",
            received_on=row.received_on,
            payer_name=row.payer_name,
            text=row.text,
            customer_id=public("customer", row.customer_id),
            amount=MoneyValue.of(row.amount_minor, row.currency),
            open=MoneyValue.of(row.open_minor, row.currency),
            proposal_id=public("proposal", row.proposal_id),
            probability=number(Decimal(row.probability)),
            rivals=row.rivals,
            reason=row.reason,
            rule=row.rule,
            aside=row.aside,
        )


class AsideIn(Strict):
    """Why the money settles nothing: it stays with the customer (``account``), or it is not for our
    invoices (``foreign``); more of it in words."""

    reason: Literal["account", "foreign"]
    note: Annotated[str, Field(max_length=NOTE_CHARACTERS_MAX)] = ""


class ProposalItemOut(Strict):
    """A claim the proposal would settle, as it stands now."""

    open_item_id: str
    number: str
    amount: MoneyValue
    open: MoneyValue
    due_on: date
    customer_id: str | None
    credit_item_id: str | None
    credit_number: str
    adjustment: str


class EvidenceOut(Strict):
    """One reason in words; ``start`` and ``end`` mark the piece of the text, -1 for none."""

    kind: str
    text: str
    start: int
    end: int


class ProposalOut(Strict):
    """What one receipt may settle, how sure that is and why; ``rivals`` fit as well."""

    id: str
    rank: int
    probability: DecimalText
    rivals: int
    action: str
    reason: str
    state: str
    rule: str
    total: MoneyValue
    items: list[ProposalItemOut]
    evidence: list[EvidenceOut]
    created_at: datetime
    decided_at: datetime | None
    decided_by: str

    @classmethod
    def of(cls, view: ProposalView) -> ProposalOut:
        items = [
            ProposalItemOut(
                open_item_id=public("open_item", item.open_item_id) or "",
                number=item.number,
                amount=MoneyValue.of(item.amount_minor, item.currency),
                open=MoneyValue.of(item.open_minor, item.currency),
                due_on=item.due_on,
                customer_id=public("customer", item.customer_id),
                credit_item_id=public("open_item", item.credit_item_id),
                credit_number=item.credit_number,
                adjustment=item.adjustment,
            )
            for item in view.items
        ]
        return cls(
            id=public("proposal", view.id) or "",
            rank=view.rank,
            probability=number(view.probability),
            rivals=view.rivals,
            action=view.action,
            reason=view.reason,
            state=view.state,
            rule=view.rule,
            total=MoneyValue.of(view.total_minor, view.currency),
            items=items,
            evidence=[
                EvidenceOut(kind=e.kind, text=e.text, start=e.start, end=e.end)
                for e in view.evidence
            ],
            created_at=view.created_at,
            decided_at=view.decided_at,
            decided_by=view.decided_by,
        )


@routes.get("/unapplied-receipts", "read.matching", Page[QueueRowOut])
def list_unapplied_receipts(
    frame: Frame,
    group: Group = Group.NEEDS_YOU,
    since: Instant | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[QueueRowOut]:
    """Receipts by where they wait: ``suggested`` and ``needs_you`` by their money and how long they
    wait; ``auto`` are those a rule applied, ``aside`` those that were put aside or asked about, the
    oldest first.

    ``since`` bounds the automatic ones; thirty days ago unless given.
    """
    after = cursors.decode(cursor, int, date, UUID)
    page = waiting.queue(
        company_id=frame.company_id,
        group=group,
        since=since or frame.ctx.now - SINCE,
        limit=limit,
        after=(after[0], after[1], after[2]) if after else None,
    )
    more = cursors.encode(*page.next) if page.next else None
    return Page(items=[QueueRowOut.of(row) for row in page.rows], next=more)


@routes.put("/receipts/{receipt_id}/aside", "matching.put_aside")
def put_receipt_aside(frame: Frame, receipt_id: str, body: AsideIn) -> Reply:
    """This money settles nothing now: out of the queue, with the reason. Nothing is booked."""
    wish = PutAside(receipt_id=_receipt(frame, receipt_id), reason=body.reason, note=body.note)
    return done(put_aside(ctx=frame.ctx, items=[wish]), kind="receipt")


@routes.delete("/receipts/{receipt_id}/aside", "matching.take_up")
def take_receipt_up(frame: Frame, receipt_id: str) -> Reply:
    """Into the queue again."""
    wish = TakeUp(receipt_id=_receipt(frame, receipt_id))
    return done(take_up(ctx=frame.ctx, items=[wish]), kind="receipt")


def _receipt(frame: Frame, text: str) -> UUID:
    key = public_id("receipt", text)
    if not receipts.receipts_by_id(company_id=frame.company_id, ids=[key]):
        raise not_found("receipt")
    return key


@routes.get("/receipts/{receipt_id}/proposals", "read.matching", Page[ProposalOut])
def list_proposals(frame: Frame, receipt_id: str) -> Page[ProposalOut]:
    """What the matcher says to one receipt, standing answers first."""
    found = matching.receipt_detail(
        company_id=frame.company_id, receipt_id=public_id("receipt", receipt_id)
    )
    if found is None:
        raise not_found("receipt")
    return Page(items=[ProposalOut.of(view) for view in found.proposals])


@routes.get("/proposals/{proposal_id}", "read.matching", ProposalOut)
def get_proposal(frame: Frame, proposal_id: str) -> ProposalOut:
    """One proposal with its evidence."""
    return ProposalOut.of(_proposal(frame, proposal_id))


@routes.post("/proposals", "matching.propose", moves_money=True)
def propose_matches(frame: Frame, body: ProposingIn) -> OutcomeOut:
    """Match money to claims: what the policy lets through is applied, the rest is proposed."""
    wanted = [uid("receipt", text) for text in body.receipts]
    known = receipts.receipts_by_id(company_id=frame.company_id, ids=wanted)
    if len(known) < len(set(wanted)):
        raise not_found("receipt")
    items = [MatchReceipt(receipt_id=one) for one in known]
    return OutcomeOut.of(propose(ctx=frame.ctx, items=items), kind="proposal")


@routes.post("/proposals/{proposal_id}/acceptance", "matching.accept", moves_money=True)
def accept_proposal(frame: Frame, proposal_id: str) -> Reply:
    """Apply a proposal as it stands; one that no longer fits is refused as a whole."""
    chosen = ProposalChoice(id=_proposal(frame, proposal_id).id)
    return done(accept(ctx=frame.ctx, items=[chosen]), kind="proposal")


@routes.post("/proposals/{proposal_id}/rejection", "matching.reject")
def reject_proposal(frame: Frame, proposal_id: str) -> Reply:
    """This is not it: the same answer is not posted for this receipt again."""
    chosen = ProposalChoice(id=_proposal(frame, proposal_id).id)
    return done(reject(ctx=frame.ctx, items=[chosen]), kind="proposal")


@routes.post("/proposals/{proposal_id}/confirmation", "matching.confirm")
def confirm_proposal(frame: Frame, proposal_id: str) -> Reply:
    """What a rule posted with undo is right: nobody has to look at it again."""
    chosen = ProposalChoice(id=_proposal(frame, proposal_id).id)
    return done(confirm(ctx=frame.ctx, items=[chosen]), kind="proposal")


@routes.delete("/proposals/{proposal_id}/acceptance", "matching.undo")
def undo_proposal(frame: Frame, proposal_id: str) -> Reply:
    """Take back what a proposal applied, by a person or by a rule."""
    chosen = ProposalChoice(id=_proposal(frame, proposal_id).id)
    return done(undo(ctx=frame.ctx, items=[chosen]), kind="proposal")


def _proposal(frame: Frame, text: str) -> ProposalView:
    view = matching.proposal(company_id=frame.company_id, proposal_id=public_id("proposal", text))
    if view is None:
        raise not_found("proposal")
    return view
