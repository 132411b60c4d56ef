"""Close the rest of an item without money: a discount, a fee, a difference, a tax withheld."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.queries import home_of
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.core.tables import Decision
from acquit.database.bulk import lock
from acquit.database.copy import fetch_rows
from acquit.policy.queries import InForce, in_force
from acquit.stages.receivables.commands.settling import NewAdjustment, settle
from acquit.stages.receivables.facts import CashApplied
from acquit.stages.receivables.queries.adjusted import times_adjusted
from acquit.stages.receivables.rules.adjustment import REASONS, times_before
from acquit.stages.receivables.rules.allocation import left_out

TIMES = "adjustment.times"


def weigh_adjustments(
    ctx: Context, groups: Sequence[Sequence[NewAdjustment]]
) -> list[Money | None]:
    """What each group closes, in the company's currency, for the limits of who asks. With it
    counts what he closed of the same items before, and in the groups ahead of it: a large amount
    in small parts is as large. None where none of the items is known.

    One command of a person at a time is weighed: of two at once, each would be small by itself.
    """
    if not any(groups):
        return [None] * len(groups)
    actor = ctx.actor
    lock(ctx.company_id, f"adjusting by {actor.person_id or actor.id or actor.name}")
    home = home_of(ctx.company_id).currency
    known = _items(ctx, [wish for group in groups for wish in group])
    closed = _closed_before(ctx, list(known))
    weights: list[Money | None] = []
    for group in groups:
        touched = {wish.item_id for wish in group if wish.item_id in known}
        for wish in group:
            if wish.item_id in known:
                # By its key, so that the same wish again weighs what it weighed.
                share = known[wish.item_id].share(abs(wish.amount.minor))
                closed[wish.item_id][wish.key] = share
        minor = sum(sum(closed[item].values()) for item in touched)
        weights.append(Money(minor, home) if touched else None)
    return weights


def _closed_before(ctx: Context, item_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """item -> key -> what the actor closed of it himself and nobody took back, in the company's
    currency. What a rule closed, or somebody else after an approval, is not his."""
    actor = ctx.actor
    found: dict[UUID, dict[str, int]] = {item_id: {} for item_id in item_ids}
    for item_id, key, minor in fetch_rows(
        "SELECT i.id, a.key, a.debit_functional_minor FROM unnest(%(items)s::uuid[]) AS i (id)"
        " CROSS JOIN LATERAL (SELECT d.* FROM receivables_allocation d"
        "  WHERE d.company_id = %(company)s AND d.debit_item_id = i.id"
        "   AND d.credit_item_id IS NULL"
        "  UNION ALL SELECT c.* FROM receivables_allocation c"
        "  WHERE c.company_id = %(company)s AND c.credit_item_id = i.id"
        "   AND c.debit_item_id IS NULL) AS a"
        " JOIN history_fact f ON f.company_id = %(company)s AND f.subject_id = a.id"
        "  AND f.kind = %(kind)s WHERE a.adjustment = ANY(%(reasons)s)"
        " AND a.reverses_id IS NULL AND a.rule = ''"
        " AND NOT EXISTS (SELECT 1 FROM receivables_allocation undone"
        "  WHERE undone.company_id = %(company)s AND undone.reverses_id = a.id)"
        " AND (f.actor_id = ANY(%(people)s::uuid[])"
        "  OR f.actor_id IS NULL AND %(name)s = f.actor_name)",
        {
            "items": list(item_ids),
            "company": ctx.company_id,
            "kind": CashApplied.KIND,
            "reasons": list(REASONS),
            "people": [one for one in (actor.id, actor.person_id) if one is not None],
            "name": actor.name,
        },
    ):
        found[item_id][key] = minor
    return found


def _weigh(ctx: Context, items: Sequence[NewAdjustment]) -> list[Money | None]:
    """What each closes, with all that is done together with it."""
    done_with: dict[str | int, list[NewAdjustment]] = defaultdict(list)
    for place, item in enumerate(items):
        done_with[item.together or place].append(item)
    groups = [done_with[item.together or place] for place, item in enumerate(items)]
    return weigh_adjustments(ctx, groups)


@command("receivables.adjust", weigh=_weigh)
def adjust(*, ctx: Context, items: Sequence[NewAdjustment]) -> Outcome:
    """Settle items for a reason (:data:`REASONS`), each on the reason's account. Whether the tax
    of the document is corrected too is said by the policy ``adjusting``. Undone like every
    allocation, by its reversal; above the actor's limit it waits for a second person."""
    broken = {item.together for item in items if item.adjustment not in REASONS} - {""}
    known = [item for item in items if item.adjustment in REASONS and item.together not in broken]
    decisions = judge_adjustments(ctx, known)
    judged = [
        replace(item, reduces_tax=reduces)
        for item, (_action, reduces, _rule) in zip(known, decisions, strict=True)
    ]
    outcome = settle(ctx, judged)
    answers = iter(outcome.items)
    results = [
        _unknown(item, index)
        if item.adjustment not in REASONS
        else _left_out(item, index)
        if item.together in broken
        else next(answers)
        for index, item in enumerate(items)
    ]
    return Outcome(items=tuple(results), figures=outcome.figures)


