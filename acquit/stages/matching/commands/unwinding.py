"""What a return does to receivables: undo what the receipt settled, and let the money go."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.context import Context
from acquit.core.faults import Fault, Severity
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.database.copy import fetch_rows
from acquit.stages.matching.commands.returned_payers import name_payers
from acquit.stages.matching.models import Return
from acquit.stages.matching.rules import returns as rules
from acquit.stages.receivables.commands import (
    NewAdjustment,
    NewAllocation,
    Undo,
    lock_items,
    settle,
    take_back,
)
from acquit.stages.receivables.queries import items_by_id
from acquit.stages.receivables.rules.adjustment import EXCHANGE, NETTED, RETURNED


@dataclass(slots=True)
class Plan:
    """A return with the receipt it is of, and how the debit divides; ``charge_minor`` is what is
    booked as the bank's charge. ``claim_id`` is the document meant, of a payout that paid many,
    ``left_minor`` what the payout closed of it. ``customer_id`` is known once it is done."""

    row: Return
    receipt_id: UUID
    item_id: UUID
    principal_minor: int
    charge_minor: int
    by: tuple[str, ...]
    rule: str
    left_minor: int = 0
    claim_id: UUID | None = None
    customer_id: UUID | None = field(default=None)


class _Applied(NamedTuple):
    """One allocation that stands, of a decision that one of the receipts takes part in."""

    id: UUID
    item_id: UUID  # of the receipt that came back
    credit_item_id: UUID | None
    debit_item_id: UUID | None
    amount_minor: int
    currency: str
    adjustment: str
    taxes: Any
    decision: UUID
    worth_minor: int  # on the reason's account, in the company's currency

    @property
    def gives(self) -> bool:
        return self.credit_item_id == self.item_id


def unwind_all(ctx: Context, plans: Sequence[Plan]) -> list[Plan]:
    """Carry the plans out, each of another receipt, or of another document of one; the answer is
    those that still hold. Every item is locked before the first one moves, in the order of all
    commands."""
    ids = [plan.item_id for plan in plans]
    touched = {
        item_id
        for row in _applied(ctx, ids)
        for item_id in (row.credit_item_id, row.debit_item_id)
        if item_id
    }
    items = lock_items(company_id=ctx.company_id, item_ids={*ids, *touched})
    payers = name_payers(ctx, [plan.receipt_id for plan in plans if not plan.claim_id])
    standing: dict[UUID, dict[UUID, list[_Applied]]] = defaultdict(dict)
    for row in _applied(ctx, ids):
        standing[row.item_id].setdefault(row.decision, []).append(row)
    undo: list[Undo] = []
    wishes: list[NewAdjustment | NewAllocation] = []
    owners: list[Plan] = []
    for plan in plans:
        decisions = standing[plan.item_id]
        if plan.claim_id:
            answer = _single_out(plan, decisions, ctx.ids.new())
            if answer is not None:
                plan.customer_id = items[plan.claim_id].customer_id
                undo.append(answer[0])
                owners += [plan] * len(answer[1])
                wishes += answer[1]
            continue
        plan.customer_id = payers.get(plan.receipt_id) or items[plan.item_id].customer_id
        unwound = rules.unwind(
            open_minor=items[plan.item_id].open_minor,
            newest=[_standing(rows) for rows in decisions.values()],
            returned_minor=plan.principal_minor,
        )
        undo += [Undo(allocation_id=one.allocation_id) for one in unwound.undo]
        plan.row.reopened = [
            _kept(row, unwound.again_minor if row.gives and one is unwound.undo[-1] else 0)
            for one in unwound.undo
            for row in _of(decisions, one.allocation_id)
        ]
        more = _wishes(plan, unwound, ctx.ids.new())
        owners += [plan] * len(more)
        wishes += more
    if undo:
        take_back(ctx, undo, keeps_payer=True).or_refuse()
    made = settle(ctx, wishes).or_refuse()
    done = []
    for plan, wish, result in zip(owners, wishes, made.items, strict=True):
        if isinstance(wish, NewAdjustment) and wish.adjustment == RETURNED:
            plan.row.allocation_id = result.id
            done.append(plan)
    return done


def _single_out(
    plan: Plan, decisions: dict[UUID, list[_Applied]], attempt: UUID
) -> tuple[Undo, list[NewAdjustment | NewAllocation]] | None:
    """One document of a payout that paid many: what closed it is undone, and made again but for
    what went back. None where that is not as it was when the plan was made. A fee that was ours
    stays ours: the receipt has less of the document's money, the debit more charges."""
    mine: list[_Applied] = []
    for rows in decisions.values():
        found = [row for row in rows if row.debit_item_id == plan.claim_id]
        if any(row.gives and not row.adjustment for row in found):
            mine = found
            break
    closed: dict[str, int] = defaultdict(int)
    for row in mine:
        if row.gives or row.adjustment:
            closed[row.adjustment] += row.amount_minor
    if plan.left_minor != sum(closed[way] for way in rules.PAID_BY):
        return None
    is_whole = plan.principal_minor == plan.left_minor
    back = rules.taken(back=plan.principal_minor, closed=closed)
    plan.principal_minor = back[""]
    plan.charge_minor += back["bank_fee"]
    wishes: list[NewAdjustment | NewAllocation] = [_gone(plan, attempt)]
    plan.row.reopened = []
    for row in mine:
        way = row.adjustment
        gone = 0
        if way in back and (row.gives or way):
            gone = min(back[way], row.amount_minor)
            back[way] -= gone
        elif way and is_whole:
            gone = row.amount_minor
        plan.row.reopened.append(_kept(row, row.amount_minor - gone))
        if gone < row.amount_minor:
            wishes.append(_made_again(_kept(row, gone), attempt, f"{attempt}:{row.decision}"))
    return Undo(allocation_id=mine[0].id, claim_id=plan.claim_id), wishes


