"""Billing runs and drafts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from acquit.core.faults import Refused
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.entrypoints.api import cursors
from acquit.entrypoints.api.operation import Frame, Reply, Routes, done, not_found, public_id
from acquit.entrypoints.api.routes.orders import PlaceIn
from acquit.entrypoints.api.schemas import (
    Batch,
    CursorText,
    CustomerId,
    Day,
    DraftId,
    FaultOut,
    Limit,
    Line,
    MoneyValue,
    OutcomeOut,
    Page,
    Strict,
    public,
    uid,
)
from acquit.stages.invoices import queries as invoices
from acquit.stages.invoices.commands.alter import (
    Channelling,
    Dating,
    TaxDating,
    change_channel,
    change_date,
    change_tax_point,
)
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.draft import draft
from acquit.stages.invoices.commands.enrich import Enrichment, enrich
from acquit.stages.invoices.commands.hold import Holding, Releasing, discard, hold, release
from acquit.stages.invoices.commands.issue import Issuing, issue
from acquit.stages.invoices.commands.reshape import Merging, Splitting, merge, split
from acquit.stages.invoices.commands.schedule import DraftChoice, recall
from acquit.stages.invoices.commands.undo import Undoing, undo
from acquit.stages.invoices.queries import DraftRow, runs
from acquit.stages.invoices.queries.runs import RunRow
from acquit.stages.masterdata import queries as masterdata

routes = Routes("billing")
STATES = ("review", "held", "ready", "scheduled")
Customers = Annotated[list[CustomerId], Field(max_length=5000)]


class BillingRunIn(Strict):
    """Everything delivered up to ``as_of`` and not billed, of these customers or, without any, of
    all. ``straight_through`` false makes drafts of all of it."""

    as_of: Day
    dry_run: bool = False
    customers: Customers | None = None
    straight_through: bool = True


class RunTotalOut(Strict):
    """What a run issued in one currency: invoices less credit notes."""

    net: MoneyValue
    tax: MoneyValue
    gross: MoneyValue


class BillingRunOut(Strict):
    """A run over the deliveries up to ``as_of`` by a version of the billing policy. ``held``
    documents waited as drafts when it ended, ``waiting`` of its drafts wait still; ``finished_at``
    is null for a run that was interrupted."""

    id: str
    as_of: date
    started_at: datetime
    finished_at: datetime | None
    actor_name: str
    policy: str
    invoices: int
    credit_notes: int
    held: int
    waiting: int
    totals: list[RunTotalOut]

    @classmethod
    def of(cls, row: RunRow) -> BillingRunOut:
        return cls(
            id=public("run", row.id) or "",
            as_of=row.as_of,
            started_at=row.started_at,
            finished_at=row.finished_at,
            actor_name=row.actor_name,
            policy=row.policy,
            invoices=row.invoices,
            credit_notes=row.credit_notes,
            held=row.held,
            waiting=row.waiting,
            totals=[
                RunTotalOut(
                    net=MoneyValue.from_money(one.net),
                    tax=MoneyValue.from_money(one.tax),
                    gross=MoneyValue.from_money(one.gross),
                )
                for one in row.totals
            ],
        )


class DraftsIn(Strict):
    """The customers whose deliveries up to ``as_of`` become drafts."""

    as_of: Day
    customers: Annotated[Customers, Field(min_length=1)]


class IssuingIn(Strict):
    """A ready draft to number, today or on a day."""

    draft_id: DraftId
    issued_on: Day | None = None


class DraftChange(Strict):
    """What was missing: buyer reference (BT-10), purchase order (BT-13), project (BT-11),
    contract (BT-12), cost centre (BT-19), e-mail address, place of delivery (BG-13)."""

    buyer_reference: Line | None = None
    purchase_order: Line | None = None
    project: Line | None = None
    contract: Line | None = None
    buyer_accounting: Line | None = None
    email: Line | None = None
    deliver_to: PlaceIn = PlaceIn()

    def values(self) -> dict[str, str]:
        """What was typed, by the command's names."""
        typed = self.model_dump(exclude_none=True, exclude={"deliver_to"})
        return typed | self.deliver_to.place().values()


