"""Money that went back: which receipts it may be, and where each return stands."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from acquit.database.copy import fetch_rows
from acquit.database.listing import Listing, within_days
from acquit.stages.matching.rules import returns as rules

# A direct debit that nobody allowed can be given back for 13 months (Directive (EU) 2015/2366,
# art. 71); banks take some days more.
REACH = timedelta(days=430)
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class Likely:
    """A receipt that may have come back. ``left_minor`` of it did not so far; ``by`` are the ties
    of ``rules/returns.py``; contradicted where both name another payment by its id. Of a payout
    that paid many, ``claim_id`` is the document that is meant, and ``left_minor`` what the payout
    closed of it, with what was netted and its fee."""

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
    claim_id: UUID | None = None
    claim_number: str = ""


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as it stands; ``charge_minor`` is what was booked as the bank's charge. What of the
    debit is neither it nor ``principal_minor`` is on suspense."""

    id: UUID
    bank_line_id: UUID | None
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
    customer_name: str  # empty where the payer is not known
    advice_id: UUID | None  # the payout report that tells of it


_LEFT = (
    "r.amount_minor - coalesce((SELECT sum(x.principal_minor) FROM matching_return x"
    " WHERE x.company_id = r.company_id AND x.receipt_id = r.id"
    "  AND x.state = 'settled'), 0)::bigint"
)
LIKELY_MAX = 200  # of one return: who pays by the thousand is no sign of one payment
_SAID = (
    "{0}.charges_minor, {0}.end_to_end_id, {0}.bank_reference, {0}.mandate_id, {0}.payer_iban,"
    " {0}.payer_name, {0}.text"
)
_TOLD = (
    "SELECT t.id, b.bank_account_id, b.currency, t.booked_on, t.amount_minor,"
    f" {_SAID.format('b')} FROM matching_return t JOIN receipts_bank_line b"
    "  ON b.company_id = t.company_id AND b.id = t.bank_line_id"
    " WHERE t.company_id = %(company)s AND t.id = ANY(%(ids)s) AND t.advice_part_id IS NULL"
)
# A payout report names the payment that went back by the provider's reference or by its document:
# the earlier payout that told of it, and what of that one's money still closes the document.
_TAKEN_BACK = (
    "WITH told AS (SELECT t.id, t.booked_on, t.currency, p.document, p.reference"
    "  FROM matching_return t JOIN receipts_advice_part p"
    "   ON p.company_id = t.company_id AND p.id = t.advice_part_id"
    "  WHERE t.company_id = %(company)s AND t.id = ANY(%(ids)s)),"
    " paid AS (SELECT told.id, q.advice_id, q.document, 'payout_reference' AS by FROM told"
    "  JOIN receipts_advice_part q ON q.company_id = %(company)s AND q.kind = 'payment'"
    "   AND q.reference = told.reference WHERE told.reference <> ''"
    "  UNION ALL SELECT told.id, q.advice_id, q.document, 'document' FROM told"
    "  JOIN receipts_advice_part q ON q.company_id = %(company)s AND q.kind = 'payment'"
    "   AND q.document = told.document WHERE told.document <> ''),"
    " named AS (SELECT id, advice_id, document, array_agg(DISTINCT by) AS by FROM paid"
    "  WHERE document <> '' GROUP BY 1, 2, 3)"
    " SELECT DISTINCT ON (told.id, r.id, d.id) told.id, r.id, i.id, r.received_on, r.payer_name,"
    " r.text, r.amount_minor, c.minor, r.currency, d.customer_id, named.by, d.id, d.number"
    " FROM told JOIN named ON named.id = told.id"
    " JOIN receipts_advice b ON b.company_id = %(company)s AND b.id = named.advice_id"
    "  AND b.kind IN ('payout', 'balance') AND b.withdrawn_at IS NULL"
    "  AND b.currency = told.currency"
    " JOIN receipts_receipt r ON r.company_id = %(company)s "
    "  AND (r.bank_line_id = b.bank_line_id OR r.advice_id = b.id)"
    "  AND r.received_on BETWEEN told.booked_on - %(reach)s AND told.booked_on"
    " JOIN receivables_open_item i ON i.company_id = %(company)s AND i.receipt_id = r.id"
    # A number stands alone or as a word of the text: a part of another number is none.
    " JOIN receivables_open_item d ON d.company_id = %(company)s AND NOT d.kind = 'receipt'"
    "  AND d.number_key = ANY(ARRAY("
    r"  SELECT regexp_replace(upper(w), '[^A-Z0-9]', '', 'g')"
    r"  FROM unnest(named.document || regexp_split_to_array(named.document, '[\s,;]+')) AS w))"
    " JOIN receivables_allocation a ON a.company_id = %(company)s AND a.debit_item_id = d.id"
    "  AND a.credit_item_id = i.id AND a.adjustment = '' AND a.reverses_id IS NULL"
    "  AND NOT EXISTS (SELECT 1 FROM receivables_allocation u"
    "   WHERE u.company_id = %(company)s AND u.reverses_id = a.id)"
    " CROSS JOIN LATERAL (SELECT sum(x.amount_minor)::bigint AS minor"
    "  FROM receivables_allocation x WHERE x.company_id = %(company)s AND x.debit_item_id = d.id"
    "  AND (x.id = a.id OR x.group_id = a.group_id AND x.adjustment = ANY(%(paid_by)s))) AS c"
    " ORDER BY told.id, r.id, d.id, a.recorded_at DESC, a.id DESC"
)
# Every movement of the accounts is looked at once, however many returns wait. What shares the
# payer alone is cut off first.
_NAMED = (
    "l.end_to_end_id = ANY(%(end_to_end)s) OR l.bank_reference = ANY(%(bank_reference)s)"
    " OR l.mandate_id = ANY(%(mandate)s)"
)
_PAID_BY = "l.payer_iban = ANY(%(account)s) OR lower(l.payer_name) = ANY(%(name)s)"
_QUOTED = (
    "l.amount_minor = ANY(%(amount)s) AND l.text <> '' AND strpos(%(said)s, lower(l.text)) > 0"
)
_PAID = (
    "SELECT l.bank_account_id, l.booked_on, l.amount_minor,"
    f" {_SAID.format('l')}, r.id, i.id, r.received_on, r.payer_name, r.text, r.amount_minor,"
    f" {_LEFT}, r.currency, i.customer_id FROM receipts_bank_line l"
    " JOIN receipts_receipt r ON r.company_id = l.company_id AND r.bank_line_id = l.id"
    " JOIN receivables_open_item i ON i.company_id = r.company_id AND i.receipt_id = r.id"
    " WHERE l.company_id = %(company)s AND l.bank_account_id = ANY(%(accounts)s)"
    " AND l.booked_on BETWEEN %(since)s AND %(until)s"
    " AND l.amount_minor > 0 AND NOT l.is_reversal AND l.return_reason = ''"
    f" AND ({_NAMED} OR {_QUOTED} OR {_PAID_BY})"
    f" ORDER BY ({_NAMED} OR l.amount_minor = ANY(%(amount)s)) DESC, l.booked_on DESC, l.id DESC"
    " LIMIT %(most)s"
)


