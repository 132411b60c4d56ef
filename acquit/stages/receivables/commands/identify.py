"""Say whose money a receipt is, without saying yet what it pays; and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.history import unit
from acquit.stages.receivables.commands.locking import lock_items
from acquit.stages.receivables.commands.payers import (
    Identity,
    identified,
    record_identities,
    withdrawn,
)
from acquit.stages.receivables.rules.allocation import ItemState as Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """The receipt and its payer; None: the payer is not known after all."""

    receipt_id: UUID
    customer_id: UUID | None

    @property
    def key(self) -> str:
        return str(self.receipt_id)


@command("receivables.identify")
def identify(*, ctx: Context, items: Sequence[Identification]) -> Outcome:
    """Give receipts their customer: what is open of them stands on his account, unapplied.

    A receipt of which something is applied, or whose customer is known already, is refused: undo
    what was applied first, so that no claim is left paid by somebody else.
    """
    owners = _items_of(ctx, items)
    states = lock_items(company_id=ctx.company_id, item_ids=owners.values())
    known = _customers(ctx, items)
    chosen: list[Identity] = []
    results = []
    taken: set[UUID] = set()
    for index, item in enumerate(items):
        state = states.get(owners[item.receipt_id]) if item.receipt_id in owners else None
        if state is not None and state.customer_id == item.customer_id:
            results.append(ItemResult(item.key, ItemState.DUPLICATE, state.id))
            continue
        fault = _fault(item, state, known, path=f"items[{index}]")
        if fault is None and item.receipt_id in taken:
            fault = Fault("receipt.twice", "named twice in one batch", path=f"items[{index}]")
        if fault is not None or state is None:
            wrong = (fault,) if fault else ()
            results.append(ItemResult(item.key, ItemState.REFUSED, faults=wrong))
            continue
        taken.add(item.receipt_id)
        chosen.append(_identity(ctx, item, state))
        results.append(ItemResult(item.key, ItemState.DONE, state.id))
    record_identities(ctx, chosen)
    unit.record(ctx, [identified(one) for one in chosen if one.after is not None])
    unit.record(ctx, [withdrawn(one) for one in chosen if one.after is None])
    return Outcome(items=tuple(results), figures={"identified": len(chosen)})


def _items_of(ctx: Context, items: Sequence[Identification]) -> dict[UUID, UUID]:
    return dict(
        fetch_rows(
            "SELECT receipt_id, id FROM receivables_open_item"
            " WHERE company_id = %s AND receipt_id = ANY(%s)",
            [ctx.company_id, [item.receipt_id for item in items]],
        )
    )


def _customers(ctx: Context, items: Sequence[Identification]) -> set[UUID]:
    rows = fetch_rows(
        "SELECT id FROM masterdata_customer WHERE company_id = %s AND id = ANY(%s)",
        [ctx.company_id, [item.customer_id for item in items if item.customer_id]],
    )
    return {row[0] for row in rows}


def _fault(
    item: Identification, state: Standing | None, known: set[UUID], *, path: str
) -> Fault | None:
    if state is None:
        return Fault("receipt.unknown", f"no receipt {item.receipt_id}", path=path)
    if item.customer_id is not None and item.customer_id not in known:
        return Fault("customer.unknown", f"no customer {item.customer_id}", path=path)
    if state.open_minor != state.original_minor:
        fix = "undo what was applied first"
        return Fault("receipt.applied", "part of this money is applied", path=path, fix=fix)
    if state.customer_id is not None and item.customer_id is not None:
        fix = "take the payer back first"
        return Fault("receipt.payer_known", "the payer is known already", path=path, fix=fix)
    return None


def _identity(ctx: Context, item: Identification, state: Standing) -> Identity:
    return Identity(
        item_id=state.id,
        receipt_id=item.receipt_id,
        currency=state.currency,
        before=state.customer_id,
        after=item.customer_id,
        amount_minor=state.open_minor,
        functional_minor=state.open_functional_minor,
        effective_on=max(unit.calendar()(ctx.today), state.moved_on),
    )