class Reason(Strict):
    """Why; shown to everybody who meets the draft."""

    why: Annotated[Line, Field(min_length=1)]


class DateIn(Strict):
    """The date of issue the document shall have; null for the day on which it is issued."""

    issue_on: Day | None


class TaxPointIn(Strict):
    """The tax point (BT-7) the document shall have; null for the date of issue."""

    tax_point: Day | None


class ChannelIn(Strict):
    """The way it goes; empty leaves it to the policy."""

    channel: Literal["email", "portal", "print", ""]


class SplitIn(Strict):
    """Positions of the lines that leave, as ``GET /drafts/{draft_id}/lines`` counts them."""

    lines: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=10_000)]


class MergeIn(Strict):
    """Drafts that become one; the first takes the lines of the others."""

    draft_ids: Annotated[list[DraftId], Field(min_length=2, max_length=500)]


class DraftLineOut(Strict):
    """A line of a draft."""

    position: int
    item_code: str
    description: str
    quantity: Decimal
    unit: str
    net: MoneyValue


class DraftLinesOut(Strict):
    """The lines of a draft in the order of the paper."""

    items: list[DraftLineOut]


class DraftOut(Strict):
    """A document that waits for its number. ``checks`` are its checks in words; ``issue_at`` is
    when a scheduled one gets it, ``issue_on`` and ``tax_point`` the days chosen for it."""

    id: str
    state: str
    kind: str
    customer_id: str
    customer_number: str
    customer_name: str
    channel: str
    order: str
    gross: MoneyValue
    checks: str
    faults: list[FaultOut]
    held_reason: str
    rule: str
    sources: dict[str, Any]
    created_at: datetime
    issue_at: datetime | None
    issue_on: date | None
    tax_point: date | None

    @classmethod
    def of(cls, row: DraftRow) -> DraftOut:
        return cls(
            id=public("draft", row.id) or "",
            state=row.state,
            kind=row.kind,
            customer_id=public("customer", row.customer_id) or "",
            customer_number=row.customer_number,
            customer_name=row.customer_name,
            channel=row.channel,
            order=row.order,
            gross=MoneyValue.from_money(row.gross),
            checks=row.checks,
            faults=FaultOut.many(row.faults),
            held_reason=row.held_reason,
            rule=row.rule,
            sources=row.sources,
            created_at=row.created_at,
            issue_at=row.issue_at,
            issue_on=row.issue_on,
            tax_point=row.tax_point,
        )


@routes.post("/billing-runs", "invoices.bill", moves_money=True)
def run_billing(frame: Frame, body: BillingRunIn) -> OutcomeOut:
    """Bill what was delivered; a dry run shows what would come of it.

    Figures: invoices, credit_notes, net, tax, gross, held; a dry run has differences, one row per
    document it would make. The items tell what is held, with its faults.
    """
    chosen = None
    if body.customers is not None:
        chosen = _customers(frame, body.customers)
    outcome = bill(
        ctx=frame.ctx,
        as_of=body.as_of,
        dry_run=body.dry_run,
        customer_ids=chosen,
        straight_through=body.straight_through,
    )
    return OutcomeOut.of(outcome, kind="draft")


@routes.get("/billing-runs", "read.invoices", Page[BillingRunOut])
def list_billing_runs(
    frame: Frame, limit: Limit = 50, cursor: CursorText = ""
) -> Page[BillingRunOut]:
    """The runs that were made, newest first."""
    page = runs.runs(
        company_id=frame.company_id, limit=limit, after=cursors.decode_pair(cursor, datetime)
    )
    items = [BillingRunOut.of(row) for row in page.rows]
    return Page(items=items, next=cursors.encode_pair(page.after))


@routes.get("/billing-runs/{run_id}", "read.invoices", BillingRunOut)
def get_billing_run(frame: Frame, run_id: str) -> BillingRunOut:
    """One run; ``GET /invoices?run=`` lists what it issued."""
    return BillingRunOut.of(_run(frame, run_id))


