"""Hold, release and discard drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.commands.undo import DISCARD, keep_before, one_each
from acquit.stages.invoices.facts import DraftChanged, DraftDiscarded, DraftHeld
from acquit.stages.invoices.models import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A draft that should wait, or go away, and why."""

    draft_id: UUID
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    draft_id: UUID


@command("invoices.hold")
def hold(*, ctx: Context, items: Sequence[Holding]) -> Outcome:
    """Keep ready drafts from being issued until they are released; the reason is shown."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    facts = []

    def act(item: Holding, draft: Draft) -> ItemResult | None:
        if not item.why.strip():
            return _refused(draft, Fault("draft.why", "say why it is held", "why"))
        draft.state = editing.next_state(draft, "hold")
        draft.held_reason, draft.updated_at = item.why[:200], ctx.now
        facts.append(DraftHeld(subject_id=draft.id, effective_on=ctx.today, why=item.why))
        return None

    return _finish(ctx, desk, editing.each(desk, items, act), facts)


@command("invoices.release")
def release(*, ctx: Context, items: Sequence[Releasing]) -> Outcome:
    """Make held drafts ready again, and those that only a policy wanted looked at.

    A draft with a fatal fault is refused: type what is missing, or discard it.
    """
    desk = editing.load(ctx, {item.draft_id for item in items})
    facts = []

    def act(item: Releasing, draft: Draft) -> ItemResult | None:
        if draft.state == "ready":
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        plan, _ = editing.check_again(desk, draft, editing.plan_of(draft))
        blocking = tuple(f for f in plan.faults if f.severity is Severity.FATAL)
        if blocking:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, blocking)
        before = draft.state
        draft.state = editing.next_state(draft, "release" if before == "held" else "ready")
        editing.keep(ctx, draft, plan)
        draft.held_reason = ""
        facts.append(
            DraftChanged(
                subject_id=draft.id,
                effective_on=ctx.today,
                field="state",
                before=before,
                after=draft.state,
            )
        )
        return None

    return _finish(ctx, desk, editing.each(desk, items, act), facts, undoable="invoices.release")


@command("invoices.discard")
def discard(*, ctx: Context, items: Sequence[Holding]) -> Outcome:
    """Throw drafts away; their deliveries are open again and billed by the next run."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    facts = []
    gone: list[Draft] = []

    def act(item: Holding, draft: Draft) -> ItemResult | None:
        if draft.state == "discarded":
            return ItemResult(str(draft.id), ItemState.DUPLICATE, draft.id)
        draft.state = editing.next_state(draft, "discard")
        draft.updated_at = ctx.now
        gone.append(draft)
        facts.append(DraftDiscarded(subject_id=draft.id, effective_on=ctx.today, why=item.why))
        return None

    results = editing.each(desk, items, act)
    editing.free_lines(ctx, gone)
    return _finish(ctx, desk, results, facts, undoable=DISCARD)


def _refused(draft: Draft, fault: Fault) -> ItemResult:
    return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, (fault,))


def _finish(
    ctx: Context,
    desk: editing.Desk,
    results: tuple[ItemResult, ...],
    facts: Sequence[DraftHeld | DraftChanged | DraftDiscarded],
    *,
    undoable: str = "",
) -> Outcome:
    touched = {result.id for result in results if result.state is ItemState.DONE}
    if undoable:
        keep_before(ctx, command=undoable, acts=one_each([one for one in touched if one]))
    editing.store([draft for draft in desk.drafts.values() if draft.id in touched])
    unit.record(ctx, facts)
    return Outcome(results)
