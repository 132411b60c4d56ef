"""The grace time: what was pressed to be sent waits some minutes, and can be recalled until then.

No number is drawn before the time is over, so a recall burns none. Limits are weighed when a
person presses, for the job that issues later is nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from acquit.access import approvals
from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.bulk import update_rows
from acquit.history import unit
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.commands.issue import Issuing, issue_drafts
from acquit.stages.invoices.facts import DraftChanged
from acquit.stages.invoices.models import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChoice:
    """The draft that is meant."""

    draft_id: UUID


def schedule_drafts(ctx: Context, ids: Sequence[UUID], *, issue_at: datetime) -> Outcome:
    """Ready drafts to be issued at that instant. What is above the actor's limit for issuing waits
    for a second person instead; what is scheduled already is a duplicate."""
    desk = editing.load(ctx, ids)
    chosen: dict[UUID, Draft] = {}

    def act(item: DraftChoice, draft: Draft) -> ItemResult | None:
        if draft.state in ("scheduled", "issued") or draft.id in chosen:
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        editing.next_state(draft, "schedule")
        plan, _ = editing.check_again(desk, draft, editing.plan_of(draft))
        blocking = tuple(f for f in plan.faults if f.severity is Severity.FATAL)
        if blocking:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, blocking)
        chosen[draft.id] = draft
        return None

    results = editing.each(desk, [DraftChoice(draft_id=one) for one in ids], act)
    allowed, waiting = approvals.hold_back(
        ctx,
        command="invoices.issue",
        items=[Issuing(draft_id=one) for one in chosen],
        weigh=lambda: [Money(one.gross_minor, one.currency) for one in chosen.values()],
        always=False,
    )
    _move(ctx, [chosen[item.draft_id] for item in allowed], "schedule", issue_at)
    held = {result.key: result for result in waiting}
    return Outcome(tuple(held.get(result.key, result) for result in results))


@command("invoices.recall")
def recall(*, ctx: Context, items: Sequence[DraftChoice]) -> Outcome:
    """Take back what waits for the end of its grace time: ready again, and no number was drawn.
    What was recalled before is a duplicate, what left is refused."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    chosen: dict[UUID, Draft] = {}

    def act(item: DraftChoice, draft: Draft) -> ItemResult | None:
        if draft.state == "ready" or draft.id in chosen:
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        editing.next_state(draft, "recall")
        chosen[draft.id] = draft
        return None

    results = editing.each(desk, items, act)
    _move(ctx, list(chosen.values()), "recall", None)
    return Outcome(results)


def issue_due(ctx: Context, ids: Sequence[UUID], *, issue_at: datetime) -> Outcome:
    """Issue the drafts of these that still wait for this instant. Recalled ones are passed over;
    one with a fault goes back to review, where somebody sees it."""
    rows = Draft.objects.of(ctx.company_id).filter(
        id__in=list(ids), state="scheduled", issue_at=issue_at
    )
    due = list(rows.select_for_update().order_by("created_at", "id").values_list("id", flat=True))
    if not due:
        return Outcome()
    outcome = issue_drafts(ctx, [Issuing(draft_id=one) for one in due])
    refused = {item.id: item for item in outcome.of(ItemState.REFUSED) if item.id}
    drafts = list(Draft.objects.of(ctx.company_id).filter(id__in=list(refused)))
    for draft in drafts:
        draft.faults = [fault.as_dict() for fault in refused[draft.id].faults]
    Draft.objects.bulk_update(drafts, ["faults"])
    _move(ctx, drafts, "review", None)
    return outcome


def _move(ctx: Context, drafts: Sequence[Draft], verb: str, issue_at: datetime | None) -> None:
    """The drafts in their next state, in one statement, with a fact for each."""
    facts = []
    for draft in drafts:
        before, draft.state = draft.state, editing.next_state(draft, verb)
        facts.append(
            DraftChanged(
                subject_id=draft.id,
                effective_on=ctx.today,
                field="state",
                before=before,
                after=draft.state,
            )
        )
    update_rows(
        Draft,
        company_id=ctx.company_id,
        columns={"state": "text", "issue_at": "timestamptz", "updated_at": "timestamptz"},
        rows=[(draft.id, draft.state, issue_at, ctx.now) for draft in drafts],
    )
    unit.record(ctx, facts)
