"""Open items and what was applied to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from acquit.core.outcome import Outcome
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    CustomerId,
    Limit,
    MoneyValue,
    OpenItemId,
    OutcomeOut,
    Page,
    Strict,
    Word,
    public,
    uid,
)
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.receivables import queries as receivables
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    Undo,
    adjust,
    allocate,
    undo,
)
from acquit.stages.receivables.queries import AllocationView, ItemView

routes = Routes("receivables")


class OpenItemOut(Strict):
    """A claim (debit) or a credit that is not yet settled; amounts are positive."""

    id: str
    customer_id: str | None
    kind: str
    side: str
    number: str
    document_id: str | None
    receipt_id: str | None
    effective_on: date
    due_on: date
    original: MoneyValue
    open: MoneyValue

    @classmethod
    def of(cls, view: ItemView) -> OpenItemOut:
        return cls.model_construct(
            id=public("open_item", view.id),
            customer_id=public("customer", view.customer_id),
            kind=view.kind,
            side=view.side,
            number=view.number,
            document_id=public("document", view.document_id),
            receipt_id=public("receipt", view.receipt_id),
            effective_on=view.effective_on,
            due_on=view.due_on,
            original=MoneyValue.of(view.original_minor, view.currency),
            open=MoneyValue.of(view.open_minor, view.currency),
        )


class AllocationIn(Strict):
    """A move from a credit to a claim. The same items and ``key`` again change nothing. Items
    with the same word in ``together`` are done as a whole or not at all. ``closing`` of the claim
    is closed in the same step for the reason ``adjustment`` (``bank_fee``), and undone with it.
    Where the claim is in another currency, ``given`` is what the credit gives of its own."""

    key: Word
    credit_item_id: OpenItemId
    debit_item_id: OpenItemId
    amount: MoneyValue
    third_party: bool = False
    together: Word | None = None
    closing: MoneyValue | None = None
    adjustment: Word | None = None
    given: MoneyValue | None = None

    def item(self) -> NewAllocation:
        return NewAllocation(
            key=self.key,
            credit_item_id=uid("open_item", self.credit_item_id),
            debit_item_id=uid("open_item", self.debit_item_id),
            amount=self.amount.money(),
            third_party=self.third_party,
            together=self.together or "",
            closing=self.closing.money() if self.closing else None,
            adjustment=self.adjustment or "",
            given=self.given.money() if self.given else None,
        )


class AdjustmentIn(Strict):
    """Close so much of one item without money, for a reason. The same item and ``key`` again
    change nothing."""

    key: Word
    open_item_id: OpenItemId
    amount: MoneyValue
    adjustment: Word

    def item(self) -> NewAdjustment:
        return NewAdjustment(
            key=self.key,
            item_id=uid("open_item", self.open_item_id),
            amount=self.amount.money(),
            adjustment=self.adjustment,
        )


class AllocationOut(Strict):
    """A link between a credit and a claim; a reversal has a negative amount and names what it
    reverses."""

    id: str
    debit_item_id: str | None
    debit_number: str
    credit_item_id: str | None
    credit_number: str
    credit_kind: str
    amount: MoneyValue
    effective_on: date
    recorded_at: datetime
    reverses_id: str | None
    undone_by: str | None
    proposal_id: str | None
    adjustment: str
    reason: str
    rule: str

    @classmethod
    def of(cls, view: AllocationView) -> AllocationOut:
        return cls.model_construct(
            id=public("allocation", view.id),
            debit_item_id=public("open_item", view.debit_item_id),
            debit_number=view.debit_number,
            credit_item_id=public("open_item", view.credit_item_id),
            credit_number=view.credit_number,
            credit_kind=view.credit_kind,
            amount=MoneyValue.of(view.amount_minor, view.currency),
            effective_on=view.effective_on,
            recorded_at=view.recorded_at,
            reverses_id=public("allocation", view.reverses_id),
            undone_by=public("allocation", view.undone_by),
            proposal_id=public("proposal", view.proposal_id),
            adjustment=view.adjustment,
            reason=view.reason,
            rule=view.rule,
        )


@routes.get("/open-items", "read.receivables", Page[OpenItemOut])
def list_open_items(
    frame: Frame, customer: CustomerId, limit: Limit = 50, cursor: CursorText = ""
) -> Page[OpenItemOut]:
    """What is open of a customer now, claims and credits, the oldest due day first."""
    customer_id = uid("customer", customer)
    if masterdata.customer(company_id=frame.company_id, customer_id=customer_id) is None:
        raise not_found("customer")
    after = cursors.decode(cursor, date, UUID)
    page = receivables.open_items(
        company_id=frame.company_id,
        customer_id=customer_id,
        limit=limit,
        after=(after[0], after[1]) if after else None,
    )
    more = cursors.encode(*page.next) if page.next else None
    return Page.model_construct(items=[OpenItemOut.of(row) for row in page.items], next=more)


@routes.get("/open-items/{item_id}", "read.receivables", OpenItemOut)
def get_open_item(frame: Frame, item_id: str) -> OpenItemOut:
    """One open item, settled or not."""
    return OpenItemOut.of(_item(frame, item_id))


@routes.get("/open-items/{item_id}/allocations", "read.receivables", Page[AllocationOut])
def list_allocations(frame: Frame, item_id: str) -> Page[AllocationOut]:
    """Every link of an item, reversals too, in the order in which they were recorded."""
    item = _item(frame, item_id)
    rows = receivables.allocations_of(company_id=frame.company_id, item_ids=[item.id])
    return Page.model_construct(items=[AllocationOut.of(row) for row in rows], next=None)


@routes.post("/allocations", "receivables.allocate", moves_money=True)
def allocate_batch(frame: Frame, body: Batch[AllocationIn]) -> OutcomeOut:
    """Apply receipts and credit notes to claims; what is not applied stays open."""
    return _moved(allocate(ctx=frame.ctx, items=[item.item() for item in body.items]))


@routes.post("/adjustments", "receivables.adjust", moves_money=True)
def adjust_batch(frame: Frame, body: Batch[AdjustmentIn]) -> OutcomeOut:
    """Close rests of items for a reason; above the limit they wait for a second person."""
    return _moved(adjust(ctx=frame.ctx, items=[item.item() for item in body.items]))


def _moved(outcome: Outcome) -> OutcomeOut:
    answer = OutcomeOut.of(outcome, kind="allocation")
    moved = answer.figures.pop("amount_minor", {})
    answer.figures["amounts"] = [
        MoneyValue.of(minor, currency).model_dump() for currency, minor in sorted(moved.items())
    ]
    return answer


@routes.delete("/allocations/{allocation_id}", "receivables.undo")
def delete_allocation(frame: Frame, allocation_id: str) -> Reply:
    """Take an allocation back by its reversal; nothing reported in the past changes."""
    chosen = public_id("allocation", allocation_id)
    # What is not there leaves nothing behind, not even the key of the request.
    with transaction.atomic():
        outcome = undo(ctx=frame.ctx, items=[Undo(allocation_id=chosen)])
        if any(fault.code == "allocation.unknown" for fault in outcome.faults):
            raise not_found("allocation")
    return done(outcome, kind="allocation")


def _item(frame: Frame, text: str) -> ItemView:
    item_id = public_id("open_item", text)
    found = receivables.items_by_id(company_id=frame.company_id, item_ids=[item_id])
    if item_id not in found:
        raise not_found("open_item")
    return found[item_id]