def _applied(ctx: Context, item_ids: Sequence[UUID]) -> list[_Applied]:
    """What stands of the receipts' money, newest decision first, with what each would undo."""
    rows = fetch_rows(
        "SELECT a.id, mine.item, a.credit_item_id, a.debit_item_id, a.amount_minor, a.currency,"
        " a.adjustment, a.taxes, mine.decision, a.credit_functional_minor FROM ("
        "  SELECT a.credit_item_id AS item, coalesce(a.group_id, a.id) AS decision, a.group_id,"
        "   max(a.recorded_at) AS at, max(a.id::text) AS last"
        "  FROM receivables_allocation a WHERE a.company_id = %(company)s"
        "   AND a.credit_item_id = ANY(%(items)s) AND a.adjustment <> %(returned)s"
        "  GROUP BY 1, 2, 3) AS mine"
        " JOIN receivables_allocation a ON a.company_id = %(company)s AND a.reverses_id IS NULL"
        "  AND (a.id = mine.decision OR a.group_id = mine.group_id)"
        " WHERE NOT EXISTS (SELECT 1 FROM receivables_allocation r"
        "  WHERE r.company_id = %(company)s AND r.reverses_id = a.id)"
        " ORDER BY mine.at DESC, mine.last DESC, a.id",
        {"company": ctx.company_id, "items": list(item_ids), "returned": RETURNED},
    )
    return [_Applied(*row) for row in rows]


def _standing(rows: Sequence[_Applied]) -> rules.Standing:
    """One decision; plain where one claim took all the money, whatever closed the rest of it."""
    giving = [row for row in rows if row.gives]
    plain = len(giving) == 1 and not giving[0].adjustment
    return rules.Standing(
        rows[0].id,
        sum(row.amount_minor for row in giving),
        giving[0].debit_item_id if plain else None,
    )


def _of(decisions: dict[UUID, list[_Applied]], allocation_id: UUID) -> list[_Applied]:
    return next(rows for rows in decisions.values() if rows[0].id == allocation_id)


def _wishes(
    plan: Plan, unwound: rules.Unwound, attempt: UUID
) -> list[NewAdjustment | NewAllocation]:
    wishes: list[NewAdjustment | NewAllocation] = [_gone(plan, attempt)]
    if unwound.again_minor:
        claim = unwound.undo[-1].claim_id
        assert claim is not None  # only what one claim took is applied again
        amount = Money(unwound.again_minor, plan.row.currency)
        wishes.append(_plain(attempt, plan.item_id, claim, amount))
    return wishes


def _gone(plan: Plan, attempt: UUID) -> NewAdjustment:
    """The receipt's money gives way to what stands on suspense."""
    row = plan.row
    return NewAdjustment(
        key=f"return:{attempt}",
        item_id=plan.item_id,
        amount=Money(plan.principal_minor, row.currency),
        adjustment=RETURNED,
        worth_minor=rules.worth(
            whole_worth=row.worth_minor,
            whole_minor=row.amount_minor,
            part_minor=plan.principal_minor,
        ),
    )


