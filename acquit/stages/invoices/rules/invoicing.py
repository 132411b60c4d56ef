"""From open delivery lines to planned invoices: grouping, price, tax, totals."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from acquit.core.faults import Fault
from acquit.core.money import exponent
from acquit.stages.invoices.rules import amounts
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import (
    INVOICE,
    OpenLine,
    Plan,
    PlannedLine,
    PlannedTax,
    TaxRow,
)
from acquit.stages.orders.rules.places import Place

NewId = Callable[[], UUID]
Grouping = Callable[[Customer, OpenLine], tuple[str, str]]
# What the lines of one document share by the policy billing, beside customer and currency.
_SHARED: dict[str, Callable[[OpenLine], tuple[Any, ...]]] = {
    "customer": lambda line: (),
    "month": lambda line: _month(line),
    "order": lambda line: (line.order_id,),
    "delivery": lambda line: (line.delivery_id,),
    "project": lambda line: (line.project,),
    "project_month": lambda line: (line.project, *_month(line)),
    "contract": lambda line: (line.contract,),
    "contract_month": lambda line: (line.contract, *_month(line)),
    "place": lambda line: (line.deliver_to,),
    "place_month": lambda line: (line.deliver_to, *_month(line)),
    "order_place": lambda line: (line.order_id, line.deliver_to),
}
# References that stand once on a document (BT-11, BT-12, BT-19); where orders differ, with lines.
ONCE = ("project", "contract", "buyer_accounting")
PLACE = "deliver_to"  # BG-13 stands once too


class TaxTable:
    """Tax codes by day. An empty code means the company's usual one."""

    def __init__(self, *, rows: Iterable[TaxRow], default: str) -> None:
        self._rows: defaultdict[str, list[TaxRow]] = defaultdict(list)
        for row in rows:
            self._rows[row.code].append(row)
        self._default = default
        self._found: dict[tuple[str, date], TaxRow | None] = {}

    def on(self, code: str, day: date) -> TaxRow | None:
        """The row of the code in force on the day, None where there is none."""
        key = (code, day)
        if key not in self._found:
            self._found[key] = self._find(code or self._default, day)
        return self._found[key]

    def _find(self, code: str, day: date) -> TaxRow | None:
        for row in self._rows.get(code, ()):
            if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to):
                return row
        return None

    def account(self, code: str) -> str:
        """The account of a code whatever the day; empty when the code is gone."""
        rows = self._rows.get(code)
        return rows[-1].account if rows else ""

    def like(self, code: str, rate: int) -> TaxRow | None:
        """The row of a code with exactly this rate: what an earlier document was taxed by."""
        return next((row for row in self._rows.get(code, ()) if row.rate == rate), None)


def group_lines(
    *, lines: Sequence[OpenLine], customers: Mapping[Any, Customer], grouping: Grouping
) -> list[tuple[str, list[OpenLine]]]:
    """Lines that share a document, with the words of the rule that grouped them.

    Keeps the order of the lines. One document has one currency whatever the policy says.
    """
    groups: dict[tuple[Any, ...], tuple[str, list[OpenLine]]] = {}
    found: list[OpenLine] = []
    last: OpenLine | None = None
    for line in lines:
        if last is not None and last.delivery_id == line.delivery_id:
            # Whatever the policy, lines of one delivery share their document.
            found.append(line)
            continue
        last = line
        by, rule = grouping(customers[line.customer_id], line)
        key = (by, line.customer_id, line.currency, *_SHARED[by](line))
        _, found = groups.setdefault(key, (rule, []))
        found.append(line)
    return list(groups.values())


def _month(line: OpenLine) -> tuple[int, int]:
    return line.delivered_on.year, line.delivered_on.month


def plan_lines(
    *,
    kind: str,
    lines: Sequence[OpenLine],
    customer: Customer,
    taxes: TaxTable,
    rule: str,
    new_id: NewId,
) -> Plan:
    """One planned document of lines that were grouped together; faults where tax is unknown.

    Credit notes for returns without a known original are made here too: quantities are positive
    in both, the kind says which way the money goes.

    The rate is that of the day of delivery, which is the chargeable event (Directive
    2006/112/EC article 63).
    """
    first = lines[0]
    decimals = exponent(first.currency)
    faults: list[Fault] = []
    by_rate: dict[tuple[str, int], list[int]] = {}
    nets: list[int] = []
    rows: list[TaxRow] = []
    for index, line in enumerate(lines):
        tax = taxes.on(line.tax_code, line.delivered_on)
        if tax is None:
            faults.append(_unknown_tax(line))
            tax = TaxRow(line.tax_code, "S", 0, line.delivered_on, None, "", "", "")
        rows.append(tax)
        nets.append(
            amounts.line_net(
                quantity_micro=abs(line.quantity), price_micro=line.unit_price, decimals=decimals
            )
        )
        by_rate.setdefault((tax.category, tax.rate), []).append(index)
    shares, breakdown = _tax(by_rate, nets, rows)
    several = first.delivery_id != lines[-1].delivery_id
    header = header_of(lines, customer)
    apart = _apart(lines, header)
    planned = tuple(
        _planned(
            line, new_id(), nets[index], shares[index], rows[index], several=several, apart=apart
        )
        for index, line in enumerate(lines)
    )
    return Plan(
        new_id(),
        kind,
        customer.id,
        first.currency,
        planned,
        breakdown,
        sum(nets),
        sum(shares),
        customer.terms if kind == INVOICE else "",
        header,
        rule,
        None,
        tuple(faults),
    )


