"""Plans that wait become draft rows. Shared by the verbs that bill and that edit drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.database.copy import copy_rows
from acquit.history import unit
from acquit.stages.invoices.commands.recording import delivery_lines
from acquit.stages.invoices.facts import DraftHeld
from acquit.stages.invoices.models import Draft
from acquit.stages.invoices.rules import plan as planned
from acquit.stages.invoices.rules.plan import Plan
from acquit.stages.invoices.rules.planning import HOLD, REVIEW
from acquit.stages.orders.commands.mark_billed import mark_billed

_DRAFT = [
    "id",
    "company_id",
    "run_id",
    "kind",
    "customer_id",
    "currency",
    "net_minor",
    "tax_minor",
    "gross_minor",
    "content",
    "lines",
    "sources",
    "faults",
    "checks_passed",
    "state",
    "held_reason",
    "rule",
    "corrects_id",
    "document_id",
    "created_at",
    "updated_at",
]


def state_of(action: str) -> str:
    """The draft state of an action: review, held or ready."""
    return {REVIEW: "review", HOLD: "held"}.get(action, "ready")


def with_reason(plan: Plan, action: str, reason: str) -> Plan:
    """The plan with the policy's wish for a second look as something one can read."""
    if action != REVIEW or plan.is_blocked:
        return plan
    text = reason or "the policy wants a person to look at it"
    note = Fault("policy.review", text, fix="release it", severity=Severity.WARNING)
    return plan._replace(faults=(*plan.faults, note))


def keep_drafts(
    ctx: Context,
    *,
    plans: Sequence[Plan],
    actions: Sequence[tuple[str, str]],
    run_id: UUID | None,
) -> list[UUID]:
    """Store the plans as drafts and claim their delivery lines; the drafts' ids in order."""
    if not plans:
        return []
    mark_billed(ctx=ctx, line_ids=delivery_lines(plans), verb="draft")
    ids, rows, facts = [], [], []
    for bare, (action, reason) in zip(plans, actions, strict=True):
        plan = with_reason(bare, action, reason)
        draft_id = ctx.ids.new()
        ids.append(draft_id)
        rows.append(_row(ctx, draft_id, run_id, plan, state_of(action), reason))
        if action == HOLD:
            facts.append(DraftHeld(subject_id=draft_id, effective_on=ctx.today, why=reason))
    copy_rows(Draft, _DRAFT, rows)
    if facts:
        unit.record(ctx, facts)
    return ids


def _row(
    ctx: Context, draft_id: UUID, run_id: UUID | None, plan: Plan, state: str, reason: str
) -> tuple[Any, ...]:
    return (
        draft_id,
        ctx.company_id,
        run_id,
        plan.kind,
        plan.customer_id,
        plan.currency,
        plan.net_minor,
        plan.tax_minor,
        plan.gross_minor,
        Jsonb(planned.to_json(plan)),
        Jsonb([str(line.delivery_line) for line in plan.lines if line.delivery_line]),
        Jsonb({}),
        Jsonb([fault.as_dict() for fault in plan.faults]),
        plan.checks_passed,
        state,
        reason[:200] if state == "held" else "",
        plan.rule,
        plan.corrects,
        None,
        ctx.now,
        ctx.now,
    )
