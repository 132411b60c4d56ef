"""Take allocations back by their reversal; nothing that was reported in the past changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from acquit.access.command import command
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import copy_rows, fetch_rows
from acquit.history import unit
from acquit.stages.receivables.commands.locking import lock_items, move_open
from acquit.stages.receivables.commands.payers import Identity, record_identities, withdrawn
from acquit.stages.receivables.commands.settling import ALLOCATION_COLUMNS
from acquit.stages.receivables.facts import AllocationUndone
from acquit.stages.receivables.models import Allocation
from acquit.stages.receivables.rules import allocation as rules
from acquit.stages.receivables.rules.adjustment import RETURNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What to take back: one allocation, everything of a receipt, or everything of a proposal.

    Give exactly one of the three. An adjustment falls with what it was made with, and with the
    money of a receipt all that was said of it at once, credit notes too; ``claim_id``
    narrows what falls with an allocation to what settled this claim, of a sum that paid many.
    """

    allocation_id: UUID | None = None
    receipt_id: UUID | None = None
    proposal_id: UUID | None = None
    claim_id: UUID | None = None

    @property
    def id(self) -> UUID | None:
        return self.allocation_id or self.receipt_id or self.proposal_id


class _Row(NamedTuple):
    id: UUID
    debit_item_id: UUID | None
    credit_item_id: UUID | None
    debit_customer_id: UUID | None
    credit_customer_id: UUID | None
    amount_minor: int
    currency: str
    debit_functional_minor: int
    credit_functional_minor: int
    proposal_id: UUID | None
    adjustment: str
    taxes: list[tuple[str, int]]
    group_id: UUID | None
    receipt_id: UUID | None

    @property
    def item_ids(self) -> list[UUID]:
        return [id_ for id_ in (self.debit_item_id, self.credit_item_id) if id_ is not None]


@command("receivables.undo")
def undo(*, ctx: Context, items: Sequence[Undo]) -> Outcome:
    """Reverse the allocations that still stand; each once, effective today (or as allocate).

    By receipt, what went back to its payer stays: only the return itself is taken back.
    """
    return take_back(ctx, items, keeps_payer=False)


def take_back(ctx: Context, items: Sequence[Undo], *, keeps_payer: bool) -> Outcome:
    """The same within another command; ``keeps_payer``: whose money it was stays known."""
    found = _rows(ctx, items)
    touched = {id_ for row in found for id_ in row.item_ids}
    states = lock_items(company_id=ctx.company_id, item_ids=touched)
    undone = _undone(ctx, found)
    standing = [row for row in found if row.id not in undone]
    ids = ctx.ids.many(len(standing))
    if standing:
        _record(ctx, standing, ids, states, keeps_payer=keeps_payer)
    made = {row.id: new_id for row, new_id in zip(standing, ids, strict=True)}
    results = tuple(_result(index, item, found, made) for index, item in enumerate(items))
    figures = {"undone": len(standing), "already_undone": len(undone)}
    return Outcome(items=results, figures=figures)


