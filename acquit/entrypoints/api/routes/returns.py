"""Money that the bank took back: which receipt it was, and what that opened again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from acquit.core.documents.return_reasons import words
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    MoneyValue,
    OpenItemId,
    Page,
    ReceiptId,
    Strict,
    public,
    uid,
)
from acquit.stages.matching.commands.returns import (
    ReturnChoice,
    ReturnNamed,
    dismiss_return,
    settle_return,
    undo_return,
)
from acquit.stages.matching.queries import returns as queries
from acquit.stages.matching.queries.returns import Likely, ReturnView
from acquit.stages.receipts import queries as receipts

routes = Routes("returned payments")


class LikelyOut(Strict):
    """A receipt that may have come back; ``by`` says what ties it to the return, ``left`` what of
    it did not come back so far. Contradicted: both name another payment. ``claim_id`` and
    ``document``: of a payout that paid many, the document whose money it was."""

    receipt_id: str
    claim_id: str | None
    document: str
    received_on: date
    payer_name: str
    amount: MoneyValue
    left: MoneyValue
    by: list[str]
    is_contradicted: bool

    @classmethod
    def of(cls, one: Likely) -> LikelyOut:
        return cls(
            receipt_id=public("receipt", one.receipt_id) or "",
            claim_id=public("open_item", one.claim_id),
            document=one.claim_number,
            received_on=one.received_on,
            payer_name=one.payer_name,
            amount=MoneyValue.of(one.amount_minor, one.currency),
            left=MoneyValue.of(one.left_minor, one.currency),
            by=list(one.by),
            is_contradicted=one.is_contradicted,
        )


class ReturnOut(Strict):
    """A debit that the bank calls a return, or what a payout took back. ``reason`` is the bank's
    code, CHARGEBACK, REFUND or WITHDRAWN, and ``reason_words`` what it means; ``returned`` is the
    money of the receipt, ``charge`` what was booked as the bank's charge. ``bank_line_id`` is null
    for a payout that moved no money; ``advice_id`` is the payout's report. ``ties`` receipts fit
    equally well, so no rule chose."""

    id: str
    bank_line_id: str | None
    advice_id: str | None
    booked_on: date
    amount: MoneyValue
    reason: str
    reason_words: str
    state: str
    payer_name: str
    text: str
    receipt_id: str | None
    customer_id: str | None
    returned: MoneyValue
    charge: MoneyValue
    evidence: list[str]
    ties: int
    rule: str
    decided_at: datetime | None
    decided_by: str
    likely: list[LikelyOut]

    @classmethod
    def of(cls, view: ReturnView, likely: list[Likely]) -> ReturnOut:
        return cls(
            id=public("return", view.id) or "",
            bank_line_id=public("bank_line", view.bank_line_id),
            advice_id=public("advice", view.advice_id),
            booked_on=view.booked_on,
            amount=MoneyValue.of(view.amount_minor, view.currency),
            reason=view.reason,
            reason_words=words(view.reason),
            state=view.state,
            payer_name=view.payer_name,
            text=view.text,
            receipt_id=public("receipt", view.receipt_id),
            customer_id=public("customer", view.customer_id),
            returned=MoneyValue.of(view.principal_minor, view.currency),
            charge=MoneyValue.of(view.charge_minor, view.currency),
            evidence=list(view.evidence),
            ties=view.ties,
            rule=view.rule,
            decided_at=view.decided_at,
            decided_by=view.decided_by,
            likely=[LikelyOut.of(one) for one in likely],
        )


class SettlementIn(Strict):
    """The receipt that came back; of a payout that paid many, with the document's open item where
    several may be meant."""

    receipt_id: ReceiptId
    claim_id: OpenItemId | None = None


@routes.get("/returned-payments", "read.matching", Page[ReturnOut])
def list_returned_payments(
    frame: Frame, group: Literal["undecided", "decided"] = "undecided"
) -> Page[ReturnOut]:
    """Returned payments: the oldest 200 that nobody decided, or the last 200 that were."""
    read = queries.undecided if group == "undecided" else queries.decided
    views = read(company_id=frame.company_id, limit=queries.SHOWN_MAX)
    ids = [view.id for view in views] if group == "undecided" else []
    likely = queries.likely(company_id=frame.company_id, ids=ids)
    return Page(items=[ReturnOut.of(view, likely.get(view.id, [])) for view in views], next=None)


@routes.post(
    "/returned-payments/{return_id}/settlement", "matching.settle_return", moves_money=True
)
def settle_returned_payment(frame: Frame, return_id: str, body: SettlementIn) -> Reply:
    """Say which receipt came back: what it had settled is open again."""
    receipt = uid("receipt", body.receipt_id)
    if not receipts.receipts_by_id(company_id=frame.company_id, ids=[receipt]):
        raise not_found("receipt")
    claim = uid("open_item", body.claim_id) if body.claim_id else None
    choice = ReturnChoice(id=_return(frame, return_id).id, receipt_id=receipt, claim_id=claim)
    return done(settle_return(ctx=frame.ctx, items=[choice]), kind="return")


@routes.delete("/returned-payments/{return_id}/settlement", "matching.undo_return")
def undo_returned_payment(frame: Frame, return_id: str) -> Reply:
    """It was not that receipt: what was opened again is settled as before where it still fits."""
    named = ReturnNamed(id=_return(frame, return_id).id)
    return done(undo_return(ctx=frame.ctx, items=[named]), kind="return")


@routes.post("/returned-payments/{return_id}/dismissal", "matching.dismiss_return")
def dismiss_returned_payment(frame: Frame, return_id: str) -> Reply:
    """No payment of a customer came back: the debit stays on suspense."""
    named = ReturnNamed(id=_return(frame, return_id).id)
    return done(dismiss_return(ctx=frame.ctx, items=[named]), kind="return")


def _return(frame: Frame, text: str) -> ReturnView:
    key = public_id("return", text)
    view = queries.returns_by_id(company_id=frame.company_id, ids=[key]).get(key)
    if view is None:
        raise not_found("return")
    return view