def judge_adjustments(ctx: Context, items: Sequence[NewAdjustment]) -> list[tuple[str, bool, str]]:
    """What the policy ``adjusting`` says to each: close or keep, whether the tax is corrected,
    and by which rule. Where it asks how often a customer's rests were closed, what it lets be
    closed ahead in the batch counts too."""
    if not items:
        return []
    home = home_of(ctx.company_id).currency
    known = _items(ctx, items)
    policy = in_force(company_id=ctx.company_id, name="adjusting", on=ctx.today)
    facts = [_facts(item, known.get(item.item_id), home) for item in items]
    if TIMES in policy.table.table.inputs:
        decisions = _counting(ctx, policy, items, known, facts)
    else:
        decisions = policy.decide_many(facts)
    return [
        (
            str(one.value("action") or "keep"),
            one.value("tax") == "reduce",
            policy.rule(one),
        )
        for one in decisions
    ]


def _counting(
    ctx: Context,
    policy: InForce,
    items: Sequence[NewAdjustment],
    known: dict[UUID, _Item],
    facts: Sequence[dict[str, Any]],
) -> list[Decision]:
    """The decisions of a policy that limits how often. What it would close by itself is counted
    for those behind it."""
    owners = [known[item.item_id].customer_id if item.item_id in known else None for item in items]
    asked = [
        None if owner is None else (owner, item.adjustment)
        for owner, item in zip(owners, items, strict=True)
    ]
    wanted = {one for one in asked if one is not None}
    before = times_adjusted(company_id=ctx.company_id, wanted=wanted, on=ctx.today)

    def decide(closed: Sequence[bool]) -> list[Decision]:
        times = times_before(asked, before=before, closed=closed)
        return policy.decide_many(
            one if count is None else {**one, TIMES: Decimal(count)}
            for one, count in zip(facts, times, strict=True)
        )

    alone = decide([False] * len(items))
    return decide([one.value("action") == "close" for one in alone])


@dataclass(frozen=True, slots=True)
class _Item:
    """What an adjusted item was when it came to be, in its own and in the company's currency;
    ``customer_id`` is None for money whose payer is not known."""

    customer_id: UUID | None
    original_minor: int
    functional_minor: int

    def share(self, minor: int) -> int:
        """A part of it in the company's currency, half up."""
        return (2 * minor * self.functional_minor + self.original_minor) // (
            2 * self.original_minor
        )


def _items(ctx: Context, items: Sequence[NewAdjustment]) -> dict[UUID, _Item]:
    """Items that were ever open; of a document of nothing there is no share."""
    rows = fetch_rows(
        "SELECT id, customer_id, original_minor, functional_minor FROM receivables_open_item"
        " WHERE company_id = %s AND id = ANY(%s) AND original_minor > 0",
        [ctx.company_id, [item.item_id for item in items]],
    )
    return {row[0]: _Item(*row[1:]) for row in rows}


def _facts(item: NewAdjustment, known: _Item | None, home: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "adjustment.reason": item.adjustment,
        "adjustment.currency": item.amount.currency,
        "adjustment.document_amount": item.amount.decimal,
    }
    if known is not None:
        worth = Money(known.share(item.amount.minor), home)
        percent = Decimal(100 * item.amount.minor) / known.original_minor
        facts["adjustment.amount"] = worth.decimal
        facts["adjustment.share"] = percent.quantize(Decimal("0.01"))
    return facts


def _left_out(item: NewAdjustment, index: int) -> ItemResult:
    fault = left_out(item.together, f"items[{index}]")
    return ItemResult(item.key, ItemState.REFUSED, faults=(fault,))


def _unknown(item: NewAdjustment, index: int) -> ItemResult:
    message = f"there is no reason {item.adjustment!r} to close an item"
    fix = f"use one of {', '.join(REASONS)}"
    path = f"items[{index}].adjustment"
    fault = Fault("adjustment.reason", message, path=path, fix=fix)
    return ItemResult(item.key, ItemState.REFUSED, faults=(fault,))