def _rows(ctx: Context, items: Sequence[Undo]) -> list[_Row]:
    rows = fetch_rows(
        "WITH paid AS (SELECT r.id, r.proposal_id FROM receivables_allocation r"
        "  WHERE r.company_id = %(company)s AND r.adjustment <> %(returned)s"
        "  AND r.credit_item_id IN (SELECT i.id FROM receivables_open_item i"
        "   WHERE i.company_id = %(company)s AND i.receipt_id = ANY(%(receipts)s))),"
        " asked AS (SELECT * FROM unnest(%(ids)s::uuid[], %(claims)s::uuid[]) AS a (id, claim)"
        "  UNION SELECT p.id, NULL FROM receivables_allocation p"
        "   WHERE p.company_id = %(company)s AND p.proposal_id = ANY(%(proposals)s)"
        "  UNION SELECT id, NULL FROM paid UNION SELECT n.id, NULL FROM paid"
        "   JOIN receivables_allocation n ON n.company_id = %(company)s"
        "    AND n.proposal_id = paid.proposal_id AND n.adjustment <> %(returned)s),"
        " whole AS (SELECT id FROM asked UNION SELECT g.id FROM asked"
        "  JOIN receivables_allocation a ON a.company_id = %(company)s AND a.id = asked.id"
        "  JOIN receivables_allocation g ON g.company_id = %(company)s"
        "   AND g.group_id = a.group_id"
        "   AND (asked.claim IS NULL OR g.debit_item_id = asked.claim))"
        " SELECT a.id, a.debit_item_id, a.credit_item_id, a.debit_customer_id,"
        " a.credit_customer_id, a.amount_minor, a.currency, a.debit_functional_minor,"
        " a.credit_functional_minor, a.proposal_id, a.adjustment, a.taxes, a.group_id,"
        " credit.receipt_id"
        " FROM whole JOIN receivables_allocation a ON a.company_id = %(company)s"
        "  AND a.id = whole.id AND a.reverses_id IS NULL"
        " LEFT JOIN receivables_open_item credit"
        "  ON credit.company_id = a.company_id AND credit.id = a.credit_item_id"
        " ORDER BY a.id",
        {
            "company": ctx.company_id,
            "ids": [i.allocation_id for i in items if i.allocation_id],
            "claims": [i.claim_id for i in items if i.allocation_id],
            "proposals": [i.proposal_id for i in items if i.proposal_id],
            "receipts": [i.receipt_id for i in items if i.receipt_id],
            "returned": RETURNED,
        },
    )
    return [_Row(*row)._replace(taxes=_parts(row[11])) for row in rows]


def _parts(kept: Any) -> list[tuple[str, int]]:
    values = json.loads(kept) if isinstance(kept, str) else kept
    return [(account, minor) for account, minor in values]


def _undone(ctx: Context, rows: Sequence[_Row]) -> set[UUID]:
    """Those that have their reversal already; read after the locks, so it cannot come between."""
    found = fetch_rows(
        "SELECT reverses_id FROM receivables_allocation"
        " WHERE company_id = %s AND reverses_id = ANY(%s)",
        [ctx.company_id, [row.id for row in rows]],
    )
    return {row[0] for row in found}


def _record(
    ctx: Context,
    rows: Sequence[_Row],
    ids: Sequence[UUID],
    states: dict[UUID, rules.ItemState],
    *,
    keeps_payer: bool,
) -> None:
    today = unit.calendar()(ctx.today)
    days = [max([today, *(states[id_].moved_on for id_ in row.item_ids)]) for row in rows]
    copy_rows(
        Allocation,
        ALLOCATION_COLUMNS,
        (
            (
                new_id,
                ctx.company_id,
                row.debit_item_id,
                row.credit_item_id,
                row.debit_customer_id,
                _credit_customer(row, states),
                -row.amount_minor,
                row.currency,
                -row.debit_functional_minor,
                -row.credit_functional_minor,
                day,
                ctx.now,
                row.id,
                f"undo:{row.id}",
                row.proposal_id,
                row.adjustment,
                Jsonb(row.taxes),
                None,
                ctx.reason,
                ctx.rule,
            )
            for row, new_id, day in zip(rows, ids, days, strict=True)
        ),
    )
    changes = []
    for row, day in zip(rows, days, strict=True):
        debit, credit = row.debit_functional_minor, row.credit_functional_minor
        if row.debit_item_id:
            changes.append((row.debit_item_id, row.amount_minor, debit, day))
        if row.credit_item_id:
            changes.append((row.credit_item_id, row.amount_minor, credit, day))
    move_open(company_id=ctx.company_id, changes=changes)
    unit.record(
        ctx,
        [
            _undone_fact(row, new_id, day, states)
            for row, new_id, day in zip(rows, ids, days, strict=True)
        ],
    )
    identities = [] if keeps_payer else _forgotten(ctx, rows, days, states)
    record_identities(ctx, identities)
    unit.record(ctx, [withdrawn(identity) for identity in identities])


