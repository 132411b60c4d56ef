"""Split a draft in two, or merge drafts into one: no line is lost, none is billed twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.history import unit
from acquit.stages.invoices.commands import editing
from acquit.stages.invoices.commands.drafting import state_of
from acquit.stages.invoices.commands.undo import Act, keep_before
from acquit.stages.invoices.facts import DraftDiscarded, DraftMerged, DraftSplit
from acquit.stages.invoices.models import Draft
from acquit.stages.invoices.rules import reshaping
from acquit.stages.invoices.rules.plan import Plan

OPEN = ("review", "ready")
_FIELDS = ["content", "lines", "faults", "checks_passed", "state", "updated_at"]
_AMOUNTS = ["net_minor", "tax_minor", "gross_minor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """The lines (ids of the draft's lines) that leave for a draft of their own."""

    draft_id: UUID
    line_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """Drafts that become one: the first takes the lines of the others."""

    draft_ids: tuple[UUID, ...]

    @property
    def key(self) -> str:
        return str(self.draft_ids[0]) if self.draft_ids else ""


@command("invoices.split")
def split(*, ctx: Context, items: Sequence[Splitting]) -> Outcome:
    """Move chosen lines of a draft into a new one; both are checked again. The ids in the answer
    are those of the new drafts."""
    desk = editing.load(ctx, {item.draft_id for item in items})
    changed: dict[UUID, Draft] = {}
    made: list[Draft] = []
    facts: list[DraftSplit] = []

    def act(item: Splitting, draft: Draft) -> ItemResult | None:
        plan = editing.plan_of(draft)
        fault = _not_open(draft) or _not_splittable(plan, item.line_ids)
        if fault is not None:
            return ItemResult(str(draft.id), ItemState.REFUSED, draft.id, (fault,))
        kept, taken = reshaping.split(plan, set(item.line_ids), new_id=ctx.ids.new())
        new = _twin(ctx, draft)
        _put(ctx, desk, draft, kept)
        _put(ctx, desk, new, taken)
        changed[draft.id] = draft
        made.append(new)
        facts.append(
            DraftSplit(
                subject_id=draft.id,
                effective_on=ctx.today,
                into_id=new.id,
                lines=len(taken.lines),
                net_minor=taken.net_minor,
            )
        )
        return ItemResult(str(draft.id), ItemState.DONE, new.id)

    results = editing.each(desk, items, act)
    Draft.objects.bulk_create(made)
    parts: dict[UUID, list[UUID]] = {}
    for one in facts:
        parts.setdefault(one.subject_id, []).append(one.into_id)
    acts = [Act((whole, *new), made=tuple(new)) for whole, new in parts.items()]
    keep_before(ctx, command="invoices.split", acts=acts)
    _store(list(changed.values()))
    unit.record(ctx, facts)
    return Outcome(results)


@command("invoices.merge")
def merge(*, ctx: Context, items: Sequence[Merging]) -> Outcome:
    """Make one draft of several of the same customer, currency and terms; it is checked again.
    The others are discarded and keep nothing. The ids in the answer are those of the drafts that
    took the lines."""
    desk = editing.load(ctx, {one for item in items for one in item.draft_ids})
    changed: dict[UUID, Draft] = {}
    facts: list[DraftDiscarded | DraftMerged] = []
    acts: list[Act] = []
    results = []
    for item in items:
        drafts = [desk.drafts[one] for one in dict.fromkeys(item.draft_ids) if one in desk.drafts]
        faults = _merge_faults(item, drafts)
        if faults:
            results.append(ItemResult(item.key, ItemState.REFUSED, None, tuple(faults)))
            continue
        first, *others = drafts
        _put(ctx, desk, first, reshaping.merge([editing.plan_of(one) for one in drafts]))
        for other in others:
            other.state, other.lines, other.updated_at = "discarded", [], ctx.now
            why = f"merged into draft {first.id}"
            facts.append(DraftDiscarded(subject_id=other.id, effective_on=ctx.today, why=why))
        facts.append(_merged(ctx, first, others))
        acts = _joined(acts, [one.id for one in drafts])
        changed |= {one.id: one for one in drafts}
        results.append(ItemResult(item.key, ItemState.DONE, first.id))
    keep_before(ctx, command="invoices.merge", acts=acts)
    _store(list(changed.values()))
    unit.record(ctx, facts)
    return Outcome(tuple(results))


def _joined(acts: Sequence[Act], drafts: Sequence[UUID]) -> list[Act]:
    """The acts with one more; those that share a draft can only be taken back together."""
    shared = [act for act in acts if not set(drafts).isdisjoint(act.drafts)]
    together = [one for act in shared for one in act.drafts] + list(drafts)
    return [*(act for act in acts if act not in shared), Act(tuple(dict.fromkeys(together)))]


def _merged(ctx: Context, first: Draft, others: Sequence[Draft]) -> DraftMerged:
    return DraftMerged(
        subject_id=first.id,
        effective_on=ctx.today,
        from_ids=tuple(one.id for one in others),
        lines=len(first.content["lines"]),
        net_minor=first.net_minor,
    )


def _not_open(draft: Draft) -> Fault | None:
    if draft.state in OPEN:
        return None
    fix = "recall or release it first"
    return Fault("draft.closed", f"the draft is {draft.state}", "draft_id", fix=fix)


def _not_splittable(plan: Plan, line_ids: Sequence[UUID]) -> Fault | None:
    known = {line.id for line in plan.lines}
    if not line_ids or not set(line_ids) <= known:
        return Fault("draft.lines", "choose lines of this draft", "line_ids")
    if set(line_ids) == known:
        return Fault("draft.lines", "leave at least one line in the draft", "line_ids")
    return None


def _merge_faults(item: Merging, drafts: Sequence[Draft]) -> list[Fault]:
    if len(drafts) < 2 or len(drafts) < len(set(item.draft_ids)):
        return [Fault("draft.merge", "choose at least two drafts that exist", "draft_ids")]
    closed = [fault for one in drafts if (fault := _not_open(one)) is not None]
    return closed or reshaping.merge_faults([editing.plan_of(one) for one in drafts])


def _twin(ctx: Context, draft: Draft) -> Draft:
    """A new draft that is like this one but for its lines."""
    return Draft(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        run_id=draft.run_id,
        kind=draft.kind,
        customer_id=draft.customer_id,
        currency=draft.currency,
        sources=draft.sources,
        rule=draft.rule,
        corrects_id=draft.corrects_id,
        issue_on=draft.issue_on,
        created_at=ctx.now,
    )


def _put(ctx: Context, desk: editing.Desk, draft: Draft, plan: Plan) -> None:
    """The draft with this plan, checked: its amounts, its lines, and the state that follows."""
    plan, action = editing.check_again(desk, draft, plan)
    editing.keep(ctx, draft, plan)
    draft.state = state_of(action) if action != "hold" else "review"
    draft.lines = [str(line.delivery_line) for line in plan.lines if line.delivery_line]
    draft.net_minor, draft.tax_minor = plan.net_minor, plan.tax_minor
    draft.gross_minor = plan.gross_minor


def _store(drafts: Sequence[Draft]) -> None:
    if drafts:
        Draft.objects.bulk_update(drafts, [*_FIELDS, *_AMOUNTS], batch_size=len(drafts))
