"""What a person says to a proposal: accept, reject, or undo what was accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.history.facts import Fact
from acquit.stages.matching.commands.applying import Kept, adjustments, apply, off_our_rate
from acquit.stages.matching.facts import ProposalAccepted, ProposalRejected
from acquit.stages.matching.models import PROPOSAL, Proposal
from acquit.stages.matching.rules.plans import kept_shares
from acquit.stages.receivables.commands import Undo, weigh_adjustments
from acquit.stages.receivables.commands import undo as undo_allocations


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalChoice:
    """The proposal that is meant."""

    id: UUID


def _weigh(ctx: Context, items: Sequence[ProposalChoice]) -> list[Money | None]:
    """What each proposal closes without money or takes at another rate than ours, in the company's
    currency: above a limit a second person says yes. None where it does neither."""
    rows = Proposal.objects.of(ctx.company_id).in_bulk([item.id for item in items])
    closing = {}
    for row in rows.values():
        kept = _kept(row)
        closing[row.id] = [*adjustments(row.id, kept), *off_our_rate(row.id, kept)]
    return weigh_adjustments(ctx, [closing.get(item.id, []) for item in items])


def _kept(row: Proposal) -> Kept:
    return Kept(kept_shares(row.items), row.currency, row.reason)


@command("matching.accept", weigh=_weigh, bound_by=("receivables.adjust",))
def accept(*, ctx: Context, items: Sequence[ProposalChoice]) -> Outcome:
    """Apply proposals as they stand. One that no longer fits is refused as a whole; the other
    proposals for the same receipt are superseded."""
    rows, results = _chosen(ctx, items, verb="accept")
    credits = _items_of(ctx, rows)
    wanted = [(row.id, credits[row.receipt_id], _kept(row)) for row in rows]
    refused = apply(ctx, wanted, by_person=True)
    done = [row for row in rows if row.id not in refused]
    _mark(ctx, [row.id for row in done], "accepted")
    Proposal.objects.of(ctx.company_id).filter(
        receipt_id__in=[row.receipt_id for row in done], state="proposed"
    ).update(state="superseded", decided_at=ctx.now, decided_by=ctx.actor.name)
    facts: list[Fact] = [
        ProposalAccepted(
            subject_id=row.id,
            effective_on=ctx.today,
            receipt_id=row.receipt_id,
            allocations=len(row.items),
            amount_minor=row.total_minor,
            currency=row.currency,
        )
        for row in done
    ]
    unit.record(ctx, facts)
    final = tuple(
        _refusal(result, refused[result.id]) if result.id in refused else result
        for result in results
    )
    return Outcome(items=final, figures={"accepted": len(done), "refused": len(refused)})


@command("matching.reject")
def reject(*, ctx: Context, items: Sequence[ProposalChoice]) -> Outcome:
    """This is not it. The same answer is not posted for this receipt again."""
    rows, results = _chosen(ctx, items, verb="reject")
    _mark(ctx, [row.id for row in rows], "rejected")
    facts = [
        ProposalRejected(subject_id=row.id, effective_on=ctx.today, receipt_id=row.receipt_id)
        for row in rows
    ]
    unit.record(ctx, facts)
    return Outcome(items=tuple(results), figures={"rejected": len(rows)})


@command("matching.undo")
def undo(*, ctx: Context, items: Sequence[ProposalChoice]) -> Outcome:
    """Take back what proposals applied, by a person or by a rule: receipt, invoices and ledger
    stand as before, and the reversals are seen. The state follows by reaction."""
    rows, results = _chosen(ctx, items, verb="undo")
    if rows:
        wishes = [Undo(proposal_id=row.id) for row in rows]
        answers = undo_allocations(ctx=ctx.without_key(), items=wishes).items
        # Somebody may have taken one back since it was read: then it is a duplicate here.
        states = {row.id: answer.state for row, answer in zip(rows, answers, strict=True)}
        results = [replace(r, state=states.get(r.id, r.state)) if r.id else r for r in results]
    undone = sum(result.state is ItemState.DONE for result in results)
    return Outcome(items=tuple(results), figures={"undone": undone})


def _chosen(
    ctx: Context, items: Sequence[ProposalChoice], *, verb: str
) -> tuple[list[Proposal], list[ItemResult]]:
    """The proposals in hand. A verb that was done before is a duplicate, also in this batch; of
    two answers for one receipt only the first can be accepted.

    Waiting ones are locked together with their rivals for the same receipts, in one order.
    Accepted ones are not: their undoing locks the open items first, as every undoing does, and
    the proposal's row follows; the other way round two people would lock each other out.
    """
    mine = Proposal.objects.of(ctx.company_id)
    ids = [item.id for item in items]
    if verb != "undo":
        receipts = mine.filter(id__in=ids).values("receipt_id")
        waiting = mine.filter(receipt_id__in=receipts, state="proposed").order_by("id")
        list(waiting.select_for_update(no_key=True).values_list("id"))
    found = {row.id: row for row in mine.filter(id__in=ids)}
    rows, results = [], []
    taken: dict[UUID, UUID] = {}  # receipt -> the proposal chosen for it in this batch
    target = {v: after for (_state, v), after in PROPOSAL.transitions.items()}[verb]
    for index, item in enumerate(items):
        row, key = found.get(item.id), str(item.id)
        if row is None:
            fault = Fault("proposal.unknown", f"no proposal {key}", path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif row.state == target or taken.get(row.receipt_id) == row.id:
            results.append(ItemResult(key, ItemState.DUPLICATE, row.id))
        elif (row.state, verb) not in PROPOSAL.transitions:
            possible = ", ".join(PROPOSAL.verbs(row.state)) or "nothing"
            message = f"the proposal is {row.state}: cannot {verb}; possible: {possible}"
            fault = Fault("proposal.not_allowed", message, path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif verb == "accept" and not row.items:
            message = "this proposal names no document: choose the documents yourself"
            fault = Fault("proposal.empty", message, path=f"items[{index}]")
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        elif verb == "accept" and row.receipt_id in taken:
            message = f"the proposal {taken[row.receipt_id]} for the same receipt comes first"
            fix = "accept one of them"
            fault = Fault("proposal.rival", message, path=f"items[{index}]", fix=fix)
            results.append(ItemResult(key, ItemState.REFUSED, faults=(fault,)))
        else:
            rows.append(row)
            taken[row.receipt_id] = row.id
            results.append(ItemResult(key, ItemState.DONE, row.id))
    return rows, results


def _items_of(ctx: Context, rows: Sequence[Proposal]) -> dict[UUID, UUID]:
    return dict(
        fetch_rows(
            "SELECT receipt_id, id FROM receivables_open_item"
            " WHERE company_id = %s AND receipt_id = ANY(%s)",
            [ctx.company_id, [row.receipt_id for row in rows]],
        )
    )


def _mark(ctx: Context, ids: Sequence[UUID], state: str) -> None:
    Proposal.objects.of(ctx.company_id).filter(id__in=ids).update(
        state=state, decided_at=ctx.now, decided_by=ctx.actor.name
    )


def _refusal(result: ItemResult, why: str) -> ItemResult:
    fix = "run the matcher again for this receipt"
    fault = Fault("proposal.outdated", f"it no longer fits: {why}", path=result.key, fix=fix)
    return ItemResult(result.key, ItemState.REFUSED, faults=(fault,))
