"""Move value from credit items (receipts, credit notes) to debit items (invoices)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history import unit
from acquit.stages.receivables.commands.locking import lock_items, move_open
from acquit.stages.receivables.commands.payers import Identity, identified, record_identities
from acquit.stages.receivables.facts import CashApplied
from acquit.stages.receivables.models import Allocation
from acquit.stages.receivables.rules import allocation as rules

ALLOCATION_COLUMNS = (
    "id",
    "company_id",
    "debit_item_id",
    "credit_item_id",
    "debit_customer_id",
    "credit_customer_id",
    "amount_minor",
    "currency",
    "debit_functional_minor",
    "credit_functional_minor",
    "effective_on",
    "recorded_at",
    "reverses_id",
    "key",
    "proposal_id",
    "reason",
    "rule",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAllocation:
    """One move. ``key`` makes it happen once: the same items and key again change nothing.

    ``third_party`` says that the credit's customer pays for another one's invoice.
    ``together``: items with the same word are done as a whole or not at all.
    """

    key: str
    credit_item_id: UUID
    debit_item_id: UUID
    amount: Money
    third_party: bool = False
    together: str = ""
    proposal_id: UUID | None = None


@command("receivables.allocate")
def allocate(*, ctx: Context, items: Sequence[NewAllocation]) -> Outcome:
    """Apply credits to claims; what is not applied stays open on the credit item.

    An allocation takes effect today, or on the later day on which the younger of its two items
    came to be or was last moved. A receipt whose payer is unknown gets the customer whose claims
    it settles, when they are one customer's.
    """
    touched = {i.credit_item_id for i in items} | {i.debit_item_id for i in items}
    states = lock_items(company_id=ctx.company_id, item_ids=touched)
    known = _known(ctx, items)
    requests = [
        rules.Request(i.key, i.credit_item_id, i.debit_item_id, i.amount, i.third_party, i.together)
        for i in items
    ]
    before = {item.id: (item.open_minor, item.open_functional_minor) for item in states.values()}
    decided = rules.decide(
        requests=requests, items=states, known=known, today=unit.calendar()(ctx.today)
    )
    ids = ctx.ids.many(len(decided.moves))
    identities = _identities(ctx, decided.moves, before)
    _record(ctx, items, decided.moves, ids, identities)
    made = {move.index: new_id for move, new_id in zip(decided.moves, ids, strict=True)}
    results = tuple(_result(i, item, made, decided) for i, item in enumerate(items))
    figures = {
        "allocated": len(made),
        "duplicate": len(decided.known),
        "refused": len(decided.faults),
        "amount_minor": _by_currency(decided.moves),
    }
    return Outcome(items=results, figures=figures)


def _known(
    ctx: Context, items: Sequence[NewAllocation]
) -> dict[tuple[UUID, UUID, str], rules.Known]:
    """What stands in the log under the same items and keys; read after the locks."""
    rows = fetch_rows(
        "SELECT a.credit_item_id, a.debit_item_id, a.key, a.id, a.amount_minor"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS asked (credit, debit, key)"
        " JOIN receivables_allocation a ON a.company_id = %s AND a.credit_item_id = asked.credit"
        " AND a.debit_item_id = asked.debit AND a.key = asked.key",
        [
            [i.credit_item_id for i in items],
            [i.debit_item_id for i in items],
            [i.key for i in items],
            ctx.company_id,
        ],
    )
    return {(row[0], row[1], row[2]): rules.Known(row[3], row[4]) for row in rows}


def _identities(
    ctx: Context, moves: Sequence[rules.Move], before: dict[UUID, tuple[int, int]]
) -> list[Identity]:
    """Unknown payers that these moves make known; money for several customers stays nobody's."""
    payers: dict[UUID, set[UUID | None]] = defaultdict(set)
    credits: dict[UUID, rules.ItemState] = {}
    for move in moves:
        if move.credit.customer_id is None:
            payers[move.credit.id].add(move.debit.customer_id)
            credits[move.credit.id] = move.credit
    identities = []
    for item_id, customers in payers.items():
        item = credits[item_id]
        if len(customers) == 1 and item.receipt_id is not None:
            open_minor, open_functional = before[item_id]
            identities.append(
                Identity(
                    item_id=item_id,
                    receipt_id=item.receipt_id,
                    currency=item.currency,
                    before=None,
                    after=next(iter(customers)),
                    amount_minor=open_minor,
                    functional_minor=open_functional,
                    effective_on=max(ctx.today, item.moved_on),
                )
            )
    return identities


def _record(
    ctx: Context,
    items: Sequence[NewAllocation],
    moves: Sequence[rules.Move],
    ids: Sequence[UUID],
    identities: Sequence[Identity],
) -> None:
    if not moves:
        return
    record_identities(ctx, identities)
    named = {identity.item_id: identity.after for identity in identities}
    payer = {m.credit.id: named.get(m.credit.id, m.credit.customer_id) for m in moves}
    copy_rows(
        Allocation,
        ALLOCATION_COLUMNS,
        (
            (
                new_id,
                ctx.company_id,
                move.debit.id,
                move.credit.id,
                move.debit.customer_id,
                payer[move.credit.id],
                move.amount_minor,
                move.debit.currency,
                move.debit_functional_minor,
                move.credit_functional_minor,
                move.effective_on,
                ctx.now,
                None,
                items[move.index].key,
                items[move.index].proposal_id,
                ctx.reason,
                ctx.rule,
            )
            for move, new_id in zip(moves, ids, strict=True)
        ),
    )
    changes = []
    for move in moves:
        day, minor = move.effective_on, -move.amount_minor
        changes.append((move.debit.id, minor, -move.debit_functional_minor, day))
        changes.append((move.credit.id, minor, -move.credit_functional_minor, day))
    move_open(company_id=ctx.company_id, changes=changes)
    unit.record(ctx, [identified(identity) for identity in identities])
    unit.record(
        ctx,
        [
            _applied(move, new_id, payer[move.credit.id])
            for move, new_id in zip(moves, ids, strict=True)
        ],
    )


def _applied(move: rules.Move, new_id: UUID, payer: UUID | None) -> CashApplied:
    assert move.debit.customer_id is not None  # a claim is always somebody's
    return CashApplied(
        subject_id=new_id,
        effective_on=move.effective_on,
        debit_item_id=move.debit.id,
        credit_item_id=move.credit.id,
        amount_minor=move.amount_minor,
        currency=move.debit.currency,
        customer_id=move.debit.customer_id,
        credit_customer_id=payer,
        from_kind=move.credit.kind,
        debit_functional_minor=move.debit_functional_minor,
        credit_functional_minor=move.credit_functional_minor,
    )


def _result(
    index: int, item: NewAllocation, made: dict[int, UUID], decided: rules.Decided
) -> ItemResult:
    if index in made:
        return ItemResult(item.key, ItemState.DONE, made[index])
    if index in decided.known:
        return ItemResult(item.key, ItemState.DUPLICATE, decided.known[index].id)
    return ItemResult(item.key, ItemState.REFUSED, faults=decided.faults[index])


def _by_currency(moves: Sequence[rules.Move]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for move in moves:
        sums[move.debit.currency] += move.amount_minor
    return dict(sums)
