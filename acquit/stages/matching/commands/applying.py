"""From a proposal to allocations: all of it or nothing, with what was kept back closed, and what
is not worth a letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias
from uuid import UUID

from acquit.core.context import Context
from acquit.core.ids import id_text
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.ahead import asked_beside
from acquit.database.copy import fetch_rows
from acquit.stages.matching.rules.plans import EXCHANGE, Share
from acquit.stages.matching.rules.rests import INSTALMENT, SMALL, Taken, rests
from acquit.stages.matching.rules.returns import shares, worth
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    NewExchange,
    judge_adjustments,
    lock_items,
    settle,
)
from acquit.stages.receivables.rules.adjustment import NETTED
from acquit.stages.receivables.rules.allocation import ItemState as State

MANY = 500  # proposals from which their items are locked while the program goes on


class Applicable(Protocol):
    """What a plan and a kept proposal have in common."""

    @property
    def shares(self) -> Sequence[Share]: ...

    @property
    def currency(self) -> str: ...

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as it was kept."""

    shares: Sequence[Share]
    currency: str
    reason: str


def adjustments(proposal_id: UUID, plan: Applicable) -> list[NewAdjustment]:
    """What the proposal would close without money; the tax effect is the policy's to say. A claim
    may be closed for two reasons, a fee and what was netted."""
    return [
        NewAdjustment(
            key=f"proposal:{proposal_id}:{share.adjustment}",
            item_id=share.open_item_id,
            amount=Money(share.amount_minor, plan.currency),
            adjustment=share.adjustment,
            together=str(proposal_id),
            proposal_id=proposal_id,
        )
        for share in plan.shares
        if share.adjustment not in ("", EXCHANGE)
    ]


def off_our_rate(proposal_id: UUID, plan: Applicable) -> list[NewAdjustment]:
    """What the payer's rate makes of the claims more or less than ours, in their currency: asked
    of the policy like an adjustment, though nothing is closed by it."""
    return [
        NewAdjustment(
            key=f"proposal:{proposal_id}",
            item_id=share.open_item_id,
            amount=Money(_of_claim(share), share.currency),
            adjustment=EXCHANGE,
            together=str(proposal_id),
            proposal_id=proposal_id,
        )
        for share in plan.shares
        if share.off_minor
    ]


