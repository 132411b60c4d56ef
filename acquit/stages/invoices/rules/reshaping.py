"""One plan becomes two, or several become one; nets move to the cent, tax is each document's own.

The tax of a document is the rounded tax of its sums (BR-CO-17), so the taxes of two parts may
together differ by a cent per rate from the tax of the whole: that is the law of the document, and
the net amounts never differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from acquit.core.faults import Fault
from acquit.stages.invoices.rules import amounts
from acquit.stages.invoices.rules.plan import Plan, PlannedLine, PlannedTax

# What follows from the deliveries in a document; everything else must be the same to merge.
_OF_DELIVERIES = ("sales_order", "despatch_advice", "delivered_on", "period_start")


def split(plan: Plan, chosen: Collection[UUID], *, new_id: UUID) -> tuple[Plan, Plan]:
    """The plan without the chosen lines, and a plan of them; ValueError when one would be empty."""
    taken = [line for line in plan.lines if line.id in chosen]
    kept = [line for line in plan.lines if line.id not in chosen]
    if not taken or not kept:
        raise ValueError("a split leaves at least one line on each side")
    return (
        _with_lines(plan, kept, plan.taxes),
        _with_lines(plan._replace(id=new_id), taken, plan.taxes),
    )


def merge_faults(plans: Sequence[Plan]) -> list[Fault]:
    """Why these plans cannot be one document; empty when they can."""
    first = plans[0]
    faults = []
    for name in ("customer_id", "currency", "kind", "terms", "corrects"):
        if any(getattr(plan, name) != getattr(first, name) for plan in plans):
            words = name.removesuffix("_id")
            faults.append(Fault("draft.merge", f"the drafts differ in {words}", name))
    names = {name for plan in plans for name in plan.header} - set(_OF_DELIVERIES)
    for name in sorted(names):
        if any(plan.header.get(name) != first.header.get(name) for plan in plans):
            words = name.replace("_", " ")
            faults.append(Fault("draft.merge", f"the drafts differ in {words}", name))
    return faults


def merge(plans: Sequence[Plan]) -> Plan:
    """One plan with all lines, in the order of the plans; check :func:`merge_faults` before."""
    lines = [line for plan in plans for line in _with_delivery(plan)]
    taxes = [tax for plan in plans for tax in plan.taxes]
    first = plans[0]
    header = {k: v for k, v in first.header.items() if k not in ("sales_order", "despatch_advice")}
    for name in ("sales_order", "despatch_advice"):
        values = {plan.header.get(name) for plan in plans}
        if len(values) == 1 and None not in values:
            header[name] = first.header[name]
    faults = tuple(dict.fromkeys(fault for plan in plans for fault in plan.faults))
    return _with_lines(first._replace(header=header, faults=faults), lines, taxes)


def _with_delivery(plan: Plan) -> list[PlannedLine]:
    """The lines with the delivery they came from, which the header of a single one said."""
    said = {"sales_order": "order", "despatch_advice": "delivery", "delivered_on": "delivered_on"}
    found = {short: plan.header[name] for name, short in said.items() if name in plan.header}
    if "period_start" in plan.header:
        del found["delivered_on"]
    return [line._replace(details=found | line.details) for line in plan.lines]


def _with_lines(plan: Plan, lines: Sequence[PlannedLine], taxes: Sequence[PlannedTax]) -> Plan:
    """The plan with these lines: shares of tax, breakdown, sums and days anew."""
    known: dict[tuple[str, int], PlannedTax] = {}
    for tax in taxes:
        known.setdefault((tax.category, tax.rate), tax)
    shares: dict[UUID, int] = {}
    breakdown = []
    for (category, rate), tax in known.items():
        mine = [line for line in lines if (line.category, line.rate) == (category, rate)]
        if not mine:
            continue
        split_tax = amounts.share_tax(nets=[line.net_minor for line in mine], rate=rate)
        shares |= {line.id: share for line, share in zip(mine, split_tax, strict=True)}
        taxable = sum(line.net_minor for line in mine)
        breakdown.append(tax._replace(taxable_minor=taxable, tax_minor=sum(split_tax)))
    return plan._replace(
        lines=tuple(line._replace(tax_minor=shares[line.id]) for line in lines),
        taxes=tuple(breakdown),
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(shares.values()),
        header=_days(plan.header, lines),
    )


def _days(header: dict[str, Any], lines: Sequence[PlannedLine]) -> dict[str, Any]:
    """The header with the day or the period in which these lines were delivered."""
    days = [line.details.get("delivered_on", "") for line in lines]
    if not all(days):
        return header
    rest = {name: value for name, value in header.items() if name != "period_start"}
    period = {"period_start": min(days)} if min(days) != max(days) else {}
    return rest | {"delivered_on": max(days)} | period