@routes.post("/billing-runs/{run_id}/discard", "invoices.discard")
def discard_billing_run(frame: Frame, run_id: str, body: Reason) -> OutcomeOut:
    """Throw away the drafts of a run that nobody sent yet; their deliveries are open again. What
    has a number stays: a credit note takes it back."""
    row = _run(frame, run_id)
    ids = runs.waiting_drafts(company_id=frame.company_id, run_id=row.id)
    items = [Holding(draft_id=one, why=body.why) for one in ids]
    return OutcomeOut.of(discard(ctx=frame.ctx, items=items), kind="draft")


@routes.get("/drafts", "read.invoices", Page[DraftOut])
def list_drafts(
    frame: Frame,
    state: Literal["review", "held", "ready", "scheduled"] | None = None,
    limit: Limit = 50,
    cursor: CursorText = "",
) -> Page[DraftOut]:
    """Drafts that wait, newest first."""
    page = invoices.drafts(
        company_id=frame.company_id,
        states=[state] if state else STATES,
        limit=limit,
        after=cursors.decode_pair(cursor, datetime),
    )
    items = [DraftOut.of(row) for row in page.rows]
    return Page(items=items, next=cursors.encode_pair(page.after))


@routes.post("/drafts", "invoices.draft")
def make_drafts(frame: Frame, body: DraftsIn) -> OutcomeOut:
    """Make drafts of what is delivered, without issuing any."""
    chosen = _customers(frame, body.customers)
    outcome = draft(ctx=frame.ctx, items=chosen, as_of=body.as_of)
    return OutcomeOut.of(outcome, kind="draft")


@routes.get("/drafts/{draft_id}", "read.invoices", DraftOut)
def get_draft(frame: Frame, draft_id: str) -> DraftOut:
    """One draft with its checks."""
    return DraftOut.of(_draft(frame, draft_id))


@routes.patch("/drafts/{draft_id}", "invoices.enrich")
def enrich_draft(frame: Frame, draft_id: str, body: DraftChange) -> Reply:
    """Type in what is missing; the draft is checked again and may become ready."""
    row = _draft(frame, draft_id)
    items = [
        Enrichment(draft_id=row.id, field=name, value=value)
        for name, value in body.values().items()
    ]
    if not items:
        same = ItemResult(str(row.id), ItemState.DUPLICATE, row.id)
        return Reply(OutcomeOut.of(Outcome((same,)), kind="draft"))
    return done(enrich(ctx=frame.ctx, items=items), kind="draft")


@routes.get("/drafts/{draft_id}/lines", "read.invoices", DraftLinesOut)
def list_draft_lines(frame: Frame, draft_id: str) -> DraftLinesOut:
    """The lines of a draft."""
    row = _draft(frame, draft_id)
    lines = invoices.draft_lines(company_id=frame.company_id, draft_id=row.id)
    return DraftLinesOut(
        items=[
            DraftLineOut(
                position=line.position,
                item_code=line.item_code,
                description=line.description,
                quantity=line.quantity,
                unit=line.unit,
                net=MoneyValue.from_money(line.net),
            )
            for line in lines
        ]
    )


