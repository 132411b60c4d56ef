"""Billing: everything delivered and not yet billed becomes documents, or drafts that say why not.

A run goes customer by customer in chunks, each chunk one transaction: a kill between two chunks
leaves whole documents and nothing doubled, and the next run goes on with what is left. A second
run over the same deliveries makes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from acquit.access import idempotency
from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.ids import IdSource
from acquit.core.money import Money, round_to_minor
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database import behind
from acquit.database.ahead import made_ahead
from acquit.database.copy import fetch_rows
from acquit.stages.invoices.commands.drafting import keep_drafts
from acquit.stages.invoices.commands.preparing import Prepared, prepare, settle
from acquit.stages.invoices.commands.recording import issue_plans
from acquit.stages.invoices.models import BillingRun
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import CREDIT_NOTE, Plan
from acquit.stages.invoices.rules.planning import ISSUE, Planned
from acquit.stages.orders.commands.mark_billed import CannotMark

CHUNK_LINES = 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ChunkFrame:
    """The run a chunk belongs to. ``is_last`` closes the run."""

    run_id: UUID
    as_of: date
    dry_run: bool
    straight_through: bool
    is_last: bool


def bill(
    *,
    ctx: Context,
    as_of: date,
    dry_run: bool = False,
    customer_ids: Collection[UUID] | None = None,
    straight_through: bool = True,
    progress: Progress | None = None,
) -> Outcome:
    """Bill all deliveries up to ``as_of``, which is also the date of issue.

    Figures: ``invoices`` and ``credit_notes`` issued, ``net``, ``tax`` and ``gross`` as decimal
    strings in company currency (invoices less credit notes), ``held`` for drafts that wait and
    returns that wait for their invoice. The items tell of what is held, with faults. A dry run
    gives the same figures and ``differences``, one row per document it would make, and writes
    nothing. With ``straight_through=False`` nothing is issued: all become drafts.

    The same key again continues an interrupted run and answers a finished one; KeyReused where
    anything else is asked. A customer's deliveries are in one chunk and must fit into memory.
    """
    whose = None if customer_ids is None else sorted(customer_ids)
    run_id = _run_id(ctx, [as_of, dry_run, whose, straight_through])
    finished = None if dry_run else _finished(ctx, run_id)
    if finished is not None:
        return finished
    counted = work.customers_to_bill(
        company_id=ctx.company_id, as_of=as_of, customer_ids=customer_ids
    )
    total, done = sum(count for _, count in counted), 0
    chunks = _chunks(counted) or [([], 0)]
    frames = [
        ChunkFrame(run_id, as_of, dry_run, straight_through, is_last=index == len(chunks))
        for index in range(1, len(chunks) + 1)
    ]
    ids = ctx.ids
    if len(chunks) > 1:
        # The thread that plans must not draw from the source that the writing draws from.
        ids = IdSource.seeded(instant=ids.instant, seed=str(ids.new()))

    def plan(customer_ids: Sequence[UUID]) -> Prepared:
        return prepare(
            company_id=ctx.company_id,
            customer_ids=customer_ids,
            as_of=as_of,
            straight_through=straight_through,
            ids=ids,
        )

    outcomes = []
    plans = made_ahead(plan, [customers for customers, _ in chunks])
    for (customers, count), frame, prepared in zip(chunks, frames, plans, strict=True):
        outcomes.append(_one_chunk(ctx.without_key(), customers, frame, prepared))
        done += count
        if progress is not None:
            progress(done, total)
    items = tuple(item for outcome in outcomes for item in outcome.items)
    return Outcome(items, _summed(ctx, outcomes) if dry_run else run_figures(ctx, run_id))


def _one_chunk(
    ctx: Context, ids: Sequence[UUID], frame: ChunkFrame, prepared: Prepared | None
) -> Outcome:
    """The chunk as it was prepared; planned anew when another run took some of its lines."""
    try:
        return _bill_chunk(ctx=ctx, items=ids, frame=frame, prepared=prepared)
    except CannotMark:
        if prepared is None:
            raise
        return _bill_chunk(ctx=ctx, items=ids, frame=frame, prepared=None)


@command("invoices.bill", is_bulk=True)
def _bill_chunk(
    *, ctx: Context, items: Sequence[UUID], frame: ChunkFrame, prepared: Prepared | None
) -> Outcome:
    """Bill some customers in one transaction."""
    return bill_customers(ctx, items, frame, prepared)


def bill_customers(
    ctx: Context, items: Sequence[UUID], frame: ChunkFrame, prepared: Prepared | None = None
) -> Outcome:
    """The work of one chunk. Runs of one company wait for each other here."""
    behind.write(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"bill {ctx.company_id}"]
    )
    if prepared is None:
        prepared = prepare(
            company_id=ctx.company_id,
            customer_ids=items,
            as_of=frame.as_of,
            straight_through=frame.straight_through,
            ids=ctx.ids,
        )
    chunk = settle(ctx, prepared)
    setup, planned, customers, rates = chunk.setup, chunk.planned, chunk.customers, chunk.rates
    to_issue = [
        plan
        for plan, (action, _) in zip(planned.plans, planned.actions, strict=True)
        if action == ISSUE
    ]
    kept = [
        (plan, action)
        for plan, action in zip(planned.plans, planned.actions, strict=True)
        if action[0] != ISSUE
    ]
    figures = _count(setup, to_issue, len(kept), planned, rates)
    if frame.dry_run:
        figures["differences"] = _differences(planned, customers)
        return Outcome(_held_items(planned, kept, [None] * len(kept)), figures)
    _keep_run(ctx, setup, frame, figures)
    rule = setup.issuing.label if frame.straight_through else ""
    issue_plans(
        ctx.because(rule=rule),
        setup=setup,
        plans=to_issue,
        customers=customers,
        rates=rates,
        issued_on=frame.as_of,
        run_id=frame.run_id,
        drawn=chunk.drawn,
    )
    drafts = keep_drafts(
        ctx,
        plans=[plan for plan, _ in kept],
        actions=[action for _, action in kept],
        run_id=frame.run_id,
    )
    return Outcome(_held_items(planned, kept, drafts), figures)


def _run_id(ctx: Context, asked: Sequence[Any]) -> UUID:
    """A new run, or the one that the key asked for before. Its answer is the run alone, kept
    before the first chunk: what the run made is read from its row."""
    with transaction.atomic():
        before = idempotency.claim(ctx, command="invoices.bill", body={"run": asked})
        if before is not None:
            return UUID(before.figures["run_id"])
        run_id = ctx.ids.new()
        idempotency.answer(ctx, Outcome(figures={"run_id": str(run_id)}))
        return run_id


def _finished(ctx: Context, run_id: UUID) -> Outcome | None:
    runs = BillingRun.objects.of(ctx.company_id).filter(id=run_id, finished_at__isnull=False)
    return Outcome((), run_figures(ctx, run_id)) if runs.exists() else None


def _chunks(counted: Sequence[tuple[UUID, int]]) -> list[tuple[list[UUID], int]]:
    """Customers in order, about ``CHUNK_LINES`` lines together."""
    chunks: list[tuple[list[UUID], int]] = []
    ids: list[UUID] = []
    size = 0
    for customer_id, count in counted:
        if ids and size + count > CHUNK_LINES:
            chunks.append((ids, size))
            ids, size = [], 0
        ids.append(customer_id)
        size += count
    if ids:
        chunks.append((ids, size))
    return chunks


def _count(
    setup: Setup,
    issued: Sequence[Plan],
    kept: int,
    planned: Planned,
    rates: dict[str, Decimal],
) -> dict[str, Any]:
    own = setup.company.currency
    net = tax = notes = 0
    for plan in issued:
        sign = -1 if plan.kind == CREDIT_NOTE else 1
        notes += sign < 0
        net += sign * in_own(plan.net_minor, plan.currency, own, rates)
        tax += sign * in_own(plan.tax_minor, plan.currency, own, rates)
    return {
        "invoices": len(issued) - notes,
        "credit_notes": notes,
        "net_minor": net,
        "tax_minor": tax,
        "held": kept + len({line.order_id for line in planned.waiting}),
    }


def in_own(minor: int, currency: str, own: str, rates: dict[str, Decimal]) -> int:
    """Minor units of company currency (I22: amount x recorded rate, rounded)."""
    if currency == own:
        return minor
    return round_to_minor(Money(minor, currency).decimal * rates[currency], currency=own)


def _differences(planned: Planned, customers: dict[UUID, Customer]) -> list[dict[str, Any]]:
    return [
        {
            "kind": plan.kind,
            "customer": customers[plan.customer_id].number,
            "currency": plan.currency,
            "lines": len(plan.lines),
            "net": str(Money(plan.net_minor, plan.currency).decimal),
            "tax": str(Money(plan.tax_minor, plan.currency).decimal),
            "gross": str(Money(plan.gross_minor, plan.currency).decimal),
            "order": plan.header.get("sales_order", ""),
            "rule": plan.rule,
            "action": action,
            "reason": reason,
            "faults": [fault.as_dict() for fault in plan.faults],
        }
        for plan, (action, reason) in zip(planned.plans, planned.actions, strict=True)
    ]


def _held_items(
    planned: Planned,
    kept: Sequence[tuple[Plan, tuple[str, str]]],
    drafts: Sequence[UUID | None],
) -> tuple[ItemResult, ...]:
    held = [
        ItemResult(
            plan.header.get("sales_order", "") or plan.kind,
            ItemState.REFUSED if plan.is_blocked else ItemState.DONE,
            draft,
            plan.faults,
        )
        for (plan, _), draft in zip(kept, drafts, strict=True)
    ]
    waiting = [
        ItemResult(
            line.order_number,
            ItemState.REFUSED,
            None,
            (
                Fault(
                    "return.waits",
                    f"the return of {line.item_code} waits until its delivery is invoiced",
                    f"order {line.order_number}",
                    fix="issue the draft of the delivery, then bill again",
                ),
            ),
        )
        for line in planned.waiting
    ]
    return (*held, *waiting)


def _keep_run(ctx: Context, setup: Setup, frame: ChunkFrame, figures: dict[str, Any]) -> None:
    """Add the chunk's figures to the run's row, in the chunk's own transaction."""
    behind.write(
        "INSERT INTO invoices_run AS run (id, company_id, as_of, policy_version, invoices,"
        " credit_notes, held, net_minor, tax_minor, started_at, finished_at, actor_name)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (company_id, id) DO UPDATE SET"
        " invoices = run.invoices + excluded.invoices,"
        " credit_notes = run.credit_notes + excluded.credit_notes,"
        " held = run.held + excluded.held,"
        " net_minor = run.net_minor + excluded.net_minor,"
        " tax_minor = run.tax_minor + excluded.tax_minor,"
        " finished_at = excluded.finished_at",
        [
            frame.run_id,
            ctx.company_id,
            frame.as_of,
            setup.grouping.label,
            figures["invoices"],
            figures["credit_notes"],
            figures["held"],
            figures["net_minor"],
            figures["tax_minor"],
            ctx.now,
            ctx.now if frame.is_last else None,
            ctx.actor.name,
        ],
    )


