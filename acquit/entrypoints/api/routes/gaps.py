"""What money left open: the list of gaps, their sums, and whose question each is."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.schemas import (
    CursorText,
    CustomerId,
    Day,
    Limit,
    MoneyValue,
    Page,
    Prose,
    Strict,
    UserId,
    public,
    uid,
)
from acquit.stages.matching.commands.gaps import GapAssignment, assign_gap
from acquit.stages.matching.queries import gaps as queries
from acquit.stages.matching.queries.gaps import GapSum, GapView, Wanted

routes = Routes("gaps")
GapKind = Literal[
    "short",
    "discount",
    "late_discount",
    "bank_fee",
    "withheld_tax",
    "small_difference",
    "exchange",
    "error",
    "unexplained",
    "overpaid",
]
GapOwner = Literal["cash_clerk", "credit_controller", "receivables_manager", "accountant"]
GapState = Literal["open", "overdue", "adjusted", "paid", "credited", "withdrawn", "all"]


class GapOut(Strict):
    """A gap as it stands. ``amount`` is what is open of the item now; of a cleared gap what it was.
    ``owner`` is a role, ``person_id`` somebody who was named; ``rule`` the row of the policy that
    said so, empty once a person did. ``age`` counts days until it was cleared, or until today."""

    id: str
    state: str
    kind: str
    open_item_id: str
    item_kind: str
    number: str
    invoice_id: str | None
    receipt_id: str
    customer_id: str | None
    customer_number: str
    customer_name: str
    amount: MoneyValue
    original: MoneyValue
    owner: str
    person_id: str | None
    due_on: date
    is_overdue: bool
    rule: str
    noted_on: date
    closed_on: date | None
    age: int

    @classmethod
    def of(cls, view: GapView, today: date) -> GapOut:
        return cls(
            id=public("gap", view.id) or "",
            state=view.state,
            kind=view.kind,
            open_item_id=public("open_item", view.item_id) or "",
            item_kind=view.item_kind,
            number=view.number,
            invoice_id=public("document", view.document_id),
            receipt_id=public("receipt", view.receipt_id) or "",
            customer_id=public("customer", view.customer_id),
            customer_number=view.customer_number,
            customer_name=view.customer_name,
            amount=MoneyValue.of(view.amount.minor, view.amount.currency),
            original=MoneyValue.of(view.original.minor, view.original.currency),
            owner=view.owner,
            person_id=public("user", view.person_id),
            due_on=view.due_on,
            is_overdue=view.is_overdue(today),
            rule=view.rule,
            noted_on=view.noted_on,
            closed_on=view.closed_on,
            age=view.age(today),
        )


class GapSumOut(Strict):
    """Gaps of one kind and currency."""

    kind: str
    count: int
    total: MoneyValue

    @classmethod
    def of(cls, one: GapSum) -> GapSumOut:
        return cls(
            kind=one.kind,
            count=one.count,
            total=MoneyValue.of(one.total.minor, one.total.currency),
        )


class AssignmentIn(Strict):
    """What a person says of a gap, and why; what is left out stays as it is."""

    reason: Annotated[Prose, Field(min_length=1)]
    kind: GapKind | None = None
    owner: GapOwner | None = None
    person_id: UserId | None = None
    due_on: Day | None = None


@routes.get("/gaps", "read.matching", Page[GapOut])
def list_gaps(
    frame: Frame,
    state: GapState = "open",
    kind: GapKind | None = None,
    owner: GapOwner | None = None,
    customer: CustomerId | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[GapOut]:
    """What money left open of documents, and money left over; the first deadlines first."""
    found, more = queries.gaps(
        company_id=frame.company_id,
        wanted=_wanted(state, kind, owner, customer),
        today=frame.ctx.today,
        limit=limit,
        after=cursors.decode_pair(cursor, date),
    )
    rows = [GapOut.of(view, frame.ctx.today) for view in found]
    return Page(items=rows, next=cursors.encode_pair(more))


@routes.get("/gap-totals", "read.matching", Page[GapSumOut])
def list_gap_totals(
    frame: Frame,
    state: GapState = "open",
    kind: GapKind | None = None,
    owner: GapOwner | None = None,
    customer: CustomerId | None = None,
) -> Page[GapSumOut]:
    """The same gaps summed by kind and currency."""
    wanted = _wanted(state, kind, owner, customer)
    found = queries.sums(company_id=frame.company_id, wanted=wanted, today=frame.ctx.today).alone()
    return Page(items=[GapSumOut.of(one) for one in found], next=None)


def _wanted(state: str, kind: str | None, owner: str | None, customer: CustomerId | None) -> Wanted:
    return Wanted(
        state="" if state == "all" else state,
        kind=kind or "",
        owner=owner or "",
        customer_id=uid("customer", customer) if customer else None,
    )


@routes.post("/gaps/{gap_id}/assignment", "matching.assign_gap")
def assign_one_gap(frame: Frame, gap_id: str, body: AssignmentIn) -> Reply:
    """Say what a gap is, who clears it, until when, and why."""
    key = public_id("gap", gap_id)
    if queries.gap(company_id=frame.company_id, gap_id=key) is None:
        raise not_found("gap")
    wish = GapAssignment(
        id=key,
        kind=body.kind or "",
        owner=body.owner or "",
        person_id=uid("user", body.person_id) if body.person_id else None,
        due_on=body.due_on,
    )
    return done(assign_gap(ctx=frame.ctx.because(reason=body.reason), items=[wish]), kind="gap")
