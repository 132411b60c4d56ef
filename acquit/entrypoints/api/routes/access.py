"""What waits for a second person, and what was refused."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from acquit.access import queries as access
from acquit.access.commands.approve import Decision, approve, reject
from acquit.access.queries import ApprovalView, RefusedView
from acquit.core.money import NO_CURRENCY
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    CursorText,
    Limit,
    Line,
    MoneyValue,
    Page,
    Strict,
    public,
)

routes = Routes("approvals")


class ApprovalOut(Strict):
    """A request for a second person; no amount where the act has none."""

    id: str
    command: str
    item_key: str
    amount: MoneyValue | None
    why: str
    maker: str
    state: str
    created_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str

    @classmethod
    def of(cls, view: ApprovalView) -> ApprovalOut:
        amount = None
        if view.currency != NO_CURRENCY:
            amount = MoneyValue.of(view.amount_minor, view.currency)
        return cls(
            id=public("approval", view.id) or "",
            command=view.command,
            item_key=view.item_key,
            amount=amount,
            why=view.why,
            maker=view.maker_name,
            state=view.state,
            created_at=view.created_at,
            decided_by=view.decided_by_name,
            decided_at=view.decided_at,
            decision_reason=view.decision_reason,
        )


class RefusedOut(Strict):
    """An attempt that was refused: who wanted what, and why not."""

    actor: str
    command: str
    why: str
    at: datetime

    @classmethod
    def of(cls, view: RefusedView) -> RefusedOut:
        return cls(actor=view.actor_name, command=view.command, why=view.why, at=view.at)


class DecisionIn(Strict):
    reason: Line = ""


@routes.get("/approvals", "read.history", Page[ApprovalOut])
def list_approvals(
    frame: Frame,
    state: Literal["waiting", "decided"] = "waiting",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[ApprovalOut]:
    """What waits, the oldest first and at most ``limit``; or what was decided, newest first."""
    if state == "waiting":
        rows = access.waiting(company_id=frame.company_id, limit=limit)
        return Page(items=[ApprovalOut.of(row) for row in rows])
    (before,) = cursors.decode(cursor, UUID) or (None,)
    rows = access.decided(company_id=frame.company_id, limit=limit + 1, before=before)
    more = cursors.encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[ApprovalOut.of(row) for row in rows[:limit]], next=more)


@routes.post("/approvals/{approval_id}/approval", "access.approve", moves_money=True)
def approve_request(frame: Frame, approval_id: str, body: DecisionIn) -> Reply:
    """Approve: the same command runs, as the approver; never the maker himself."""
    decision = _decision(frame, approval_id, body)
    return done(approve(ctx=frame.ctx, items=[decision]), kind="approval")


@routes.post("/approvals/{approval_id}/rejection", "access.reject")
def reject_request(frame: Frame, approval_id: str, body: DecisionIn) -> Reply:
    """Reject: nothing of it happens."""
    decision = _decision(frame, approval_id, body)
    return done(reject(ctx=frame.ctx, items=[decision]), kind="approval")


@routes.get("/refused-accesses", "read.history", Page[RefusedOut])
def list_refused_accesses(
    frame: Frame, limit: Limit = 50, cursor: CursorText = ""
) -> Page[RefusedOut]:
    """Refused attempts, newest first."""
    (before,) = cursors.decode(cursor, UUID) or (None,)
    rows = access.refused(company_id=frame.company_id, limit=limit + 1, before=before)
    more = cursors.encode(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[RefusedOut.of(row) for row in rows[:limit]], next=more)


def _decision(frame: Frame, text: str, body: DecisionIn) -> Decision:
    approval_id = public_id("approval", text)
    if not access.exists(company_id=frame.company_id, approval_id=approval_id):
        raise not_found("approval")
    return Decision(approval_id, body.reason)
