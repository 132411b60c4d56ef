"""What billing reads: open lines, customers, taxes, terms, rates and policies, set by set."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from acquit.access.models import Company
from acquit.core import packs
from acquit.core.packs import Pack
from acquit.database.copy import Asked, fetch_rows, fetch_sets
from acquit.policy.queries import InForce, all_in_force_of, all_in_force_read
from acquit.stages.invoices.rules.invoicing import TaxTable
from acquit.stages.invoices.rules.parties import Customer
from acquit.stages.invoices.rules.plan import OpenLine, OriginalLine, TaxRow
from acquit.stages.masterdata import queries as masterdata
from acquit.stages.masterdata.rules.tax import SmallBusiness, TaxChooser
from acquit.stages.masterdata.rules.terms import Term

# An array, and one look by key per line (that is what OFFSET 0 says): joins would be planned by
# statistics that know nothing of a young company, and become loops over all its rows per line.
_LISTED = "SELECT id FROM orders_unbilled WHERE company_id = %(company)s AND billing = 'open'"
_OPEN_LINES = f"""
SELECT l.id, l.customer_id, (l.quantity * 1000000)::bigint, l.returns_id, d.id::text, d.number,
       d.delivered_on, o.id::text, o.number, o.currency, o.purchase_order, o.project, o.contract,
       o.buyer_accounting, ol.buyer_accounting,
       coalesce(d.deliver_to, o.deliver_to)::text, o.source,
       ol.item_code, ol.description, ol.unit, (ol.unit_price * 1000000)::bigint, ol.tax_code,
       ol.buyer_line
FROM orders_delivery_line l
CROSS JOIN LATERAL (SELECT * FROM orders_delivery
  WHERE company_id = l.company_id AND id = l.delivery_id OFFSET 0) d
CROSS JOIN LATERAL (SELECT * FROM orders_line
  WHERE company_id = l.company_id AND id = l.order_line_id OFFSET 0) ol
CROSS JOIN LATERAL (SELECT * FROM orders_order
  WHERE company_id = l.company_id AND id = ol.order_id OFFSET 0) o
WHERE l.company_id = %(company)s AND l.id = ANY(ARRAY(
  {_LISTED} AND customer_id = ANY(%(customers)s)))
  AND d.delivered_on <= %(as_of)s
ORDER BY l.customer_id, d.delivered_on, o.number, d.number, ol.line_no, l.id
"""
_ORIGINALS = """
SELECT l.id, l.document_id, h.number, h.issued_on, h.customer_id, h.currency, h.kind, l.line_no,
       l.item_code, l.description, (l.quantity * 1000000)::bigint, l.unit,
       (l.unit_price * 1000000)::bigint, l.net_minor,
       (h.rounding_plan->'tax'->>(l.line_no - 1))::bigint, l.tax_code, l.tax_category,
       (l.tax_rate * 10000)::int, h.header,
       coalesce(sum(c.quantity) * 1000000, 0)::bigint, coalesce(sum(c.net_minor), 0)::bigint,
       l.delivery_line_id, l.details