def run_figures(ctx: Context, run_id: UUID) -> dict[str, Any]:
    """The figures of a run so far, amounts in company currency."""
    ((invoices, notes, net, tax, held, currency),) = fetch_rows(
        "SELECT r.invoices, r.credit_notes, r.net_minor, r.tax_minor, r.held, c.currency"
        " FROM invoices_run r JOIN access_company c ON c.id = r.company_id"
        " WHERE r.company_id = %s AND r.id = %s",
        [ctx.company_id, run_id],
    )
    return _shown(invoices, notes, net, tax, held, currency)


def _summed(ctx: Context, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    ((currency,),) = fetch_rows(
        "SELECT currency FROM access_company WHERE id = %s", [ctx.company_id]
    )

    def total(name: str) -> int:
        return sum(int(outcome.figures[name]) for outcome in outcomes)

    differences = [row for outcome in outcomes for row in outcome.figures["differences"]]
    shown = _shown(
        total("invoices"),
        total("credit_notes"),
        total("net_minor"),
        total("tax_minor"),
        total("held"),
        currency,
    )
    return shown | {"differences": differences}


def _shown(
    invoices: int, notes: int, net: int, tax: int, held: int, currency: str
) -> dict[str, Any]:
    return {
        "invoices": invoices,
        "credit_notes": notes,
        "net": str(Money(net, currency).decimal),
        "tax": str(Money(tax, currency).decimal),
        "gross": str(Money(net + tax, currency).decimal),
        "held": held,
    }