@routes.post("/drafts/{draft_id}/date", "invoices.change_date")
def date_draft(frame: Frame, draft_id: str, body: DateIn) -> Reply:
    """Choose the date of issue: not in the future, not before the last number."""
    items = [Dating(draft_id=_draft(frame, draft_id).id, issue_on=body.issue_on)]
    return done(change_date(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/drafts/{draft_id}/tax-point", "invoices.change_tax_point")
def tax_date_draft(frame: Frame, draft_id: str, body: TaxPointIn) -> Reply:
    """Choose the day on which VAT becomes chargeable: from the first delivery to the issue."""
    items = [TaxDating(draft_id=_draft(frame, draft_id).id, tax_point=body.tax_point)]
    return done(change_tax_point(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/drafts/{draft_id}/channel", "invoices.change_channel")
def channel_draft(frame: Frame, draft_id: str, body: ChannelIn) -> Reply:
    """Choose the way the document goes."""
    items = [Channelling(draft_id=_draft(frame, draft_id).id, channel=body.channel)]
    return done(change_channel(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/drafts/{draft_id}/split", "invoices.split")
def split_draft(frame: Frame, draft_id: str, body: SplitIn) -> Reply:
    """Move lines into a new draft, whose id is in the answer."""
    row = _draft(frame, draft_id)
    lines = invoices.draft_lines(company_id=frame.company_id, draft_id=row.id)
    wanted = set(body.lines)
    if not wanted <= {line.position for line in lines}:
        raise Refused.because("draft.lines", "the draft has no such line", path="lines")
    chosen = tuple(line.id for line in lines if line.position in wanted)
    return done(
        split(ctx=frame.ctx, items=[Splitting(draft_id=row.id, line_ids=chosen)]), kind="draft"
    )


@routes.post("/draft-merges", "invoices.merge")
def merge_drafts(frame: Frame, body: MergeIn) -> OutcomeOut:
    """Make one draft of several of the same customer, currency, terms and references."""
    items = [Merging(draft_ids=tuple(uid("draft", one) for one in body.draft_ids))]
    return OutcomeOut.of(merge(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/drafts/{draft_id}/hold", "invoices.hold")
def hold_draft(frame: Frame, draft_id: str, body: Reason) -> Reply:
    """Keep a ready draft from being issued."""
    row = _draft(frame, draft_id)
    return done(hold(ctx=frame.ctx, items=[Holding(draft_id=row.id, why=body.why)]), kind="draft")


@routes.post("/drafts/{draft_id}/release", "invoices.release")
def release_draft(frame: Frame, draft_id: str) -> Reply:
    """Make a held draft, or one that only a policy wanted looked at, ready."""
    row = _draft(frame, draft_id)
    return done(release(ctx=frame.ctx, items=[Releasing(draft_id=row.id)]), kind="draft")


@routes.post("/drafts/{draft_id}/recall", "invoices.recall")
def recall_draft(frame: Frame, draft_id: str) -> Reply:
    """Take back a draft that waits for the end of its grace time: no number was drawn."""
    row = _draft(frame, draft_id)
    return done(recall(ctx=frame.ctx, items=[DraftChoice(draft_id=row.id)]), kind="draft")


@routes.post("/drafts/{draft_id}/undo", "invoices.undo")
def undo_draft_act(frame: Frame, draft_id: str) -> Reply:
    """Take back the last act on a draft: release, date, tax point, channel, split, merge, discard.

    Every draft of that act is put as it was. Refused when one of them was changed since.
    """
    items = [Undoing(draft_id=_draft(frame, draft_id).id)]
    return done(undo(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/drafts/{draft_id}/discard", "invoices.discard")
def discard_draft(frame: Frame, draft_id: str, body: Reason) -> Reply:
    """Throw a draft away; its deliveries are open again."""
    row = _draft(frame, draft_id)
    items = [Holding(draft_id=row.id, why=body.why)]
    return done(discard(ctx=frame.ctx, items=items), kind="draft")


@routes.post("/invoices", "invoices.issue", moves_money=True)
def issue_drafts(frame: Frame, body: Batch[IssuingIn]) -> OutcomeOut:
    """Issue ready drafts: each gets its legal number.

    A draft issued before is a duplicate and names its document; above the caller's limit it
    awaits approval.
    """
    items = [
        Issuing(draft_id=uid("draft", item.draft_id), issued_on=item.issued_on)
        for item in body.items
    ]
    return OutcomeOut.of(issue(ctx=frame.ctx, items=items), kind="document")


def _customers(frame: Frame, texts: list[str]) -> list[Any]:
    """The customers named; one that is not there is refused, not billed as nothing."""
    ids = [uid("customer", text) for text in texts]
    known = masterdata.customers_by_id(company_id=frame.company_id, ids=ids)
    if len(known) < len(set(ids)):
        raise not_found("customer")
    return list(dict.fromkeys(ids))


def _run(frame: Frame, text: str) -> RunRow:
    row = runs.run(company_id=frame.company_id, run_id=public_id("run", text))
    if row is None:
        raise not_found("run")
    return row


def _draft(frame: Frame, text: str) -> DraftRow:
    row = invoices.draft(company_id=frame.company_id, draft_id=public_id("draft", text))
    if row is None:
        raise not_found("draft")
    return row