def _credit_customer(row: _Row, states: dict[UUID, rules.ItemState]) -> UUID | None:
    """The credit's customer now; an adjustment keeps the one it was made with."""
    return states[row.credit_item_id].customer_id if row.credit_item_id else row.credit_customer_id


def _undone_fact(
    row: _Row, new_id: UUID, day: date, states: dict[UUID, rules.ItemState]
) -> AllocationUndone:
    return AllocationUndone(
        subject_id=new_id,
        effective_on=day,
        undone_id=row.id,
        debit_item_id=row.debit_item_id,
        credit_item_id=row.credit_item_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        customer_id=row.debit_customer_id,
        credit_customer_id=_credit_customer(row, states),
        from_kind=states[row.credit_item_id].kind if row.credit_item_id else "",
        debit_functional_minor=row.debit_functional_minor,
        credit_functional_minor=row.credit_functional_minor,
        adjustment=row.adjustment,
        taxes=tuple(row.taxes),
    )


def _forgotten(
    ctx: Context,
    rows: Sequence[_Row],
    days: Sequence[date],
    states: dict[UUID, rules.ItemState],
) -> list[Identity]:
    """Receipts that came without a payer and of which no allocation stands any more: whoever was
    told by an allocation, recorded at the same instant as it, is unknown again. A payer whom a
    person named stays."""
    returned: dict[UUID, int] = {}
    last: dict[UUID, date] = {}
    for row, day in zip(rows, days, strict=True):
        if row.credit_item_id is None:
            continue
        returned[row.credit_item_id] = returned.get(row.credit_item_id, 0) + row.amount_minor
        last[row.credit_item_id] = max(day, last.get(row.credit_item_id, day))
    free = [
        states[item_id]
        for item_id, minor in returned.items()
        if states[item_id].customer_id is not None
        and states[item_id].open_minor + minor == states[item_id].original_minor
    ]
    learnt = {
        row[0]
        for row in fetch_rows(
            "SELECT DISTINCT ON (c.item_id) c.item_id, c.customer_before_id IS NULL AND EXISTS ("
            "  SELECT 1 FROM receivables_allocation a WHERE a.company_id = c.company_id"
            "  AND a.credit_item_id = c.item_id AND a.reverses_id IS NULL"
            "  AND a.recorded_at = c.recorded_at)"
            " FROM receivables_payer_change c WHERE c.company_id = %s AND c.item_id = ANY(%s)"
            " ORDER BY c.item_id, c.position DESC",
            [ctx.company_id, [item.id for item in free]],
        )
        if row[1]
    }
    return [
        Identity(
            item_id=item.id,
            receipt_id=item.receipt_id,
            currency=item.currency,
            before=item.customer_id,
            after=None,
            amount_minor=item.original_minor,
            functional_minor=item.functional_minor,
            effective_on=last[item.id],
        )
        for item in free
        if item.id in learnt and item.receipt_id is not None
    ]


def _result(index: int, item: Undo, found: Sequence[_Row], made: dict[UUID, UUID]) -> ItemResult:
    key = str(item.id)
    if [item.allocation_id, item.receipt_id, item.proposal_id].count(None) != 2:
        message = "give exactly one of allocation_id, receipt_id and proposal_id"
        fault = Fault("allocation.undo_what", message, path=f"items[{index}]")
        return ItemResult(key, ItemState.REFUSED, faults=(fault,))
    mine = [row for row in found if item.id in (row.id, row.receipt_id, row.proposal_id)]
    if not mine:
        fault = Fault("allocation.unknown", f"nothing applied under {key}", path=f"items[{index}]")
        return ItemResult(key, ItemState.REFUSED, faults=(fault,))
    new = [made[row.id] for row in mine if row.id in made]
    if not new:
        return ItemResult(key, ItemState.DUPLICATE, mine[0].id)
    return ItemResult(key, ItemState.DONE, new[0])
