"""Close the rest of an item without money: a discount, a fee, a difference, a tax withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.access.command import command
from acquit.access.models import Company
from acquit.core.context import Context
from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, ItemState, Outcome
from acquit.database.copy import fetch_rows
from acquit.policy.queries import in_force
from acquit.stages.receivables.commands.settling import NewAdjustment, settle
from acquit.stages.receivables.rules.adjustment import REASONS


def weigh_adjustments(ctx: Context, items: Sequence[NewAdjustment]) -> list[Money | None]:
    """Each adjustment in the company's currency, for the limits of who asks; None where there is
    no such item."""
    home = Company.objects.values_list("currency", flat=True).get(id=ctx.company_id)
    known = _items(ctx, items)
    return [
        Money(known[item.item_id].share(item.amount.minor), home) if item.item_id in known else None
        for item in items
    ]


@command("receivables.adjust", weigh=weigh_adjustments)
def adjust(*, ctx: Context, items: Sequence[NewAdjustment]) -> Outcome:
    """Settle items for a reason (:data:`REASONS`), each on the reason's account. Whether the tax
    of the document is corrected too is said by the policy ``adjusting``. Undone like every
    allocation, by its reversal; above the actor's limit it waits for a second person."""
    known = [item for item in items if item.adjustment in REASONS]
    decisions = judge_adjustments(ctx, known)
    judged = [
        replace(item, reduces_tax=reduces)
        for item, (_action, reduces, _rule) in zip(known, decisions, strict=True)
    ]
    outcome = settle(ctx, judged)
    answers = iter(outcome.items)
    results = [
        next(answers) if item.adjustment in REASONS else _unknown(item, index)
        for index, item in enumerate(items)
    ]
    return Outcome(items=tuple(results), figures=outcome.figures)


def judge_adjustments(ctx: Context, items: Sequence[NewAdjustment]) -> list[tuple[str, bool, str]]:
    """What the policy ``adjusting`` says to each: close or keep, whether the tax is corrected,
    and by which rule."""
    if not items:
        return []
    home = Company.objects.values_list("currency", flat=True).get(id=ctx.company_id)
    known = _items(ctx, items)
    policy = in_force(company_id=ctx.company_id, name="adjusting", on=ctx.today)
    facts = [_facts(item, known.get(item.item_id), home) for item in items]
    decisions = policy.decide_many(facts)
    return [
        (
            str(one.value("action") or "keep"),
            one.value("tax") == "reduce",
            policy.rule(one),
        )
        for one in decisions
    ]


@dataclass(frozen=True, slots=True)
class _Item:
    """What an adjusted item was when it came to be, in its own and in the company's currency."""

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
        "SELECT id, original_minor, functional_minor FROM receivables_open_item"
        " WHERE company_id = %s AND id = ANY(%s) AND original_minor > 0",
        [ctx.company_id, [item.item_id for item in items]],
    )
    return {row[0]: _Item(row[1], row[2]) for row in rows}


def _facts(item: NewAdjustment, known: _Item | None, home: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"adjustment.reason": item.adjustment}
    if known is not None:
        worth = Money(known.share(item.amount.minor), home)
        percent = Decimal(100 * item.amount.minor) / known.original_minor
        facts["adjustment.amount"] = worth.decimal
        facts["adjustment.share"] = percent.quantize(Decimal("0.01"))
    return facts


def _unknown(item: NewAdjustment, index: int) -> ItemResult:
    message = f"there is no reason {item.adjustment!r} to close an item"
    fix = f"use one of {', '.join(REASONS)}"
    path = f"items[{index}].adjustment"
    fault = Fault("adjustment.reason", message, path=path, fix=fix)
    return ItemResult(item.key, ItemState.REFUSED, faults=(fault,))
