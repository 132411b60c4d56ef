"""What billing intends: a document without number, as plain tuples.

Named tuples and whole numbers, because a run makes hundreds of thousands of them. ``to_json``
and ``from_json`` keep a plan in a draft until it is issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.faults import Fault, Severity

INVOICE, CREDIT_NOTE, DEBIT_NOTE = "invoice", "credit_note", "debit_note"


class PlannedLine(NamedTuple):
    """One line to be; quantity and price in millionths, rate in ten-thousandths of a percent.

    ``tax_minor`` is this line's share of the tax (the rounding plan). ``corrects`` is the line
    that a credit takes back, of an issued document or of one planned in the same run.
    """

    id: UUID
    delivery_line: UUID | None
    corrects: UUID | None
    item_code: str
    description: str
    quantity: int
    unit: str
    unit_price: int
    net_minor: int
    tax_minor: int
    tax_code: str
    category: str
    rate: int
    details: dict[str, str]


class PlannedTax(NamedTuple):
    """A row of the VAT breakdown (BG-23) with the account its tax is booked on."""

    tax_code: str
    category: str
    rate: int
    taxable_minor: int
    tax_minor: int
    account: str
    exemption_code: str
    exemption_reason: str


class Plan(NamedTuple):
    """A document without number. ``header`` holds business terms that have no column.

    ``terms`` is the code of the payment terms: the due date is counted from the day of issue;
    credit notes have none. ``corrects`` is the document a credit note takes back (BT-25).
    """

    id: UUID
    kind: str
    customer_id: UUID
    currency: str
    lines: tuple[PlannedLine, ...]
    taxes: tuple[PlannedTax, ...]
    net_minor: int
    tax_minor: int
    terms: str
    header: dict[str, Any]
    rule: str = ""
    corrects: UUID | None = None
    faults: tuple[Fault, ...] = ()
    checks_passed: int = 0
    release: bool = True

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def is_blocked(self) -> bool:
        return any(fault.severity is Severity.FATAL for fault in self.faults)


def to_json(plan: Plan) -> dict[str, Any]:
    """Plain JSON values of what a draft keeps; faults stand in a column of their own."""
    return {
        "id": str(plan.id),
        "kind": plan.kind,
        "customer_id": str(plan.customer_id),
        "currency": plan.currency,
        "lines": [_line_json(line) for line in plan.lines],
        "taxes": [tax._asdict() for tax in plan.taxes],
        "net_minor": plan.net_minor,
        "tax_minor": plan.tax_minor,
        "terms": plan.terms,
        "header": plan.header,
        "rule": plan.rule,
        "corrects": str(plan.corrects) if plan.corrects else None,
    }


def from_json(data: Mapping[str, Any]) -> Plan:
    """The plan again; KeyError or ValueError when the data is no plan."""
    corrects = data["corrects"]
    return Plan(
        id=UUID(data["id"]),
        kind=data["kind"],
        customer_id=UUID(data["customer_id"]),
        currency=data["currency"],
        lines=tuple(_line(line) for line in data["lines"]),
        taxes=tuple(PlannedTax(**tax) for tax in data["taxes"]),
        net_minor=data["net_minor"],
        tax_minor=data["tax_minor"],
        terms=data["terms"],
        header=dict(data["header"]),
        rule=data["rule"],
        corrects=UUID(corrects) if corrects else None,
    )


def _line_json(line: PlannedLine) -> dict[str, Any]:
    values = line._asdict()
    for name in ("id", "delivery_line", "corrects"):
        values[name] = str(values[name]) if values[name] else None
    return values


def _line(data: Mapping[str, Any]) -> PlannedLine:
    values = dict(data)
    for name in ("id", "delivery_line", "corrects"):
        values[name] = UUID(values[name]) if values[name] else None
    return PlannedLine(**values)


class OpenLine(NamedTuple):
    """A delivery line that was not billed, as billing reads it. Negative quantity: a return.

    The ids of order and delivery are only compared, which is quicker with text."""

    id: UUID
    customer_id: UUID
    quantity: int  # millionths
    returns_id: UUID | None
    delivery_id: str
    delivery_number: str
    delivered_on: date
    order_id: str
    order_number: str
    currency: str
    purchase_order: str
    project: str
    contract: str
    buyer_accounting: str  # the order's
    line_buyer_accounting: str  # the line's own, which goes before
    deliver_to: str | None  # named values as JSON; None: to the customer
    source: str
    item_code: str
    description: str
    unit: str
    unit_price: int  # millionths
    tax_code: str
    buyer_line: str

    def taxed(self, code: str) -> OpenLine:
        """The line with this tax code; ``_replace`` takes ten times as long."""
        return OpenLine._make((*self[:-2], code, self[-1]))


class OriginalLine(NamedTuple):
    """A line of an issued invoice, with what was credited of it before."""

    id: UUID
    document_id: UUID
    number: str
    issued_on: date
    customer_id: UUID
    currency: str
    kind: str
    line_no: int
    item_code: str
    description: str
    quantity: int
    unit: str
    unit_price: int
    net_minor: int
    tax_minor: int
    tax_code: str
    category: str
    rate: int
    header: dict[str, Any]
    details: dict[str, str]
    credited_quantity: int = 0
    credited_net_minor: int = 0


class TaxRow(NamedTuple):
    """A tax code in force on a span of days."""

    code: str
    category: str
    rate: int
    valid_from: date
    valid_to: date | None
    account: str
    exemption_code: str
    exemption_reason: str