def _plain(
    attempt: UUID, credit: UUID, debit: UUID | None, amount: Money, together: str = ""
) -> NewAllocation:
    assert debit is not None  # money settles a claim
    return NewAllocation(
        key=f"return:{attempt}",
        credit_item_id=credit,
        debit_item_id=debit,
        amount=amount,
        third_party=True,
        together=together,
    )


def _kept(row: _Applied, again_minor: int) -> dict[str, Any]:
    """What was undone for good, to be made again if the return is taken back."""
    return {
        "decision": str(row.decision),
        "credit": str(row.credit_item_id) if row.credit_item_id else "",
        "debit": str(row.debit_item_id) if row.debit_item_id else "",
        "minor": row.amount_minor - again_minor,
        "currency": row.currency,
        "adjustment": row.adjustment,
        "taxed": bool(json.loads(row.taxes) if isinstance(row.taxes, str) else row.taxes),
        "worth": rules.worth(
            whole_worth=row.worth_minor,
            whole_minor=row.amount_minor,
            part_minor=row.amount_minor - again_minor,
        )
        if row.adjustment == NETTED
        else None,
    }


def settle_again(ctx: Context, rows: Sequence[Return]) -> dict[UUID, tuple[Fault, ...]]:
    """Settle anew what these returns had opened, each decision of theirs as a whole. The answer is
    return -> what stays open of each claim, and why: what does not fit any more; an exchange, whose
    rate was another day's."""
    wishes: list[NewAdjustment | NewAllocation] = []
    owners: list[tuple[UUID, str]] = []
    lost: dict[UUID, list[tuple[UUID, Money, str]]] = defaultdict(list)
    for row in rows:
        attempt = ctx.ids.new()
        for one in _decided(row, lost[row.id]):
            wishes.append(_made_again(one, attempt, f"{attempt}:{one['decision']}"))
            owners.append((row.id, one["decision"]))
    made = settle(ctx, wishes)
    why: dict[tuple[UUID, str], str] = {}
    for owner, result in zip(owners, made.items, strict=True):
        for fault in result.faults:
            if fault.code != "allocation.together":
                why.setdefault(owner, fault.message)
    for owner, wish, result in zip(owners, wishes, made.items, strict=True):
        if result.state is ItemState.REFUSED and isinstance(wish, NewAllocation):
            lost[owner[0]].append((wish.debit_item_id, wish.amount, why.get(owner, "")))
    ids = [item_id for found in lost.values() for item_id, _amount, _why in found]
    claims = items_by_id(company_id=ctx.company_id, item_ids=ids) if ids else {}
    return {
        key: tuple(
            _stays_open(claims[item_id].number, amount, reason) for item_id, amount, reason in found
        )
        for key, found in lost.items()
        if found
    }


def _decided(row: Return, lost: list[tuple[UUID, Money, str]]) -> Iterator[dict[str, Any]]:
    """What a return had undone, and may be done again; the claims of exchanges are ``lost``."""
    exchanged = {one["decision"] for one in row.reopened if one["adjustment"] == EXCHANGE}
    for one in row.reopened:
        if one["minor"] and one["decision"] not in exchanged:
            yield one
        elif one["minor"] and one["debit"]:
            amount = Money(one["minor"], one["currency"])
            lost.append((UUID(one["debit"]), amount, "it was exchanged at another day's rate"))


def _stays_open(number: str, amount: Money, why: str) -> Fault:
    message = f"{amount} of {number} stays open: {why}"
    fix = "apply the money of the receipt again"
    return Fault("return.left_open", message, number, fix=fix, severity=Severity.WARNING)


def _made_again(one: dict[str, Any], attempt: UUID, together: str) -> NewAdjustment | NewAllocation:
    """What was kept of an allocation, as a wish."""
    amount = Money(one["minor"], one["currency"])
    if not one["adjustment"]:
        credit, debit = UUID(one["credit"]), UUID(one["debit"])
        return _plain(attempt, credit, debit, amount, together)
    return NewAdjustment(
        key=f"return:{attempt}:{one['adjustment']}",
        item_id=UUID(one["debit"] or one["credit"]),
        amount=amount,
        adjustment=one["adjustment"],
        reduces_tax=one["taxed"],
        together=together,
        worth_minor=one.get("worth"),
    )