def _of_claim(share: Share) -> int:
    """The difference as a part of the claim, rounded up."""
    fair = share.given_minor - share.off_minor
    return -(-abs(share.off_minor) * share.amount_minor // fair)


Wish: TypeAlias = NewAllocation | NewAdjustment | NewExchange


def apply(
    ctx: Context,
    proposals: Sequence[tuple[UUID, UUID, Applicable]],
    *,
    by_person: bool = False,
    are_new: bool = False,
) -> dict[UUID, str]:
    """Settle what each proposal (id, the receipt's item, its shares) says. The answer names
    the proposals that could not be applied, and why; of those nothing was. ``are_new``: they got
    their ids just now.

    What was kept back is closed by the person who says so, else by the rule of the policy
    ``adjusting``. A rest that nobody speaks of is closed with it where a rule of the policy does
    that by itself, whoever applies the money, and falls with it when that is undone."""
    held = _held(ctx, proposals)
    moves = [move for one in proposals for move in _moves(*one)]
    closing = _at_rate_of_payout(ctx, proposals)
    judged = zip(closing, judge_adjustments(ctx, closing), strict=True)
    wishes: list[Wish] = [
        replace(wish, reduces_tax=reduces, rule="" if by_person else rule)
        for wish, (_action, reduces, rule) in judged
    ]
    wishes += moves
    small: list[NewAdjustment] = []

    def close(states: Mapping[UUID, State]) -> list[NewAdjustment]:
        small.extend(_closed_by_rule(ctx, _rests(proposals, wishes, states)))
        return small

    outcome = settle(ctx, wishes, close, are_new=are_new, held=held)
    refused: dict[UUID, str] = {}
    for wish, item in zip([*wishes, *small], outcome.items, strict=True):
        for fault in item.faults:
            if item.state is ItemState.REFUSED and fault.code != "allocation.together":
                assert wish.proposal_id is not None  # each of them is of a proposal
                refused.setdefault(wish.proposal_id, fault.message)
    return refused


def _held(
    ctx: Context, proposals: Sequence[tuple[UUID, UUID, Applicable]]
) -> Callable[[], dict[UUID, State]]:
    """All items of the proposals, locked; those of many while it is worked out what is wished."""
    ids = {item_id for _id, item_id, _plan in proposals}
    for _id, _item, plan in proposals:
        for share in plan.shares:
            ids.add(share.open_item_id)
            if share.credit_item_id is not None:
                ids.add(share.credit_item_id)
    hold = partial(lock_items, company_id=ctx.company_id, item_ids=ids)
    return asked_beside(hold) if len(proposals) >= MANY else hold


def _rests(
    proposals: Sequence[tuple[UUID, UUID, Applicable]],
    wishes: Sequence[Wish],
    states: Mapping[UUID, State],
) -> list[NewAdjustment]:
    """What the proposals leave of documents and of their own money, each as a small difference.
    Not of an instalment, nor of what is exchanged: the rest of that is still to come, or is the
    rate's."""
    taken = list(_taken(wishes, states))
    decisions = {one.decision for one in taken}
    mine = [one for one in proposals if one[0] in decisions]
    apart = {
        share.open_item_id
        for _id, _item, plan in mine
        for share in plan.shares
        if plan.reason == INSTALMENT or share.adjustment == EXCHANGE
    }
    own = {item_id for _id, item_id, _plan in mine}
    asked = {
        one.item_id: states[one.item_id].open_minor
        for one in taken
        if one.item_id in own or (states[one.item_id].side == "debit" and one.item_id not in apart)
    }
    return [
        NewAdjustment(
            key=f"proposal:{one.decision}:{SMALL}",
            item_id=one.item_id,
            amount=Money(one.minor, states[one.item_id].currency),
            adjustment=SMALL,
            together=str(one.decision),
            proposal_id=one.decision,
        )
        for one in rests(taken, open_minor=asked)
    ]


def _taken(wishes: Sequence[Wish], states: Mapping[UUID, State]) -> Iterator[Taken]:
    """What is taken of items; not where one wish takes all that is open, as most do."""
    for wish in wishes:
        if isinstance(wish, NewAdjustment):
            parts = [(wish.item_id, wish.amount)]
        elif isinstance(wish, NewExchange):
            parts = [(wish.credit_item_id, wish.given), (wish.debit_item_id, wish.amount)]
        else:
            parts = [(wish.credit_item_id, wish.amount), (wish.debit_item_id, wish.amount)]
        for item_id, amount in parts:
            state = states.get(item_id)
            if state is not None and state.open_minor != amount.minor:
                assert wish.proposal_id is not None  # each of them is of a proposal
                yield Taken(wish.proposal_id, item_id, amount.minor)


def _closed_by_rule(ctx: Context, asked: Sequence[NewAdjustment]) -> list[NewAdjustment]:
    judged = zip(asked, judge_adjustments(ctx, asked), strict=True)
    return [
        replace(wish, reduces_tax=reduces, rule=rule)
        for wish, (action, reduces, rule) in judged
        if action == "close"
    ]


def _at_rate_of_payout(
    ctx: Context, proposals: Sequence[tuple[UUID, UUID, Applicable]]
) -> list[NewAdjustment]:
    """What the proposals close without money. What was netted in a payout is on suspense at the
    payout's rate, where what went back is too: so nothing is left there in either currency."""
    closing = [adjustments(id_, plan) for id_, _item, plan in proposals]
    netted = [[one for one in ones if one.adjustment == NETTED] for ones in closing]
    wanted = [item_id for (_id, item_id, _p), ones in zip(proposals, netted, strict=True) if ones]
    receipts = _worth(ctx, wanted) if wanted else {}
    worths: dict[tuple[UUID | None, UUID], int] = {}
    for (proposal_id, item_id, _plan), ones in zip(proposals, netted, strict=True):
        parts = [one.amount.minor for one in ones]
        if parts:
            minor, own = receipts[item_id]
            whole = worth(whole_worth=own, whole_minor=minor, part_minor=sum(parts))
            for one, part in zip(ones, shares(whole_worth=whole, parts=parts), strict=True):
                worths[proposal_id, one.item_id] = part
    return [
        replace(one, worth_minor=worths[one.proposal_id, one.item_id])
        if one.adjustment == NETTED
        else one
        for ones in closing
        for one in ones
    ]


def _worth(ctx: Context, item_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """What these items were in their own and in the company's currency."""
    rows = fetch_rows(
        "SELECT id, original_minor, functional_minor FROM receivables_open_item"
        " WHERE company_id = %s AND id = ANY(%s)",
        [ctx.company_id, list(item_ids)],
    )
    return {item_id: (minor, own) for item_id, minor, own in rows}


def _moves(proposal_id: UUID, item_id: UUID, plan: Applicable) -> list[NewAllocation | NewExchange]:
    """The money and the credit notes of a proposal."""
    moves: list[NewAllocation | NewExchange] = []
    together = id_text(proposal_id)
    key = f"proposal:{together}"
    for share in plan.shares:
        if share.adjustment == EXCHANGE:
            moves.append(
                NewExchange(
                    key=key,
                    credit_item_id=item_id,
                    debit_item_id=share.open_item_id,
                    given=Money(share.given_minor, plan.currency),
                    amount=Money(share.amount_minor, share.currency),
                    together=together,
                    proposal_id=proposal_id,
                )
            )
        elif not share.adjustment:
            moves.append(
                NewAllocation(
                    key=key,
                    credit_item_id=share.credit_item_id or item_id,
                    debit_item_id=share.open_item_id,
                    amount=Money(share.amount_minor, plan.currency),
                    third_party=share.credit_item_id is None,
                    together=together,
                    proposal_id=proposal_id,
                )
            )
    return moves
