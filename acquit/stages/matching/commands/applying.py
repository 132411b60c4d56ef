"""From a proposal to allocations: all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from acquit.core.context import Context
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.stages.matching.rules.model import Share
from acquit.stages.receivables.commands import NewAllocation, allocate


class Applicable(Protocol):
    """What a plan and a kept proposal have in common."""

    @property
    def shares(self) -> Sequence[Share]: ...

    @property
    def currency(self) -> str: ...


def apply(ctx: Context, proposals: Sequence[tuple[UUID, UUID, Applicable]]) -> dict[UUID, str]:
    """Allocate what each proposal (id, the receipt's item, its shares) says. The answer names
    the proposals that could not be applied, and why; of those nothing was."""
    wishes, owners = [], []
    for proposal_id, item_id, plan in proposals:
        for share in plan.shares:
            wishes.append(
                NewAllocation(
                    key=f"proposal:{proposal_id}",
                    credit_item_id=share.credit_item_id or item_id,
                    debit_item_id=share.open_item_id,
                    amount=Money(share.amount_minor, plan.currency),
                    third_party=share.credit_item_id is None,
                    together=str(proposal_id),
                    proposal_id=proposal_id,
                )
            )
            owners.append(proposal_id)
    outcome = allocate(ctx=ctx.without_key(), items=wishes)
    refused: dict[UUID, str] = {}
    for owner, item in zip(owners, outcome.items, strict=True):
        for fault in item.faults:
            if item.state is ItemState.REFUSED and fault.code != "allocation.together":
                refused.setdefault(owner, fault.message)
    return refused
