"""What customers demand of their documents: questions over the canonical document, line by line.

The policy ``demands`` collects: every row that holds is a fault of its own. A row that asks of a
line is put to each line, any other once; so "PO starts with 45" is ``not matches 45*`` and "unit
must be KGM" is ``!= KGM``. A row for one customer names his number, one for many their segment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from acquit.core.documents.amounts import Period
from acquit.core.documents.invoice import DocumentKind, Invoice, Line, PaymentInstructions
from acquit.core.documents.parties import Party
from acquit.core.faults import Fault, Severity
from acquit.core.tables import (
    CompiledTable,
    Facts,
    FactSpec,
    HitPolicy,
    Kind,
    OutputColumn,
    Registry,
    Row,
    Table,
    compile_table,
)
from acquit.core.tables.values import Value

NAME = "demands"
CODE = "customer.demand"
GLN = "0088"
OF_LINE = "line."
FACTS = (
    FactSpec("document.kind", Kind.ENUM, "Kind of document", tuple(DocumentKind)),
    FactSpec("document.on", Kind.DATE, "Day of issue"),
    FactSpec("document.currency", Kind.TEXT, "Currency (BT-5)"),
    FactSpec("document.gross", Kind.DECIMAL, "Amount with VAT (BT-112)"),
    FactSpec("document.lines", Kind.DECIMAL, "Number of lines"),
    FactSpec("document.orders", Kind.DECIMAL, "Number of orders on the document"),
    FactSpec("document.purchase_order", Kind.TEXT, "Purchase order of the buyer (BT-13)"),
    FactSpec("document.project", Kind.TEXT, "Project (BT-11)"),
    FactSpec("document.contract", Kind.TEXT, "Contract (BT-12)"),
    FactSpec("document.buyer_accounting", Kind.TEXT, "Cost centre of the buyer (BT-19)"),
    FactSpec("document.sales_order", Kind.TEXT, "Order number of the seller (BT-14)"),
    FactSpec("document.despatch_advice", Kind.TEXT, "Delivery note (BT-16)"),
    FactSpec("document.buyer_reference", Kind.TEXT, "Buyer reference (BT-10)"),
    FactSpec("document.delivered_on", Kind.DATE, "Day of delivery (BT-72)"),
    FactSpec("document.terms", Kind.TEXT, "Payment terms (BT-20)"),
    FactSpec("document.days_to_pay", Kind.DECIMAL, "Days from issue to the due date (BT-2, BT-9)"),
    FactSpec("document.months", Kind.DECIMAL, "Number of months of the period (BG-14)"),
    FactSpec("document.corrects", Kind.TEXT, "Number of the corrected invoice (BT-25)"),
    FactSpec("buyer.gln", Kind.TEXT, "GLN of the buyer (scheme 0088)"),
    FactSpec("buyer.endpoint_scheme", Kind.TEXT, "Scheme of the electronic address (BT-49)"),
    FactSpec("buyer.vat_id", Kind.TEXT, "VAT id of the buyer (BT-48)"),
    FactSpec("buyer.contact", Kind.TEXT, "Contact of the buyer (BT-56)"),
    FactSpec("seller.gln", Kind.TEXT, "GLN of the seller (scheme 0088)"),
    FactSpec("seller.contact", Kind.TEXT, "Contact of the seller (BT-41)"),
    FactSpec("seller.account", Kind.TEXT, "Account to pay into (BT-84)"),
    FactSpec("line.item", Kind.TEXT, "Item code (BT-155)"),
    FactSpec("line.buyer_item", Kind.TEXT, "Item code of the buyer (BT-156)"),
    FactSpec("line.name", Kind.TEXT, "Item name (BT-153)"),
    FactSpec("line.unit", Kind.TEXT, "Unit (BT-130)"),
    FactSpec("line.quantity", Kind.DECIMAL, "Quantity (BT-129)"),
    FactSpec("line.price", Kind.DECIMAL, "Net price (BT-146)"),
    FactSpec("line.net", Kind.DECIMAL, "Net amount of the line (BT-131)"),
    FactSpec("line.order_line", Kind.TEXT, "Line of the purchase order (BT-132)"),
    FactSpec("line.buyer_accounting", Kind.TEXT, "Cost centre of the line (BT-133)"),
    FactSpec("line.vat_category", Kind.TEXT, "VAT category (BT-151)"),
    FactSpec("line.vat_rate", Kind.DECIMAL, "VAT rate in percent (BT-152)"),
)
OUTPUTS = (
    OutputColumn("message", Kind.TEXT, is_required=True),
    OutputColumn("fix", Kind.TEXT),
    OutputColumn("severity", Kind.ENUM, ("fatal", "warning"), is_required=True),
)
_KINDS = {"381": "credit_note", "383": "debit_note"}


class Asker(NamedTuple):
    """The customer whose demands are asked."""

    number: str
    country: str
    segment: str


class Demands(NamedTuple):
    """The policy in force, without the database: its table and the words that name it."""

    table: CompiledTable
    label: str


def questions(document: Invoice, asker: Asker) -> list[Facts]:
    """What the table is asked about a document: the facts of each line with those of all."""
    whole = _of_document(document, asker)
    return [{**whole, **_of_line(line)} for line in document.lines] or [whole]


def faults(*, demands: Demands, document: Invoice, asker: Asker) -> tuple[Fault, ...]:
    """Every demand that the document does not meet, in the order of the table; ``rule`` names the
    row, ``path`` the line where the row asks of one."""
    table, label = demands
    found: dict[tuple[int, str], Fault] = {}
    for place, facts in enumerate(questions(document, asker), start=1):
        decision = table.decide(facts)
        for row, outcome in zip(decision.rows, decision.outcomes, strict=True):
            path = f"line {place}" if asks_of_lines(table, row) else ""
            found.setdefault((row, path), _fault(label, row, path, outcome))
    return tuple(found[key] for key in sorted(found, key=lambda key: key[0]))


def refusals(
    *, demands: Demands, document: Invoice, asker: Asker, proves: str = ""
) -> tuple[Fault, ...]:
    """The fatal faults of a document that is an example; where it proves one rule, which is named
    by its message, the faults of that rule alone."""
    found = faults(demands=demands, document=document, asker=asker)
    return tuple(
        fault
        for fault in found
        if fault.severity is Severity.FATAL and proves in ("", fault.message)
    )


def asks_of_lines(table: CompiledTable, row: int) -> bool:
    """Whether the row (from 1) has a condition on a fact of lines."""
    cells = zip(table.parsed.specs, table.parsed.conditions[row - 1], strict=True)
    return any(spec.name.startswith(OF_LINE) and not cell.is_any for spec, cell in cells)


def concerns(demands: Demands, asker: Asker) -> bool:
    """Whether any row may hold for the customer: most customers have no demands at all."""
    if not demands.table.table.rows:
        return False
    return bool(_of_customers(demands.table).decide(_of_asker(asker)).rows)


@lru_cache(maxsize=64)
def _of_customers(table: CompiledTable) -> CompiledTable:
    """The table with nothing but its columns about customers."""
    kept = [n for n, spec in enumerate(table.parsed.specs) if spec.name.startswith("customer.")]
    rows = tuple(
        replace(row, conditions=tuple(row.conditions[n] for n in kept)) for row in table.table.rows
    )
    specs = tuple(table.parsed.specs[n] for n in kept)
    inputs = tuple(spec.name for spec in specs)
    narrow = Table(NAME, inputs, OUTPUTS, rows, HitPolicy.COLLECT)
    return compile_table(table=narrow, registry=Registry(specs))


def with_row(table: Table, *, when: Mapping[str, str], then: Sequence[str], remark: str) -> Table:
    """The table with one more row: ``when`` is fact -> cell; columns that are new stay empty in
    the rows there are."""
    inputs = (*table.inputs, *(name for name in when if name not in table.inputs))
    added = len(inputs) - len(table.inputs)
    rows = tuple(replace(row, conditions=(*row.conditions, *[""] * added)) for row in table.rows)
    row = Row(tuple(when.get(name, "") for name in inputs), tuple(then), remark)
    return replace(table, inputs=inputs, rows=(*rows, row))


def _fault(label: str, row: int, path: str, outcome: Mapping[str, Value | None]) -> Fault:
    return Fault(
        CODE,
        str(outcome["message"]),
        path,
        f"{label} row {row}",
        str(outcome["fix"] or ""),
        Severity(str(outcome["severity"])),
    )


def _of_asker(asker: Asker) -> dict[str, Value | None]:
    return {
        "customer.number": asker.number,
        "customer.country": asker.country,
        "customer.segment": asker.segment or None,
    }


def _of_document(document: Invoice, asker: Asker) -> dict[str, Value | None]:
    references, delivery = document.references, document.delivery
    preceding = document.preceding_invoices
    buyer = document.buyer
    return {
        **_of_asker(asker),
        "document.kind": _KINDS.get(document.type_code, "invoice"),
        "document.on": document.issue_date,
        "document.currency": document.currency,
        "document.gross": document.totals.gross.decimal,
        "document.lines": len(document.lines),
        "document.orders": _orders(document),
        "document.purchase_order": references.purchase_order,
        "document.project": references.project,
        "document.contract": references.contract,
        "document.buyer_accounting": references.buyer_accounting,
        "document.sales_order": references.sales_order,
        "document.despatch_advice": references.despatch_advice,
        "document.buyer_reference": document.buyer_reference,
        "document.delivered_on": delivery.delivered_on if delivery else None,
        "document.terms": document.payment_terms,
        "document.days_to_pay": (
            (document.due_date - document.issue_date).days if document.due_date else None
        ),
        "document.months": _months(document.period),
        "document.corrects": preceding[0].number if preceding else None,
        "buyer.gln": _gln(buyer),
        "buyer.endpoint_scheme": (
            buyer.electronic_address.scheme if buyer.electronic_address else None
        ),
        "buyer.vat_id": buyer.vat_id,
        "buyer.contact": buyer.contact.name if buyer.contact else None,
        "seller.gln": _gln(document.seller),
        "seller.contact": document.seller.contact.name if document.seller.contact else None,
        "seller.account": _account(document.payment),
    }


def _orders(document: Invoice) -> int:
    """One where the document names its order; else as many as its lines tell of in their notes."""
    references = document.references
    if references.sales_order or references.purchase_order:
        return 1
    return len({(line.note or "").partition(" · ")[0] for line in document.lines})


def _months(period: Period | None) -> int | None:
    """How many months of the calendar a period touches; None where it has no two ends."""
    if period is None or period.start is None or period.end is None:
        return None
    years, months = period.end.year - period.start.year, period.end.month - period.start.month
    return 12 * years + months + 1


def _account(payment: PaymentInstructions | None) -> str | None:
    """The first account to pay into, which is the one that papers and payment codes show."""
    return payment.transfers[0].account if payment and payment.transfers else None


def _gln(party: Party) -> str | None:
    told = (party.electronic_address, party.legal_registration, *party.identifiers)
    return next((one.value for one in told if one is not None and one.scheme == GLN), None)


def _of_line(line: Line) -> dict[str, Value | None]:
    return {
        "line.item": line.item.seller_id,
        "line.buyer_item": line.item.buyer_id,
        "line.name": line.item.name,
        "line.unit": line.unit,
        "line.quantity": line.quantity,
        "line.price": line.price.net,
        "line.net": line.net.decimal,
        "line.order_line": line.order_line,
        "line.buyer_accounting": line.buyer_accounting,
        "line.vat_category": line.vat.category.value,
        "line.vat_rate": line.vat.rate,
    }


def keyed(documents: Sequence[tuple[Invoice, Asker]]) -> list[tuple[str, Facts]]:
    """The questions of past documents with a name for each: the inputs of a dry run."""
    return [
        (f"{document.number} · {place}", facts)
        for document, asker in documents
        for place, facts in enumerate(questions(document, asker), start=1)
    ]
