"""Money that went back: which receipts it may be, and where each return stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from acquit.database.copy import fetch_rows

# A direct debit that nobody allowed can be given back for 13 months (Directive (EU) 2015/2366,
# art. 71); banks take some days more.
REACH = timedelta(days=430)
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class Likely:
    """A receipt that may have come back. ``left_minor`` of it did not so far; ``by`` are the ties
    of ``rules/returns.py``; contradicted where both name another payment by its id."""

    receipt_id: UUID
    item_id: UUID
    received_on: date
    payer_name: str
    text: str
    amount_minor: int
    left_minor: int
    currency: str
    customer_id: UUID | None
    by: tuple[str, ...]
    is_contradicted: bool


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as it stands; ``charge_minor`` is what was booked as the bank's charge. What of the
    debit is neither it nor ``principal_minor`` is on suspense."""

    id: UUID
    bank_line_id: UUID
    booked_on: date
    amount_minor: int
    currency: str
    reason: str
    state: str
    payer_name: str
    text: str
    receipt_id: UUID | None
    customer_id: UUID | None
    principal_minor: int
    charge_minor: int
    evidence: tuple[str, ...]
    worth_minor: int  # the whole debit in the company's currency
    ties: int
    rule: str
    decided_at: datetime | None
    decided_by: str


_LEFT = (
    "r.amount_minor - coalesce((SELECT sum(x.principal_minor) FROM matching_return x"
    " WHERE x.company_id = r.company_id AND x.receipt_id = r.id"
    "  AND x.state = 'settled'), 0)::bigint"
)
_GIVEN = "{0}.end_to_end_id NOT IN ('', 'NOTPROVIDED')"
_TIES = {
    "end_to_end": f"{_GIVEN.format('l')} AND (l.end_to_end_id = b.end_to_end_id"
    " OR length(l.end_to_end_id) >= 6 AND strpos(b.text, l.end_to_end_id) > 0)",
    "bank_reference": "length(l.bank_reference) >= 6 AND l.bank_reference <> 'NONREF'"
    " AND (l.bank_reference = b.bank_reference OR strpos(b.text, l.bank_reference) > 0)",
    "mandate": "b.mandate_id <> '' AND l.mandate_id = b.mandate_id",
    "text": "length(l.text) >= 8 AND strpos(lower(b.text), lower(l.text)) > 0",
    "account": "b.payer_iban <> '' AND l.payer_iban = b.payer_iban",
    "name": "length(b.payer_name) >= 3 AND lower(l.payer_name) = lower(b.payer_name)",
}
_NAMES = ", ".join(f"CASE WHEN {sql} THEN {name!r} END" for name, sql in _TIES.items())
_LIKELY = (
    "SELECT t.id, r.id, i.id, r.received_on, r.payer_name, r.text, r.amount_minor,"
    f" {_LEFT}, r.currency, i.customer_id,"
    f" array_remove(ARRAY[{_NAMES}], NULL),"
    f" {_GIVEN.format('l')} AND {_GIVEN.format('b')} AND l.end_to_end_id <> b.end_to_end_id"
    "  AND strpos(b.text, l.end_to_end_id) = 0"
    " FROM matching_return t JOIN receipts_bank_line b"
    "  ON b.company_id = t.company_id AND b.id = t.bank_line_id"
    " JOIN receipts_bank_line l ON l.company_id = b.company_id"
    "  AND l.bank_account_id = b.bank_account_id AND l.currency = b.currency"
    "  AND l.amount_minor > 0 AND NOT l.is_reversal AND l.return_reason = ''"
    "  AND l.booked_on BETWEEN t.booked_on - %(reach)s AND t.booked_on"
    f" AND ({' OR '.join(f'({sql})' for sql in _TIES.values())})"
    " JOIN receipts_receipt r ON r.company_id = l.company_id AND r.bank_line_id = l.id"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " WHERE t.company_id = %(company)s AND t.id = ANY(%(ids)s)"
    " ORDER BY t.id, r.received_on DESC, r.id DESC"
)


def likely(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Likely]]:
    """The receipts that something ties to each return, the latest first; one query. They came on
    the same account, not later than the return."""
    found: dict[UUID, list[Likely]] = {one: [] for one in ids}
    values = {"company": company_id, "ids": list(ids), "reach": REACH.days}
    for return_id, *rest, by, contradicted in fetch_rows(_LIKELY, values) if ids else ():
        found[return_id].append(Likely(*rest, by=tuple(by), is_contradicted=contradicted))
    return found


def receipts_left(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Likely]:
    """These receipts, with what of them did not come back so far."""
    rows = fetch_rows(
        "SELECT r.id, i.id, r.received_on, r.payer_name, r.text, r.amount_minor,"
        f" {_LEFT}, r.currency, i.customer_id FROM receipts_receipt r"
        " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
        " WHERE r.company_id = %s AND r.id = ANY(%s)",
        [company_id, list(ids)],
    )
    return {row[0]: Likely(*row, by=(), is_contradicted=False) for row in rows}


_VIEW = (
    "SELECT t.id, t.bank_line_id, t.booked_on, t.amount_minor, t.currency, t.reason, t.state,"
    " b.payer_name, b.text, t.receipt_id, i.customer_id, t.principal_minor, t.charge_minor,"
    " t.evidence, t.worth_minor, t.ties, t.rule, t.decided_at, t.decided_by"
    " FROM matching_return t JOIN receipts_bank_line b"
    "  ON b.company_id = t.company_id AND b.id = t.bank_line_id"
    " LEFT JOIN receivables_open_item i"
    "  ON i.company_id = t.company_id AND i.receipt_id = t.receipt_id"
    " WHERE t.company_id = %(company)s"
)


def undecided(*, company_id: UUID, limit: int = SHOWN_MAX) -> list[ReturnView]:
    """Returns that nobody and nothing decided, the oldest first."""
    rows = fetch_rows(
        f"{_VIEW} AND t.state IN ('waiting', 'undone') ORDER BY t.booked_on, t.id LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [_view(row) for row in rows]


def decided(*, company_id: UUID, limit: int = 50) -> list[ReturnView]:
    """The returns decided last, the latest first."""
    rows = fetch_rows(
        f"{_VIEW} AND t.state IN ('settled', 'dismissed')"
        " ORDER BY t.decided_at DESC, t.id DESC LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [_view(row) for row in rows]


def returns_by_id(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ReturnView]:
    rows = fetch_rows(f"{_VIEW} AND t.id = ANY(%(ids)s)", {"company": company_id, "ids": list(ids)})
    return {row[0]: _view(row) for row in rows}


def returns_of(*, company_id: UUID, receipt_ids: Sequence[UUID]) -> list[ReturnView]:
    """The returns of these receipts, settled or taken back, the oldest first."""
    rows = fetch_rows(
        f"{_VIEW} AND t.receipt_id = ANY(%(ids)s) ORDER BY t.booked_on, t.id",
        {"company": company_id, "ids": list(receipt_ids)},
    )
    return [_view(row) for row in rows]


def _view(row: tuple[Any, ...]) -> ReturnView:
    values = list(row)
    values[13] = tuple(_list(values[13]))
    return ReturnView(*values)


def _list(kept: Any) -> list[str]:
    return json.loads(kept) if isinstance(kept, str) else list(kept)
