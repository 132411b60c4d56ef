"""Stored documents read back as the rows their digest covers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.stages.invoices.rules.document import Head, LineRow, TaxLineRow

_HEADS = """
SELECT id, kind, number, issued_on, due_on, currency, net_minor, tax_minor, gross_minor,
       seller_digest, buyer_digest, header, rounding_plan->'tax', corrects_id, digest
FROM invoices_document WHERE company_id = %s AND id = ANY(%s)
"""
_LINES = """
SELECT document_id, line_no, item_code, description, (quantity * 1000000)::bigint, unit,
       (unit_price * 1000000)::bigint, net_minor, tax_code, tax_category,
       (tax_rate * 10000)::int, details, corrects_id, delivery_line_id
FROM invoices_line WHERE company_id = %s AND document_id = ANY(%s) ORDER BY document_id, line_no
"""
_TAXES = """
SELECT document_id, tax_code, category, (rate * 10000)::int, taxable_minor, tax_minor,
       exemption_code, exemption_reason
FROM invoices_tax WHERE company_id = %s AND document_id = ANY(%s)
ORDER BY document_id, category, rate DESC
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One document as it stands in the tables."""

    head: Head
    lines: tuple[LineRow, ...]
    taxes: tuple[TaxLineRow, ...]
    digest: str


def stored(*, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Stored]:
    """The documents by id; three queries whatever their number."""
    key = [company_id, list(ids)]
    lines: defaultdict[UUID, list[LineRow]] = defaultdict(list)
    for row in fetch_rows(_LINES, key):
        details = json.loads(row[11])
        lines[row[0]].append(LineRow._make((*row[1:11], details, *row[12:])))
    taxes: defaultdict[UUID, list[TaxLineRow]] = defaultdict(list)
    for row in fetch_rows(_TAXES, key):
        taxes[row[0]].append(TaxLineRow._make(row[1:]))
    result = {}
    for row in fetch_rows(_HEADS, key):
        header, shares = json.loads(row[11]), json.loads(row[12] or "[]")
        head = Head._make((*row[:11], header, shares, row[13]))
        result[head.id] = Stored(head, tuple(lines[head.id]), tuple(taxes[head.id]), row[14])
    return result


def parties(*, company_id: UUID, digests: Collection[str]) -> Mapping[str, dict[str, Any]]:
    """Sellers and buyers as printed, by digest."""
    rows = fetch_rows(
        "SELECT digest, party FROM invoices_party WHERE company_id = %s AND digest = ANY(%s)",
        [company_id, list(digests)],
    )
    return {digest: json.loads(party) for digest, party in rows}