class _Told(NamedTuple):
    """A return with what the bank says of it."""

    id: UUID
    account_id: UUID
    currency: str
    booked_on: date
    told: rules.Movement
    said: frozenset[str]


def likely(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Likely]]:
    """The receipts that something ties to each return, the likeliest first, at most LIKELY_MAX;
    three queries. They came on the same account, or in an earlier payout of the provider, not
    later than the return."""
    found: dict[UUID, list[Likely]] = {one: [] for one in ids}
    values = {
        "company": company_id,
        "ids": list(ids),
        "reach": REACH.days,
        "paid_by": list(rules.PAID_BY[1:]),
    }
    for return_id, *rest, by, claim, number in fetch_rows(_TAKEN_BACK, values) if ids else ():
        ties = tuple(sorted(by))
        one = Likely(*rest, by=ties, is_contradicted=False, claim_id=claim, claim_number=number)
        found[return_id].append(one)
    for of_payouts in found.values():
        of_payouts.sort(key=lambda fit: (len(fit.by), fit.received_on), reverse=True)
    rows = fetch_rows(_TOLD, {"company": company_id, "ids": list(ids)}) if ids else []
    waiting = [
        _Told(*row[:4], told=rules.Movement(*row[4:]), said=rules.words(row[-1])) for row in rows
    ]
    if not waiting:
        return found
    paid: dict[tuple[str, str | int], list[tuple[Any, ...]]] = defaultdict(list)
    for row in fetch_rows(_PAID, _wanted(company_id, waiting)):
        for mark in rules.marks(rules.Movement(*row[2:10]), is_return=False):
            paid[mark].append(row)
    for told in waiting:
        near = {
            row[10]: row for mark in rules.marks(told.told, is_return=True) for row in paid[mark]
        }
        fits = [fit for row in near.values() if (fit := _fit(told, row)) is not None]
        fits.sort(key=lambda fit: fit[0], reverse=True)
        found[told.id] = [each for _rank, each in fits[:LIKELY_MAX]]
    return found


