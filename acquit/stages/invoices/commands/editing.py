"""Drafts loaded for change, checked again and stored: shared by the verbs that edit drafts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.lifecycle import NotAllowed
from acquit.core.outcome import ItemResult, ItemState
from acquit.database import behind
from acquit.database.copy import fetch_sets
from acquit.stages.invoices.commands.drafting import with_reason
from acquit.stages.invoices.commands.preparing import planning_frame
from acquit.stages.invoices.models import DRAFT, Draft
from acquit.stages.invoices.queries import work
from acquit.stages.invoices.queries.work import Setup
from acquit.stages.invoices.rules import plan as planned
from acquit.stages.invoices.rules.checks import PLANNING_CODES
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import Plan
from acquit.stages.invoices.rules.planning import Frame, check_plan, decide_action
from acquit.stages.orders.commands.mark_billed import mark_billed


@dataclass(frozen=True, slots=True)
class Desk:
    """Drafts under change, with all that checking them needs."""

    drafts: dict[UUID, Draft]
    customers: Mapping[UUID, Customer]
    rates: Mapping[str, Decimal]
    setup: Setup
    frame: Frame


def load(ctx: Context, ids: Collection[UUID]) -> Desk:
    """Lock the drafts and read what their checks need; a fixed number of queries."""
    locked, theirs, *frames = fetch_sets(
        (
            f"SELECT {', '.join(_DRAFT_COLUMNS)} FROM invoices_draft"
            " WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
            [ctx.company_id, list(ids)],
        ),
        work.customers_of_drafts(company_id=ctx.company_id, draft_ids=ids),
        *work.setup_reads(company_id=ctx.company_id, on=ctx.today),
    )
    drafts = {draft.id: draft for draft in map(_draft, locked)}
    setup = work.setup_of(*frames)
    rates = work.company_rates(
        company=setup.company,
        wanted={row.currency for row in drafts.values()} | {setup.company.currency},
        on=ctx.today,
    )
    frame = planning_frame(ctx.ids, setup, rates, ctx.today, straight_through=False)
    return Desk(drafts, work.customers_of(theirs), rates, setup, frame)


def _draft(row: tuple[Any, ...]) -> Draft:
    loaded = dict(zip(_DRAFT_COLUMNS, row, strict=True))
    return Draft(**loaded | {name: json.loads(loaded[name]) for name in _DRAFT_JSON})


_DRAFT_COLUMNS = [field.attname for field in Draft._meta.concrete_fields]
_DRAFT_JSON = ("content", "lines", "sources", "faults")


def plan_of(draft: Draft) -> Plan:
    """The plan a draft keeps, with the faults that only billing anew can clear."""
    kept = [f for f in draft.faults if f["code"] in PLANNING_CODES]
    return planned.from_json(draft.content)._replace(faults=tuple(Fault.from_dict(f) for f in kept))


def check_again(desk: Desk, draft: Draft, plan: Plan) -> tuple[Plan, str]:
    """The plan checked against today's data, and what the policy says: ready, review or hold."""
    customer = desk.customers[draft.customer_id]
    checked = check_plan(plan, customer, desk.frame)
    unlinked = 0 if plan.corrects or plan.kind == planned.INVOICE else len(plan.lines)
    action, reason = decide_action(checked, customer, desk.frame, unlinked=unlinked)
    return with_reason(checked, action, reason), action


def keep(ctx: Context, draft: Draft, plan: Plan) -> None:
    """Put a checked plan into the draft row; stored by :func:`store`."""
    draft.content = planned.to_json(plan)
    draft.faults = [fault.as_dict() for fault in plan.faults]
    draft.checks_passed = plan.checks_passed
    draft.updated_at = ctx.now


def store(drafts: Sequence[Draft]) -> None:
    """One statement for all changed drafts."""
    if drafts:
        fields = ["content", "faults", "checks_passed", "sources", "state", "held_reason"]
        Draft.objects.bulk_update(
            drafts, [*fields, "document_id", "updated_at"], batch_size=max(len(drafts), 1)
        )


def store_issued(ctx: Context, drafts: Sequence[Draft]) -> None:
    """The drafts that became documents: nothing else of them changes."""
    if not drafts:
        return
    behind.write(
        "UPDATE invoices_draft AS t SET state = %s, document_id = n.document, updated_at = %s"
        " FROM unnest(%s::uuid[], %s::uuid[]) AS n(id, document)"
        " WHERE t.company_id = %s AND t.id = n.id",
        [
            DRAFT.after("ready", "issue"),
            ctx.now,
            [draft.id for draft in drafts],
            [draft.document_id for draft in drafts],
            ctx.company_id,
        ],
    )


def free_lines(ctx: Context, drafts: Sequence[Draft]) -> None:
    """Give the delivery lines of discarded drafts back to billing."""
    ids = [UUID(line) for draft in drafts for line in draft.lines]
    mark_billed(ctx=ctx, line_ids=ids, verb="release")


def each(
    desk: Desk, items: Sequence[Any], act: Callable[[Any, Draft], ItemResult | None]
) -> tuple[ItemResult, ...]:
    """Apply an act to the draft of each item; unknown drafts and forbidden verbs are refused."""
    results = []
    for item in items:
        key = str(item.draft_id)
        draft = desk.drafts.get(item.draft_id)
        if draft is None:
            fault = Fault("draft.unknown", "there is no such draft", "draft_id")
            results.append(ItemResult(key, ItemState.REFUSED, None, (fault,)))
            continue
        try:
            special = act(item, draft)
        except NotAllowed as refusal:
            results.append(ItemResult(key, ItemState.REFUSED, draft.id, refusal.faults))
            continue
        results.append(special or ItemResult(key, ItemState.DONE, draft.id))
    return tuple(results)


def next_state(draft: Draft, verb: str) -> str:
    return DRAFT.after(draft.state, verb)