FROM invoices_line l
JOIN invoices_document h ON h.company_id = l.company_id AND h.id = l.document_id
LEFT JOIN invoices_line c ON c.company_id = l.company_id AND c.corrects_id = l.id
WHERE l.company_id = %(company)s AND {condition}
GROUP BY l.company_id, l.id, h.company_id, h.id
ORDER BY h.issued_on, h.number, l.line_no
"""
POLICIES = ("billing", "issuing", "tax", "einvoice", "demands", "payment_reference")
_CUSTOMER_COLUMNS = (
    "id, number, name, country, street, city, postcode, region, vat_id, registration_id, email,"
    " contact_name, phone, locale, terms, channel, endpoint_scheme, endpoint_id, buyer_reference,"
    " contract, buyer_accounting,"
    " segment, is_placeholder"
)
_CUSTOMERS = f"SELECT {_CUSTOMER_COLUMNS} FROM masterdata_customer WHERE company_id = %s"
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Setup:
    """What is the same for every document of a run: company, pack, taxes, terms, policies."""

    company: Company
    pack: Pack
    taxes: TaxTable
    terms: Mapping[str, Term]
    grouping: InForce
    tax_chooser: TaxChooser
    issuing: InForce
    einvoice: InForce
    demands: InForce
    payment_reference: InForce


def setup(*, company_id: UUID, on: date) -> Setup:
    """The frame of billing on a day; a fixed number of queries."""
    company, taxes, policies = fetch_sets(*setup_reads(company_id=company_id, on=on))
    return setup_of(company, taxes, policies)


def setup_reads(*, company_id: UUID, on: date) -> tuple[Asked, Asked, Asked]:
    """What :func:`setup` asks of the company, its tax codes and its policies."""
    return (
        (f"SELECT {', '.join(_COMPANY_COLUMNS)} FROM access_company WHERE id = %s", [company_id]),
        (
            "SELECT code, category, (rate * 10000)::int, valid_from, valid_to, account,"
            " exemption_code, exemption_reason FROM masterdata_tax_code"
            " WHERE company_id = %s ORDER BY code, valid_from",
            [company_id],
        ),
        all_in_force_read(company_id=company_id, names=POLICIES, on=on),
    )


def setup_of(company_rows: Rows, taxes: Rows, policy_rows: Rows) -> Setup:
    """The frame of the rows of :func:`setup_reads`."""
    company = Company(*company_rows[0])
    pack = packs.get(company.country)
    policies = all_in_force_of(POLICIES, policy_rows)
    tax = policies["tax"]
    return Setup(
        company=company,
        pack=pack,
        taxes=TaxTable(rows=[TaxRow(*row) for row in taxes], default=pack.default_tax),
        terms=masterdata.terms(company_id=company.id),
        grouping=policies["billing"],
        tax_chooser=TaxChooser(
            tax.table,
            tax.label,
            company.country,
            pack.default_tax,
            SmallBusiness.of(company=company, code=pack.small_business_tax),
        ),
        issuing=policies["issuing"],
        einvoice=policies["einvoice"],
        demands=policies["demands"],
        payment_reference=policies["payment_reference"],
    )


_COMPANY_COLUMNS = [field.attname for field in Company._meta.concrete_fields]


def customers_to_bill(
    *, company_id: UUID, as_of: date, customer_ids: Collection[UUID] | None
) -> list[tuple[UUID, int]]:
    """Customers with deliveries not yet billed, and how many lines each has, in order of id."""
    chosen = " AND customer_id = ANY(%(customers)s)" if customer_ids is not None else ""
    return [
        (row[0], row[1])
        for row in fetch_rows(
            "SELECT l.customer_id, count(*) FROM orders_delivery_line l"
            " JOIN orders_delivery d ON d.company_id = l.company_id AND d.id = l.delivery_id"
            f" WHERE l.company_id = %(company)s AND l.id = ANY(ARRAY({_LISTED}{chosen}))"
            " AND d.delivered_on <= %(as_of)s"
            " GROUP BY l.customer_id ORDER BY l.customer_id",
            {"company": company_id, "as_of": as_of, "customers": list(customer_ids or ())},
        )
    ]


def open_lines(*, company_id: UUID, as_of: date, customer_ids: Sequence[UUID]) -> list[OpenLine]:
    """The lines to bill of some customers, by customer, delivery day, order and line."""
    rows = fetch_rows(
        _OPEN_LINES, {"company": company_id, "customers": list(customer_ids), "as_of": as_of}
    )
    return list(map(OpenLine._make, rows))


def customers(*, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Customer]:
    rows = fetch_rows(f"{_CUSTOMERS} AND id = ANY(%s)", [company_id, list(ids)])
    return customers_of(rows)


def customers_of_drafts(*, company_id: UUID, draft_ids: Collection[UUID]) -> Asked:
    """Asks for the customers of some drafts."""
    drafts = "SELECT customer_id FROM invoices_draft WHERE company_id = %s AND id = ANY(%s)"
    return (f"{_CUSTOMERS} AND id IN ({drafts})", [company_id, company_id, list(draft_ids)])


def customers_of(rows: Rows) -> dict[UUID, Customer]:
    return {row[0]: Customer._make(row) for row in rows}


def originals_of_deliveries(
    *, company_id: UUID, delivery_lines: Collection[UUID]
) -> dict[UUID, OriginalLine]:
    """The billed lines of deliveries that came back, with what was credited of them before."""
    condition = "l.delivery_line_id = ANY(%(ids)s)"
    return {row[1]: row[0] for row in _originals(company_id, condition, delivery_lines)}


def lines_of_documents(*, company_id: UUID, document_ids: Collection[UUID]) -> list[OriginalLine]:
    """Every line of some documents, with what was credited of it before."""
    condition = "l.document_id = ANY(%(ids)s)"
    return [row[0] for row in _originals(company_id, condition, document_ids)]


def _originals(
    company_id: UUID, condition: str, ids: Collection[UUID]
) -> list[tuple[OriginalLine, UUID]]:
    if not ids:
        return []
    rows = fetch_rows(
        _ORIGINALS.format(condition=condition), {"company": company_id, "ids": list(ids)}
    )
    return [(_original(row), row[21]) for row in rows]


def _original(row: tuple[Any, ...]) -> OriginalLine:
    return OriginalLine(
        *row[:18],
        header=json.loads(row[18]),
        details=json.loads(row[22]),
        credited_quantity=row[19],
        credited_net_minor=row[20],
    )


def returned_lines_unbilled(*, company_id: UUID, delivery_lines: Collection[UUID]) -> set[UUID]:
    """Which of the delivery lines still wait for their invoice (open or in a draft)."""
    if not delivery_lines:
        return set()
    rows = fetch_rows(
        "SELECT id FROM orders_unbilled WHERE company_id = %s AND id = ANY(%s)",
        [company_id, list(delivery_lines)],
    )
    return {row[0] for row in rows}


def company_rates(*, company: Company, wanted: Collection[str], on: date) -> dict[str, Decimal]:
    """Company currency per unit of each wanted currency on the day; one without any rate is
    missing from the answer, and its documents wait. Its own currency costs no query."""
    if all(currency == company.currency for currency in wanted):
        return dict.fromkeys(wanted, Decimal(1))
    company_id = company.id
    pairs = [(currency, on) for currency in sorted(set(wanted))]
    try:
        found = masterdata.rates(company_id=company_id, pairs=pairs)
    except masterdata.MissingRate as missing:
        gone = {fault.path.partition(" ")[0] for fault in missing.faults}
        known = [pair for pair in pairs if pair[0] not in gone]
        found = masterdata.rates(company_id=company_id, pairs=known)
    return {currency: rate for (currency, _), rate in found.items()}


def lock_documents(*, company_id: UUID, ids: Collection[UUID]) -> None:
    """Hold the documents that are about to be credited until the transaction ends (I16)."""
    if ids:
        fetch_rows(
            "SELECT id FROM invoices_document WHERE company_id = %s AND id = ANY(%s)"
            " ORDER BY id FOR NO KEY UPDATE",
            [company_id, list(ids)],
        )