def _wanted(company_id: UUID, waiting: Sequence[_Told]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "company": company_id,
        "accounts": list({one.account_id for one in waiting}),
        "since": min(one.booked_on for one in waiting) - REACH,
        "until": max(one.booked_on for one in waiting),
        "said": "\n".join(one.told.text.lower() for one in waiting),
        "most": LIKELY_MAX * len(waiting),
    }
    shared: dict[str, set[str | int]] = {tie: set() for tie in (*rules.STRENGTH, "amount")}
    for one in waiting:
        for tie, value in rules.marks(one.told, is_return=True):
            shared[tie].add(value)
    return values | {tie: sorted(wanted, key=str) for tie, wanted in shared.items()}


def _fit(one: _Told, row: tuple[Any, ...]) -> tuple[Any, Likely] | None:
    """The receipt of a movement with what ties it to the return, and how well: None if nothing
    does."""
    account_id, booked_on, *_said = row[:10]
    paid, currency = rules.Movement(*row[2:10]), row[17]
    if (account_id, currency) != (one.account_id, one.currency):
        return None
    if not one.booked_on - REACH <= booked_on <= one.booked_on:
        return None
    by = rules.ties(one.told, paid, said=one.said)
    if not by:
        return None
    contradicted = rules.is_contradicted(one.told, paid, said=one.said)
    likely = Likely(*row[10:], by=tuple(sorted(by)), is_contradicted=contradicted)
    strength = max(rules.STRENGTH[tie] for tie in by)
    is_exact = paid.amount_minor in one.told.amounts
    return (not contradicted, strength, is_exact, likely.received_on, likely.receipt_id), likely


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


_COLUMNS = (
    "t.id, t.bank_line_id, t.booked_on, t.amount_minor, t.currency, t.reason, t.state,"
    " coalesce(b.payer_name, ''), coalesce(b.text, v.number), t.receipt_id, i.customer_id,"
    " t.principal_minor, t.charge_minor,"
    " t.evidence, t.worth_minor, t.ties, t.rule, t.decided_at, t.decided_by,"
    " coalesce(c.name, ''), p.advice_id"
)
_SOURCE = (
    "FROM matching_return t LEFT JOIN receipts_bank_line b"
    "  ON b.company_id = t.company_id AND b.id = t.bank_line_id"
    " LEFT JOIN receipts_advice_part p"
    "  ON p.company_id = t.company_id AND p.id = t.advice_part_id"
    " LEFT JOIN receipts_advice v ON v.company_id = p.company_id AND v.id = p.advice_id"
    " LEFT JOIN receivables_open_item i"
    "  ON i.company_id = t.company_id AND i.receipt_id = t.receipt_id"
    " LEFT JOIN masterdata_customer c ON c.company_id = i.company_id AND c.id = i.customer_id"
    " WHERE t.company_id = %(company)s"
)
_VIEW = f"SELECT {_COLUMNS} {_SOURCE}"


def undecided(*, company_id: UUID, limit: int = SHOWN_MAX) -> list[ReturnView]:
    """Returns that nobody and nothing decided, the oldest first."""
    rows = fetch_rows(
        f"{_VIEW} AND t.state IN ('waiting', 'undone') ORDER BY t.booked_on, t.id LIMIT %(limit)s",
        {"company": company_id, "limit": limit},
    )
    return [_view(row) for row in rows]


def returns_by_id(*, company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ReturnView]:
    rows = fetch_rows(f"{_VIEW} AND t.id = ANY(%(ids)s)", {"company": company_id, "ids": list(ids)})
    return {row[0]: _view(row) for row in rows}


def _view(row: tuple[Any, ...]) -> ReturnView:
    values = list(row)
    values[13] = tuple(_list(values[13]))
    return ReturnView(*values)


def _list(kept: Any) -> list[str]:
    return json.loads(kept) if isinstance(kept, str) else list(kept)


def _made(*row: Any) -> ReturnView:
    return _view(row)


DECIDED = Listing(
    columns=_COLUMNS,
    source=f"{_SOURCE} AND t.state IN ('settled', 'dismissed')",
    newest=("t.decided_at", "t.id"),
    make=_made,
    conditions={
        "q": "(b.payer_name ILIKE %(like)s OR c.name ILIKE %(like)s OR b.text ILIKE %(like)s"
        " OR v.number ILIKE %(like)s)",
        "state": "t.state = %(state)s",
        "customer": "i.customer_id = %(customer)s",
        **within_days("t.booked_on"),
    },
    amount=("t.currency", "t.amount_minor"),
)


def decided(*, company_id: UUID, limit: int) -> list[ReturnView]:
    """The returns decided last, the latest first."""
    return list(DECIDED.page(company_id=company_id, wanted={}, limit=limit).rows)