def _planned(
    line: OpenLine,
    line_id: UUID,
    net: int,
    tax: int,
    row: TaxRow,
    *,
    several: bool,
    apart: Sequence[str],
) -> PlannedLine:
    detailed = several or apart or line.buyer_line or line.line_buyer_accounting
    return PlannedLine(
        line_id,
        line.id,
        None,
        line.item_code,
        line.description or line.item_code,
        abs(line.quantity),
        line.unit,
        line.unit_price,
        net,
        tax,
        row.code,
        row.category,
        row.rate,
        line_details(line, several=several, apart=apart) if detailed else {},
    )


def _tax(
    by_rate: Mapping[tuple[str, int], list[int]], nets: Sequence[int], rows: Sequence[TaxRow]
) -> tuple[list[int], tuple[PlannedTax, ...]]:
    shares = [0] * len(nets)
    breakdown = []
    for (category, rate), members in by_rate.items():
        part = [nets[index] for index in members]
        split = amounts.share_tax(nets=part, rate=rate)
        for index, share in zip(members, split, strict=True):
            shares[index] = share
        row = rows[members[0]]
        breakdown.append(
            PlannedTax(
                row.code,
                category,
                rate,
                sum(part),
                sum(split),
                row.account,
                row.exemption_code,
                row.exemption_reason,
            )
        )
    return shares, tuple(breakdown)


def line_details(line: OpenLine, *, several: bool, apart: Sequence[str]) -> dict[str, str]:
    """What is printed beside a line: the buyer's line and cost centre, the delivery where there
    are several, and the references of its order (``apart``) that the document cannot name."""
    details = {name: value for name in apart if (value := getattr(line, name))}
    if PLACE in details:
        details[PLACE] = str(Place.of(json.loads(details[PLACE])))
    if line.buyer_line:
        details["order_line"] = line.buyer_line
    if line.line_buyer_accounting:
        details["buyer_accounting"] = line.line_buyer_accounting
    if several:
        details["order"] = line.order_number
        details["delivery"] = line.delivery_number
        details["delivered_on"] = line.delivered_on.isoformat()
    return details


def header_of(lines: Sequence[OpenLine], customer: Customer) -> dict[str, Any]:
    """Business terms without a column: BT-10 to BT-14, BT-16, BT-19, BG-13, BT-72 or BG-14."""
    first = lines[0]
    header: dict[str, Any] = {}
    if customer.buyer_reference:
        header["buyer_reference"] = customer.buyer_reference
    of_one_order = len(lines) == 1 or all(line.order_id == first.order_id for line in lines)
    if of_one_order:
        if first.purchase_order:
            header["purchase_order"] = first.purchase_order
        header["sales_order"] = first.order_number
    for name in ONCE:
        value = getattr(first, name)
        if value and (of_one_order or all(getattr(line, name) == value for line in lines)):
            header[name] = value
    place = first.deliver_to
    if place is not None and all(line.deliver_to == place for line in lines):
        header |= json.loads(place)
    if len(lines) == 1 or all(line.delivery_id == first.delivery_id for line in lines):
        header["despatch_advice"] = first.delivery_number
    days = {line.delivered_on for line in lines}
    header["delivered_on"] = max(days).isoformat()
    if len(days) > 1:
        header["period_start"] = min(days).isoformat()
    return header


def _apart(lines: Sequence[OpenLine], header: Mapping[str, Any]) -> list[str]:
    """The references and places that differ among the lines: the header cannot name them."""
    of_one_order = "sales_order" in header
    missing = [] if of_one_order else [name for name in ONCE if name not in header]
    if not of_one_order or "despatch_advice" not in header:
        places = {line.deliver_to for line in lines}
        missing += [PLACE] if len(places) > 1 else []
    return [name for name in missing if any(getattr(line, name) for line in lines)]


def _unknown_tax(line: OpenLine) -> Fault:
    return Fault(
        "tax.unknown",
        f"no tax code {line.tax_code or '(usual)'} on {line.delivered_on.isoformat()}",
        f"order {line.order_number} item {line.item_code}",
        fix="correct the tax code of the item or add a dated rate",
    )
