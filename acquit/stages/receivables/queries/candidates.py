"""What a matcher needs: the unapplied receipts, and the open items they may be for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from acquit.database.copy import fetch_rows

SAME_AMOUNT_MAX = 50  # items shown per amount; the count is always the whole


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A receipt of which something is open."""

    item_id: UUID
    receipt_id: UUID
    received_on: date
    customer_id: UUID | None
    currency: str
    amount_minor: int
    open_minor: int
    functional_minor: int
    payer_name: str
    payer_iban: str
    text: str
    end_to_end_id: str


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """An open invoice, debit note or credit note."""

    id: UUID
    customer_id: UUID
    kind: str
    side: str
    number: str
    currency: str
    open_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class SameAmount:
    """Claims of which exactly this much is open: how many in the whole ledger, and those shown."""

    total: int
    claims: tuple[OpenClaim, ...]


_CLAIM = "i.id, i.customer_id, i.kind, i.side, i.number, i.currency, i.open_minor, i.due_on"


def unapplied(*, company_id: UUID, receipt_ids: Sequence[UUID]) -> list[Unapplied]:
    """The receipts with something open, oldest first; no ids: all of them."""
    scope = " AND i.receipt_id = ANY(%(ids)s)" if receipt_ids else ""
    rows = fetch_rows(
        "SELECT i.id, i.receipt_id, i.effective_on, i.customer_id, i.currency, i.original_minor,"
        " i.open_minor, i.open_functional_minor, r.payer_name, r.payer_iban, r.text,"
        " coalesce(l.end_to_end_id, '') FROM receivables_open_item i"
        " JOIN receipts_receipt r ON r.company_id = i.company_id AND r.id = i.receipt_id"
        " LEFT JOIN receipts_bank_line l ON l.company_id = r.company_id AND l.id = r.bank_line_id"
        " WHERE i.company_id = %(company)s AND i.open_minor > 0 AND i.kind = 'receipt'"
        f"{scope} ORDER BY i.effective_on, i.id",
        {"company": company_id, "ids": list(receipt_ids)},
    )
    return [Unapplied(*row) for row in rows]


def claims_by_number(*, company_id: UUID, keys: Sequence[str]) -> list[OpenClaim]:
    """Open documents whose number, letters and digits only, is one of the keys."""
    rows = fetch_rows(
        f"SELECT {_CLAIM} FROM unnest(%(keys)s::text[]) AS wanted (key)"
        " JOIN receivables_open_item i ON i.company_id = %(company)s"
        " AND i.number_key = wanted.key AND i.open_minor > 0 AND i.kind <> 'receipt'"
        " ORDER BY i.due_on, i.id",
        {"company": company_id, "keys": list(dict.fromkeys(keys))},
    )
    return [OpenClaim(*row) for row in rows]


def claims_by_amount(
    *, company_id: UUID, amounts: Sequence[tuple[str, int]], customer_ids: Sequence[UUID]
) -> dict[tuple[str, int], SameAmount]:
    """Claims with exactly these open amounts: all are counted, those of the customers come
    first, and no more than ``SAME_AMOUNT_MAX`` of each amount are returned."""
    rows = fetch_rows(
        f"SELECT total, {_CLAIM} FROM (SELECT i.*, count(*) OVER amount AS total,"
        " row_number() OVER (PARTITION BY i.currency, i.open_minor ORDER BY"
        "  i.customer_id = ANY(%(customers)s) DESC, i.due_on, i.id) AS place"
        " FROM (SELECT DISTINCT currency, minor FROM"
        "  unnest(%(currencies)s::text[], %(minors)s::bigint[]) AS asked (currency, minor)) asked"
        " JOIN receivables_open_item i ON i.company_id = %(company)s AND i.open_minor > 0"
        "  AND i.side = 'debit' AND i.currency = asked.currency AND i.open_minor = asked.minor"
        " WINDOW amount AS (PARTITION BY i.currency, i.open_minor)) AS i"
        " WHERE place <= %(max)s ORDER BY currency, open_minor, place",
        {
            "company": company_id,
            "customers": list(customer_ids),
            "currencies": [currency for currency, _minor in amounts],
            "minors": [minor for _currency, minor in amounts],
            "max": SAME_AMOUNT_MAX,
        },
    )
    found: dict[tuple[str, int], SameAmount] = {}
    for total, *claim in rows:
        view = OpenClaim(*claim)
        key = (view.currency, view.open_minor)
        before = found.get(key, SameAmount(total, ()))
        found[key] = SameAmount(total, (*before.claims, view))
    return found
