"""Asking customers inside a run of the matcher, where the policy says so: once for each receipt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from acquit.core.context import Context
from acquit.core.outcome import ItemState
from acquit.stages.matching.commands.ask import AskCustomer, asked_before, put
from acquit.stages.matching.commands.loading import Scene
from acquit.stages.matching.rules.inputs import Id
from acquit.stages.matching.rules.plans import ProposalPlan

UNKNOWN = "nobody can be asked: it is not known whose money this is"
NO_ADDRESS = "nobody can be asked: the customer has no e-mail address"
ONCE = "the customer was asked before, and a rule asks once"


def cannot_ask(
    ctx: Context, scene: Scene, plans: Sequence[ProposalPlan], receipts: Collection[UUID]
) -> dict[UUID, str]:
    """Receipts that the policy would ask about, of which nobody can be asked, and why."""
    if not receipts:
        return {}
    waits = asked_before(ctx, receipts)
    found = {}
    for receipt_id, payer in _payers(scene, plans).items():
        if receipt_id not in receipts or waits.get(receipt_id):
            continue
        if receipt_id in waits:
            found[receipt_id] = ONCE
        elif payer is None:
            found[receipt_id] = UNKNOWN
        elif not scene.facts[payer].has_email:
            found[receipt_id] = NO_ADDRESS
    return found


def _payers(scene: Scene, plans: Sequence[ProposalPlan]) -> dict[UUID, Id]:
    """Whose money each receipt is: his who is known to have paid, else of the one customer whose
    documents all of its answers are about."""
    found: dict[UUID, set[Id]] = defaultdict(set)
    for plan in plans:
        if plan.shares:
            found[plan.receipt_id].add(plan.customer_id)
    said = {line.id: line.customer for line in scene.lines}
    alone = {key: next(iter(owners)) for key, owners in found.items() if len(owners) == 1}
    return {key: payer or alone.get(key) for key, payer in said.items()}


def ask_by_rule(ctx: Context, wanted: Mapping[UUID, str]) -> tuple[int, dict[UUID, str]]:
    """Ask about each receipt by its rule, if nobody was before: how many were asked, and of which
    receipts nobody could be after all, and why."""
    before = asked_before(ctx, list(wanted))
    by_rule: dict[str, list[AskCustomer]] = defaultdict(list)
    for receipt_id, rule in wanted.items():
        if receipt_id not in before:
            by_rule[rule].append(AskCustomer(receipt_id=receipt_id))
    asked, refused = 0, {}
    for rule, items in by_rule.items():
        outcome = put(ctx.because(rule=rule), items)
        asked += len(outcome.of(ItemState.DONE))
        for item, result in zip(items, outcome.items, strict=True):
            if result.state is ItemState.REFUSED:
                refused[item.receipt_id] = "; ".join(fault.message for fault in result.faults)
    return asked, refused
