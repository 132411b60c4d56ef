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
from acquit.database.bulk import update_rows
from acquit.database.copy import fetch_rows
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
    drafts = {row.id: row for row in _locked(ctx, ids)}
    setup = work.setup(company_id=ctx.company_id, on=ctx.today)
    customers = work.customers(
        company_id=ctx.company_id, ids={row.customer_id for row in drafts.values()}
    )
    rates = work.company_rates(
        company=setup.company,
        wanted={row.currency for row in drafts.values()} | {setup.company.currency},
        on=ctx.today,
    )
    frame = planning_frame(ctx.ids, setup, rates, ctx.today, straight_through=False)
    return Desk(drafts, customers, rates, setup, frame)


def _locked(ctx: Context, ids: Collection[UUID]) -> Sequence[Draft]:
    rows = fetch_rows(
        f"SELECT {', '.join(_DRAFT_COLUMNS)} FROM invoices_draft"
        " WHERE company_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
        [ctx.company_id, list(ids)],
    )
    loaded = (dict(zip(_DRAFT_COLUMNS, row, strict=True)) for row in rows)
    return [Draft(**row | {name: json.loads(row[name]) for name in _DRAFT_JSON}) for row in loaded]


_DRAFT_COLUMNS = [field.attname for field in Draft._meta.concrete_fields]
_DRAFT_JSON = ("content", "lines", "sources", "faults")


def plan_of(draft: Draft) -> Plan:
    """The plan a draft keeps, with the faults that only billing anew can clear."""
    kept = [f for f in draft.faults if f["code"] in PLANNING_CODES]
    return planned.from_json(draft.content)._replace(
        faults=tuple(planned.fault_from_json(f) for f in kept)
    )


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
    update_rows(
        Draft,
        company_id=ctx.company_id,
        columns={"state": "text", "document_id": "uuid", "updated_at": "timestamptz"},
        rows=[(draft.id, draft.state, draft.document_id, draft.updated_at) for draft in drafts],
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
