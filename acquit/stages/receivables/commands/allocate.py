"""Move value from credit items (receipts, credit notes) to debit items (invoices)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.stages.receivables.commands.adjust import judge_adjustments, weigh_adjustments
from acquit.stages.receivables.commands.exchanging import exchange_faults, exchange_of
from acquit.stages.receivables.commands.settling import NewAdjustment, NewAllocation, Wish, settle
from acquit.stages.receivables.rules.adjustment import REASONS

CLOSE = "receivables.adjust"  # the right, and its limits


def _weigh(ctx: Context, items: Sequence[NewAllocation]) -> list[Money | None]:
    """What each closes without money, with all that is done together with it: above a limit a
    second person says yes to the whole. Who may not close at all is refused, and waits for
    nobody."""
    closings = _closings(items)
    if not closings or not ctx.actor.may(CLOSE):
        return [None] * len(items)
    done_with: dict[str | int, list[NewAdjustment]] = defaultdict(list)
    for place, one in closings.items():
        done_with[items[place].together or place].append(one)
    groups = [done_with.get(item.together or place, []) for place, item in enumerate(items)]
    return weigh_adjustments(ctx, groups)


@command("receivables.allocate", weigh=_weigh, bound_by=(CLOSE,))
def allocate(*, ctx: Context, items: Sequence[NewAllocation]) -> Outcome:
    """Apply credits to claims; what is not applied stays open on the credit item.

    An allocation takes effect today, or on the later day on which the younger of its two items
    came to be or was last moved. A receipt whose payer is unknown gets the customer whose claims
    it settles, when they are one customer's. What is closed of a claim with it is closed as by
    ``adjust``, all of it or nothing. A claim in another currency is settled at a rate that is near
    ours of the day of the credit; what the company gains or loses by it is realised.
    """
    faults = (*_faults(ctx, items), *exchange_faults(ctx, items))
    if faults:
        refused = (ItemResult(item.key, ItemState.REFUSED, faults=faults) for item in items)
        return Outcome(items=tuple(refused))
    closings = _closings(items)
    judged = judge_adjustments(ctx, list(closings.values()))
    wishes: list[Wish] = [
        replace(one, reduces_tax=reduces)
        for one, (_action, reduces, _rule) in zip(closings.values(), judged, strict=True)
    ]
    moves = [
        exchange_of(replace(item, together=closings[place].together) if place in closings else item)
        for place, item in enumerate(items)
    ]
    outcome = settle(ctx, [*wishes, *moves])
    done = outcome.items[len(wishes) :]
    figures = {**outcome.figures, "allocated": sum(one.state is ItemState.DONE for one in done)}
    return Outcome(items=done, figures=figures if wishes else outcome.figures)


def _closings(items: Sequence[NewAllocation]) -> dict[int, NewAdjustment]:
    """What is closed beside the money, by the place of its item."""
    return {
        place: NewAdjustment(
            # Beside an exchange it is not the only one that settles the claim alone.
            key=item.key if item.given is None else f"{item.key}:rest",
            item_id=item.debit_item_id,
            amount=item.closing,
            adjustment=item.adjustment,
            together=item.together or f"closing {place}",
        )
        for place, item in enumerate(items)
        if item.closing is not None
    }


def _faults(ctx: Context, items: Sequence[NewAllocation]) -> tuple[Fault, ...]:
    """A reason that is none, or a closing by who may not close, refuses the whole batch."""
    found = []
    for index, item in enumerate(items):
        path = f"items[{index}].adjustment"
        if item.closing is None:
            continue
        if item.adjustment not in REASONS:
            message = f"there is no reason {item.adjustment!r} to close an item"
            fix = f"use one of {', '.join(REASONS)}"
            found.append(Fault("adjustment.reason", message, path=path, fix=fix))
        # An approved request was asked for by who may; who approves need not be able to himself.
        elif ctx.approval_id is None and not ctx.actor.may(CLOSE):
            message = f"{ctx.actor.name} may not do this: {CLOSE}"
            fix = f"ask for a role that may do this: {CLOSE}"
            found.append(Fault("access.forbidden", message, path=path, fix=fix))
    return tuple(found)
