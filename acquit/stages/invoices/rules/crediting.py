"""Credit notes: what may still be credited of a line, and with which cents.

A credit takes back the price and the tax that the invoice billed. Net and tax of a part are the
difference of two rounded points, so parts that together are the whole take exactly the whole
(invariant I16: never more). A return whose original is open in the same run waits for it to be
billed first: what was delivered is never hidden by netting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from acquit.core.faults import Fault
from acquit.core.money import exponent
from acquit.stages.invoices.rules import amounts
from acquit.stages.invoices.rules.invoicing import ONCE, PLACE, NewId, TaxTable
from acquit.stages.invoices.rules.plan import (
    CREDIT_NOTE,
    OpenLine,
    OriginalLine,
    Plan,
    PlannedLine,
    PlannedTax,
)
from acquit.stages.orders.rules import places


@dataclass(slots=True)
class Creditable:
    """What is left of original lines while a batch takes from them."""

    _taken: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    def take(
        self, original: OriginalLine, *, quantity: int, price: int
    ) -> tuple[int, int, Fault | None]:
        """Net and tax of a part, noted as taken; a fault, and nothing taken, when too much."""
        before, net_before = self._taken.get(
            original.id, (original.credited_quantity, original.credited_net_minor)
        )
        done = before + quantity
        net = self._net(original, before, done, price)
        remaining = original.net_minor - net_before
        fault = None
        if quantity <= 0 or done > original.quantity or net > remaining:
            fault = _too_much(original, quantity, original.quantity - before)
            net = max(0, min(net, remaining))
        tax = self._tax(original, net_before + net) - self._tax(original, net_before)
        if fault is None:
            self._taken[original.id] = (done, net_before + net)
        return net, tax, fault

    @staticmethod
    def _net(original: OriginalLine, before: int, done: int, price: int) -> int:
        if price == original.unit_price:
            whole, total = original.net_minor, original.quantity
            return amounts.up_to(whole=whole, done=done, total=total) - amounts.up_to(
                whole=whole, done=before, total=total
            )
        return amounts.line_net(
            quantity_micro=done - before,
            price_micro=price,
            decimals=exponent(original.currency),
        )

    @staticmethod
    def _tax(original: OriginalLine, net: int) -> int:
        return amounts.up_to(whole=original.tax_minor, done=net, total=original.net_minor)


def _too_much(original: OriginalLine, quantity: int, left: int) -> Fault:
    wanted, rest = amounts.from_micro(quantity), amounts.from_micro(max(left, 0))
    return Fault(
        "credit.exceeds",
        f"{wanted} of {original.item_code} cannot be credited on {original.number or 'the invoice'}"
        f" line {original.line_no}: {rest} are left",
        f"line {original.line_no}",
        fix=f"credit at most {rest}",
    )


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity of an original line to take back, and the return that asks for it."""

    original: OriginalLine
    quantity: int  # millionths, positive
    price: int
    delivery_line: UUID | None = None


def plan_credit(
    *,
    parts: Sequence[Part],
    creditable: Creditable,
    taxes: TaxTable,
    rule: str,
    new_id: NewId,
    header: Mapping[str, Any],
) -> Plan:
    """The credit note for parts of one document; faults name lines with too little left."""
    first = parts[0].original
    faults: list[Fault] = []
    lines = []
    for part in parts:
        net, tax, fault = creditable.take(part.original, quantity=part.quantity, price=part.price)
        if fault is not None:
            faults.append(fault)
        lines.append(_line(part, net, tax, new_id()))
    breakdown = _breakdown(lines, taxes)
    return Plan(
        new_id(),
        CREDIT_NOTE,
        first.customer_id,
        first.currency,
        tuple(lines),
        breakdown,
        sum(line.net_minor for line in lines),
        sum(line.tax_minor for line in lines),
        "",
        _header(first, header),
        rule,
        first.document_id,
        tuple(faults),
    )


def _line(part: Part, net: int, tax: int, new_id: UUID) -> PlannedLine:
    original = part.original
    return PlannedLine(
        new_id,
        part.delivery_line,
        original.id,
        original.item_code,
        original.description,
        part.quantity,
        original.unit,
        part.price,
        net,
        tax,
        original.tax_code,
        original.category,
        original.rate,
        {name: original.details[name] for name in (*ONCE, PLACE) if name in original.details},
    )


def _breakdown(lines: Sequence[PlannedLine], taxes: TaxTable) -> tuple[PlannedTax, ...]:
    groups: dict[tuple[str, int], list[PlannedLine]] = {}
    for line in lines:
        groups.setdefault((line.category, line.rate), []).append(line)
    result = []
    for (category, rate), members in groups.items():
        code = members[0].tax_code
        row = taxes.like(code, rate)
        result.append(
            PlannedTax(
                code,
                category,
                rate,
                sum(line.net_minor for line in members),
                sum(line.tax_minor for line in members),
                row.account if row else taxes.account(code),
                row.exemption_code if row else "",
                row.exemption_reason if row else "",
            )
        )
    return tuple(result)


def _header(first: OriginalLine, more: Mapping[str, Any]) -> dict[str, Any]:
    kept = ["buyer_reference", "purchase_order", "sales_order", *ONCE, *places.NAMES]
    if "delivered_on" not in more:  # what is credited was delivered then (BR-IC-11)
        kept += ["delivered_on", "period_start"]
    header = {name: first.header[name] for name in kept if name in first.header}
    if first.number:
        header["preceding"] = {"number": first.number, "issued_on": first.issued_on.isoformat()}
    return header | dict(more)


def group_returns(
    *, lines: Sequence[OpenLine], originals: Mapping[UUID, OriginalLine], waiting: frozenset[UUID]
) -> tuple[dict[UUID, list[Part]], dict[str, list[OpenLine]], list[OpenLine]]:
    """Returns by the document they correct; by order where no original is known; and those that
    wait because their original (a delivery line of ``waiting``) has no document yet."""
    linked: dict[UUID, list[Part]] = {}
    loose: dict[str, list[OpenLine]] = {}
    held: list[OpenLine] = []
    for line in lines:
        original = originals.get(line.returns_id) if line.returns_id else None
        if original is not None:
            part = Part(original, -line.quantity, line.unit_price, line.id)
            linked.setdefault(original.document_id, []).append(part)
        elif line.returns_id in waiting:
            held.append(line)
        else:
            loose.setdefault(line.order_id, []).append(line)
    return linked, loose, held


def as_original(plan: Plan, line_no: int, line: PlannedLine) -> OriginalLine:
    """A line planned in this run as something that a return of the same run can take back."""
    return OriginalLine(
        id=line.id,
        document_id=plan.id,
        number="",
        issued_on=None,  # type: ignore[arg-type]  # known when the run numbers its documents
        customer_id=plan.customer_id,
        currency=plan.currency,
        kind=plan.kind,
        line_no=line_no,
        item_code=line.item_code,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        tax_code=line.tax_code,
        category=line.category,
        rate=line.rate,
        header=plan.header,
        details=line.details,
    )
